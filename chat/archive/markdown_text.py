"""A conversation as Markdown: the shown path, to read and to paste elsewhere."""

import re
from urllib.parse import quote

from django.utils.translation import gettext as _

from chat.archive.schema import ArchivedConversation, ArchivedMessage

_BRACKETS = re.compile(r"[\\\[\]<>]")


def as_markdown(conversation: ArchivedConversation) -> str:
    """Return the shown path, with who said what and when. Texts stay as they were written."""
    title = conversation.title or _("Conversation")
    parts = [f"# {title}", *map(_section, conversation.shown_path())]
    return "\n\n".join(parts) + "\n"


def _section(message: ArchivedMessage) -> str:
    who = {"user": _("You"), "assistant": _("Assistant")}.get(message.role, message.role)
    by_model = f" ({message.model})" if message.model else ""
    lines = [f"## {who}{by_model}", f"*{message.created_at:%Y-%m-%d %H:%M} UTC*"]
    lines += [_file(name, place) for name, place in message.named_files()]
    return "\n\n".join([*lines[:2], *(["\n".join(lines[2:])] if lines[2:] else []), message.content])


def _file(name: str, place: str | None) -> str:
    """Return a file of a message, with a link to where it is beside the text's own folder."""
    called = _BRACKETS.sub(r"\\\g<0>", " ".join(name.split()))
    return f"- [{called}](../{quote(place)})" if place else f"- {called}"
