"""How files come into a prompt: documents as quoted text, images as parts; cut where the budget ends."""

import re
from collections.abc import Sequence

from chat.attachments.storing import read_bytes
from chat.models import Attachment
from chat.providers.base import IMAGE_TOKENS, PromptImage
from chat.token_estimate import estimate_tokens

# The heading and the fences of a document.
TOKENS_PER_DOCUMENT = 40
# Images are sent with each question again: what one request to a vendor may carry.
MOST_IMAGE_BYTES = 20 * 1024 * 1024
_BACKTICKS = re.compile("`+")
# Each try to cut a text keeps so much of the last one.
_KEPT = 0.9


def tokens_of(files: Sequence[Attachment], *, sees_images: bool) -> int:
    """Guess how many tokens the files take, without reading them."""
    image = IMAGE_TOKENS if sees_images else TOKENS_PER_DOCUMENT
    return sum(image if file.is_image else file.token_count + TOKENS_PER_DOCUMENT for file in files)


def quoted(files: Sequence[Attachment], budget: int, *, sees_images: bool) -> str:
    """Return the files as text, each document quoted and together no longer than the budget.

    An image is there by name only where the model cannot look at it.
    """
    documents = [file for file in files if not file.is_image]
    room = max(0, budget - TOKENS_PER_DOCUMENT * len(documents))
    needed = sum(file.token_count for file in documents)
    parts = []
    for file in documents:
        share = file.token_count if needed <= room else room * file.token_count // needed
        parts.append(_document(file, share))
    if not sees_images:
        parts += [f"[Image “{file.name}”, which you cannot see]" for file in files if file.is_image]
    return "\n\n".join(parts)


def images_of(files: Sequence[Attachment], room_bytes: int) -> list[PromptImage]:
    """Return the images among the files, as far as there is room for them."""
    found = []
    for file in files:
        if not file.is_image or file.size_bytes > room_bytes:
            continue
        if content := read_bytes(file):
            room_bytes -= file.size_bytes
            found.append(PromptImage(media_type=file.media_type, content=content))
    return found


def _document(file: Attachment, most_tokens: int) -> str:
    text = _cut(file.text, most_tokens)
    is_cut = file.text_is_cut or len(text) < len(file.text)
    note = f", only its first {len(text)} characters" if is_cut else ""
    # Longer than any fence inside: a document cannot end its own quotation.
    fence = "`" * max(3, 1 + max((len(run) for run in _BACKTICKS.findall(text)), default=0))
    return f"Attached file “{file.name}” ({file.media_type}{note}):\n{fence}\n{text}\n{fence}"


def _cut(text: str, most_tokens: int) -> str:
    needed = estimate_tokens(text)
    while needed > most_tokens:
        text = text[: min(int(len(text) * _KEPT), len(text) * most_tokens // needed)]
        needed = estimate_tokens(text)
    return text
