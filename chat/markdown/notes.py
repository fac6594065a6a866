"""The notes of a text, each with a way there and a way back."""

import html
from dataclasses import dataclass, field

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What a text refers to. The prefix keeps its ids apart from those of other texts on the page."""

    prefix: str
    labels: set[str] = field(default_factory=set)

    def reference(self, label: str) -> str:
        """Return a link to a note; the first is where the note leads back to."""
        place = "" if label in self.labels else f' id="ref-{self.prefix}{label}"'
        self.labels.add(label)
        name = html.escape(_("Note %s") % label)
        link = f'<a href="#note-{self.prefix}{label}"{place} aria-label="{name}">{label}</a>'
        return f'<sup class="chat-reference">{link}</sup>'

    def note(self, label: str) -> str:
        """Return the mark that begins a note, a link where something before it refers to it."""
        mark = f'class="chat-note" id="note-{self.prefix}{label}"'
        if label not in self.labels:
            return f"<span {mark}>{label}</span>"
        name = html.escape(_("Note %s, back to the text") % label)
        return f'<a {mark} href="#ref-{self.prefix}{label}" aria-label="{name}">{label}</a>'
