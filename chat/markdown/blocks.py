"""The HTML of the parser's blocks, before it is sanitised."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from markdown_it.token import Token

from chat.markdown.links import anchor, host_of, link_text, safe_address
from chat.markdown.text import restored

# The page has headings of its own above those of a message.
FIRST_HEADING = 3
DEEPEST_HEADING = 6
DIRECTED = {"blockquote", "ol", "ul"}
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,32}")


def begins_item(tokens: Sequence[Token], index: int) -> bool:
    """Return whether a paragraph is the first thing in an item of a list."""
    return index > 0 and tokens[index].type == "paragraph_open" and tokens[index - 1].type == "list_item_open"


def direction(token: Token) -> str:
    """Return the attribute that lets a block be written as its first letters are.

    What is in another block goes with that, for the marks of a list and the bar of a quote stand on its side;
    each line's own letters are in order by style.
    """
    return "" if token.level else ' dir="auto"'


@dataclass(slots=True)
class Outline:
    """The headings of a text so far: the highest depth, and the last one's level."""

    highest: int = DEEPEST_HEADING
    last: int = FIRST_HEADING - 1


def heading_tag(token: Token, outline: Outline) -> str:
    """Return a heading's tag.

    The first heading of an answer is as high as any, and none is more than one below the one before it.
    """
    if token.nesting < 0:
        return f"</h{outline.last}>"
    depth = int(token.tag[1])
    outline.highest = min(outline.highest, depth)
    outline.last = min(FIRST_HEADING + depth - outline.highest, outline.last + 1, DEEPEST_HEADING)
    return f"<h{outline.last}{direction(token)}>"


def paragraph_tag(tokens: Sequence[Token], index: int) -> str:
    """Return a paragraph's tag.

    The first words of an item stand in the item itself, whether or not there are blank lines between the
    items: so, in an answer that grows, a later item changes nothing in an earlier one.
    """
    is_end = tokens[index].nesting < 0
    if begins_item(tokens, index - 2 if is_end else index):
        return ""
    return "</p>" if is_end else f"<p{direction(tokens[index])}>"


def formula(token: Token) -> str:
    """Return a formula as it was written; the page draws it."""
    is_display = token.type != "math_inline"
    name = "chat-math chat-math--display" if is_display else "chat-math"
    source = html.escape(restored(token.content))
    return f'<{token.tag} class="{name}" dir="ltr">{source}</{token.tag}>'


def plain_tag(token: Token) -> str:
    """Return the tag of a list, an item, a quote, a row."""
    if token.nesting < 0:
        return f"</{token.tag}>"
    start = token.attrGet("start")
    attributes = f' start="{int(start)}"' if start is not None else ""
    return f"<{token.tag}{attributes}{direction(token) if token.tag in DIRECTED else ''}>"


def table_tag(token: Token) -> str:
    """Return the tag of a table, which scrolls by itself."""
    if token.type == "table_close":
        return "</table></div>"
    label = html.escape(_("Table"))
    return f'<div class="chat-table" tabindex="0" role="group" aria-label="{label}"{direction(token)}><table>'


def cell_tag(tokens: Sequence[Token], index: int) -> str:
    """Return the tag of a cell. One at the top that says nothing is no header."""
    token = tokens[index]
    words = tokens[index + token.nesting]
    name = token.tag if words.content else "td"
    if token.nesting < 0:
        return f"</{name}>"
    align = str(token.attrGet("style") or "").removeprefix("text-align:")
    return f"<{name}{f' class=chat-align-{align}' if align else ''}>"


def task_box(*, is_done: bool) -> str:
    """Return the box of a task: a picture that is read by name."""
    name, shown = (_("Done"), "☑") if is_done else (_("Not done"), "☐")
    return f'<span class="chat-task" role="img" aria-label="{html.escape(name)}">{shown}</span>'


def code_block(token: Token) -> str:
    """Return code with its language and what can be done with it."""
    info = _LANGUAGE.match(restored(token.info.strip()))
    language = info.group() if info else ""
    body = html.escape(token.content.rstrip())
    label = html.escape(f"{_('Code')}: {language}" if language else _("Code"))
    return (
        f'<figure class="chat-code" aria-label="{label}"><figcaption class="chat-code__bar">'
        f'<span class="chat-code__language">{html.escape(language)}</span>'
        f"{_code_button('wrap-code', _('Wrap lines'))}{_code_button('copy-code', _('Copy'))}</figcaption>"
        f'<pre dir="ltr" tabindex="0" role="group" aria-label="{label}" class="chat-code__body">'
        f"<code{f' class=language-{html.escape(language)}' if language else ''}>{body}</code></pre></figure>"
    )


def _code_button(action: str, words: str) -> str:
    attributes = f'type="button" class="chat-code__button" data-action="{action}"'
    return f"<button {attributes}>{html.escape(words)}</button>"


def image_link(token: Token, *, is_link: bool) -> str:
    """Return a link to the image: nothing is loaded from where a model's text points."""
    source = str(token.attrGet("src") or "")
    address = "" if is_link else safe_address(source)
    label = token.content or source
    if not address:
        return html.escape(label)
    name = f'<span class="chat-image__name">{link_text(label)}</span>'
    return f"{anchor(address, 'chat-image', host=host_of(address))}{name}</a>"
