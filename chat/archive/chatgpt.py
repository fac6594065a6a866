"""Reads ChatGPT's ``conversations.json``: a mapping of nodes that point at each other, for each one."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from chat.archive.chatgpt_files import PackedById
from chat.archive.checking import (
    MESSAGE_CHARACTERS,
    claim_in,
    list_in,
    moment_in,
    not_ours,
    object_in,
    refusal,
    text_in,
    title_in,
)
from chat.archive.own_format import MOST_MESSAGES, too_many_messages
from chat.archive.schema import ArchivedConversation, ArchivedMessage

ROLES = ("user", "assistant")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadConversation:
    """A conversation, and how many of its nodes are not in it: tools, instructions, what is not known."""

    conversation: ArchivedConversation
    skipped: int = 0


def is_chatgpt(value: Any) -> bool:
    """True if this looks like one of ChatGPT's conversations."""
    return isinstance(value, dict) and isinstance(value.get("mapping"), dict)


def read_chatgpt(value: Mapping[str, Any], packed: PackedById) -> ReadConversation:
    """Return the conversation; images that are not in its ZIP are noted in its texts.

    Raises InvalidInput with a sentence.
    """
    nodes = value["mapping"]
    if len(nodes) > 3 * MOST_MESSAGES:
        raise too_many_messages()
    created_at = moment_in(value.get("create_time"), default=timezone.now())
    messages: list[ArchivedMessage] = []
    # Which message stands for a node: its own, or that of the nearest node above it that has one.
    numbers: dict[str, int | None] = {}
    skipped = 0
    for key, node in _parents_first(nodes):
        parent = numbers.get(node["parent"]) if node.get("parent") else None
        message = node.get("message")
        said = _said(object_in(message), packed, default=created_at) if message is not None else None
        if said is None:
            skipped += message is not None
            numbers[key] = parent
            continue
        numbers[key] = len(messages) + 1
        messages.append(ArchivedMessage(number=len(messages) + 1, parent=parent, **said))
    if len(messages) > MOST_MESSAGES:
        raise too_many_messages()
    shown = value.get("current_node")
    conversation = ArchivedConversation(
        title=title_in(value.get("title")),
        assistant="",
        archived=claim_in(value.get("is_archived")),
        created_at=created_at,
        updated_at=moment_in(value.get("update_time"), default=created_at),
        shown=(numbers.get(shown) if isinstance(shown, str) else None) or len(messages) or None,
        messages=messages,
    )
    return ReadConversation(conversation=conversation, skipped=skipped)


def _parents_first(nodes: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the nodes from the roots down, siblings in their order. Raises InvalidInput for a circle."""
    children: dict[str | None, list[str]] = {}
    for key, node in nodes.items():
        parent = object_in(node).get("parent")
        if parent is not None and not isinstance(parent, str):
            raise not_ours()
        children.setdefault(parent if parent in nodes else None, []).append(key)
    seen = 0
    waiting = children.get(None, [])[::-1]
    while waiting:
        key = waiting.pop()
        seen += 1
        yield key, nodes[key]
        waiting += children.get(key, [])[::-1]
    # Nodes in a circle hang below no root.
    if seen != len(nodes):
        raise refusal(_("Messages in the file answer each other in a circle. Nothing was imported."))


def _said(message: Mapping[str, Any], packed: PackedById, *, default: datetime) -> dict[str, Any] | None:
    """Return who said what, and with which files; nothing for what a member was not shown."""
    author, metadata = object_in(message.get("author")), message.get("metadata")
    facts = metadata if isinstance(metadata, dict) else {}
    is_hidden = facts.get("is_visually_hidden_from_conversation")
    is_to_a_tool = message.get("recipient", "all") not in (None, "all")
    if author.get("role") not in ROLES or is_hidden or is_to_a_tool:
        return None
    files = packed.files_of(message) if author["role"] == "user" else {}
    text = _text(object_in(message.get("content")), packed, {place for place in files.values() if place})
    model = facts.get("model_slug")
    said = {
        "role": author["role"],
        "content": text_in(text, most=MESSAGE_CHARACTERS),
        "created_at": moment_in(message.get("create_time"), default=default),
        "model": text_in(model, most=128, cut=True) if isinstance(model, str) else "",
        "attachments": list(files),
        "files": list(files.values()),
    }
    return said if text or files else None


def _text(content: Mapping[str, Any], packed: PackedById, places: Collection[str]) -> str:
    match content.get("content_type"):
        case "text" | "multimodal_text":
            parts = (_part(part, packed, places) for part in list_in(content.get("parts")))
            said = "\n\n".join(filter(None, parts))
        case "code":
            said = f"```\n{text_in(content.get('text'), most=MESSAGE_CHARACTERS)}\n```"
        case _:
            said = ""
    return said.strip()


def _part(part: Any, packed: PackedById, places: Collection[str]) -> str:
    """Return a part of a message; of a file that does not come with it, that it was there."""
    if part is None or isinstance(part, str):
        return text_in(part, most=MESSAGE_CHARACTERS)
    given = object_in(part)
    if isinstance(given.get("text"), str):
        return text_in(given["text"], most=MESSAGE_CHARACTERS)
    if packed.place_of(given.get("asset_pointer")) in places:
        return ""
    kind = str(given.get("content_type", ""))
    return _("[An image was here]") if kind.startswith("image") else _("[A file was here]")
