"""What an uploaded file is, found in its bytes; what it may not be is refused with a sentence."""

from dataclasses import dataclass
from pathlib import PurePath

from django.utils.translation import gettext as _

from chat.attachments.images import Image, read_image
from chat.attachments.names import clean_name
from chat.attachments.pdf import Trouble, is_pdf, read_pdf
from chat.attachments.texts import read_text
from chat.conf import chat_settings
from chat.exceptions import InvalidInput

# A text does not say what it is about: its name may, and nothing depends on it but a label.
_TEXT_TYPES = {".md": "text/markdown", ".markdown": "text/markdown", ".csv": "text/csv"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """What a file turned out to be; ``text`` is what a model reads of a document."""

    name: str
    media_type: str
    width: int | None = None
    height: int | None = None
    text: str = ""
    text_is_cut: bool = False


def recognise(content: bytes, given_name: str) -> Recognised:
    """Return what the file is. A PDF is read in a process of its own, for which this waits.

    Raises InvalidInput.
    """
    name = clean_name(given_name, otherwise=_("file"))
    if not content.strip(b"\0 \t\r\n"):
        raise refused(_("“%s” is empty.") % name)
    if image := read_image(content):
        return _image(name, image)
    if is_pdf(content):
        return _pdf(name, content)
    text = read_text(content)
    if text is None:
        raise refused(
            _("“%s” cannot be read here. Images (PNG, JPEG, GIF, WebP), texts, CSV and PDF can.") % name
        )
    longest = chat_settings().MAX_ATTACHMENT_CHARACTERS
    return Recognised(
        name=name,
        media_type=_TEXT_TYPES.get(PurePath(name).suffix.lower(), "text/plain"),
        text=text[:longest],
        text_is_cut=len(text) > longest,
    )


def refused(sentence: str) -> InvalidInput:
    """Return the error that says why a file is not taken. It names no content, so it may be logged."""
    return InvalidInput("file refused", fields={"file": [sentence]})


def _image(name: str, image: Image) -> Recognised:
    if not (image.is_whole and image.width and image.height):
        raise refused(_("“%s” is damaged: a part of the image is missing.") % name)
    most = chat_settings().MAX_IMAGE_PIXELS
    if image.width * image.height > most:
        raise refused(
            _("“%(name)s” has %(pixels)d megapixels; at most %(most)d are taken.")
            % {"name": name, "pixels": image.width * image.height // 1_000_000, "most": most // 1_000_000}
        )
    return Recognised(name=name, media_type=image.media_type, width=image.width, height=image.height)


def _pdf(name: str, content: bytes) -> Recognised:
    found = read_pdf(content, most_characters=chat_settings().MAX_ATTACHMENT_CHARACTERS)
    if found.trouble:
        raise refused(_pdf_sentence(found.trouble) % name)
    return Recognised(name=name, media_type="application/pdf", text=found.text, text_is_cut=found.is_cut)


def _pdf_sentence(trouble: Trouble) -> str:
    match trouble:
        case "encrypted":
            return _("“%s” is protected with a password. Remove the protection and try again.")
        case "empty":
            return _("“%s” has no text that could be read. Send its pages as images.")
        case "missing":
            return _("“%s” cannot be read here: this site reads no PDF.")
        case "damaged":
            return _("“%s” is damaged and could not be read.")
