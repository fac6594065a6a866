"""Markdown of stored messages to safe HTML, for the page, the admin and print.

The page draws an answer while it streams with static/chat/js/dom/markdown.js. Both read the same Markdown
and give the same DOM: tests/golden/markdown holds them to it.
"""

import html
import re
from collections.abc import Iterator, Sequence
from functools import cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chat.markdown.blocks import (
    Outline,
    begins_item,
    cell_tag,
    code_block,
    formula,
    heading_tag,
    image_link,
    paragraph_tag,
    plain_tag,
    table_tag,
    task_box,
)
from chat.markdown.links import anchor, decoded, host_of, link_text, safe_address, words
from chat.markdown.math import understand_math
from chat.markdown.notes import Notes
from chat.markdown.text import HINT, LESS_THAN, prepared, stretches

# Nested deeper than this, a text is drawn flat: no honest answer needs it.
DEEPEST_NESTING = 24

# Spaces that end this text are followed by bold, code or a link: the parser strips them at a line's end.
_TASK = re.compile(r"\[([ xX])\](?= +(?:\S|$)) *")
_CLASSES = {
    "a": {"chat-link", "chat-image", "chat-note"},
    "figure": {"chat-code"},
    "figcaption": {"chat-code__bar"},
    "span": {"chat-code__language", "chat-image__name", "chat-math", "chat-math--display"}
    | {"chat-note", "chat-task"},
    "sup": {"chat-reference"},
    "button": {"chat-code__button"},
    "pre": {"chat-code__body"},
    "div": {"chat-table", "chat-math", "chat-math--display"},
    "th": {"chat-align-left", "chat-align-right", "chat-align-center"},
    "td": {"chat-align-left", "chat-align-right", "chat-align-center"},
}
_ATTRIBUTES = {
    "*": {"dir"},
    "a": {"href", "target", "data-host", "id", "aria-label"},
    "ol": {"start"},
    "code": {"class"},
    "figure": {"aria-label"},
    "pre": {"tabindex", "role", "aria-label"},
    "span": {"id", "role", "aria-label"},
    "button": {"type", "data-action"},
    "div": {"tabindex", "role", "aria-label"},
}
_TAGS = {
    *("a", "blockquote", "br", "button", "code", "div", "em", "figcaption", "figure", "h3", "h4", "h5", "h6"),
    *(
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "span",
        "strong",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ),
}


def render_markdown(text: str, *, prefix: str = "") -> SafeString:
    """Return a message as HTML that loads nothing, runs nothing and links only to web and mail addresses.

    ``prefix`` keeps the ids of its notes apart from those of other messages on the page.
    """
    rendered = _parser().render(prepared(text), {"prefix": html.escape(prefix)})
    cleaned = nh3.clean(
        rendered,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    # Safe: the whole output has just been sanitised, and these replace text by escaped text.
    return mark_safe(cleaned.replace(LESS_THAN, "&lt;").replace(HINT, ""))  # noqa: S308


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST_NESTING}, renderer_cls=_Renderer)
    parser.enable(["table", "strikethrough"])
    # Without text_join an escaped "&" is told from one that opens an entity.
    parser.disable(["reference", "entity", "html_block", "html_inline", "text_join"])
    parser.core.ruler.at("inline", _read_stretches)
    understand_math(parser)
    # Every address is parsed; which may be a link is decided where it is drawn.
    parser.validateLink = _is_any  # type: ignore[method-assign]
    parser.normalizeLink = _unchanged  # type: ignore[method-assign]
    return parser


def _read_stretches(state: StateCore) -> None:
    """Read the words of all blocks, long ones in stretches."""
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            for stretch in stretches(token.content):
                state.md.inline.parse(stretch, state.md, state.env, token.children)


def _is_any(url: str) -> bool:
    return True


def _unchanged(url: str) -> str:
    return url


class _Renderer(RendererHTML):
    """Draws the parser's tokens as the page draws those of its own lexer."""

    def render(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:
        """Return the HTML of the block tokens."""
        outline, notes = Outline(), Notes(prefix=env["prefix"])
        return "".join(self._block(tokens, index, outline, notes) for index in range(len(tokens)))

    def _block(self, tokens: Sequence[Token], index: int, outline: Outline, notes: Notes) -> str:
        token = tokens[index]
        match token.type:
            case "inline":
                is_item = begins_item(tokens, index - 1)
                drawn = self._inline(token.children or [], notes, is_item=is_item)
            case "paragraph_open" | "paragraph_close":
                drawn = paragraph_tag(tokens, index)
            case "math_block":
                drawn = formula(token)
            case "fence" | "code_block":
                drawn = code_block(token)
            case "heading_open" | "heading_close":
                drawn = heading_tag(token, outline)
            case "table_open" | "table_close":
                drawn = table_tag(token)
            case "th_open" | "th_close" | "td_open" | "td_close":
                drawn = cell_tag(tokens, index)
            case _:
                drawn = plain_tag(token) if token.tag else ""
        return drawn

    def _inline(self, tokens: Sequence[Token], notes: Notes, *, is_item: bool) -> str:
        parts: list[str] = []
        is_link = is_dead = False
        for token in _joined(tokens):
            match token.type:
                case "text":
                    box, content = _task(token.content) if is_item else ("", token.content)
                    drawn = link_text(content) if is_link else words(content, notes, is_start=not parts)
                    parts.append(box + drawn)
                case "code_inline":
                    parts.append(f'<code dir="ltr">{html.escape(token.content)}</code>')
                case "softbreak":
                    parts.append("\n")
                case "hardbreak":
                    parts.append("<br>")
                case "image":
                    parts.append(image_link(token, is_link=is_link))
                case "math_inline" | "math_display":
                    parts.append(formula(token))
                case "link_open":
                    address = safe_address(str(token.attrGet("href") or ""))
                    is_link, is_dead = bool(address), not address
                    parts.append(anchor(address, "chat-link", host=host_of(address)) if address else "")
                case "link_close":
                    parts.append("" if is_dead else "</a>")
                    is_link = is_dead = False
                case _:
                    parts.append(f"<{'/' if token.nesting < 0 else ''}{token.tag}>")
            is_item = False
        return "".join(parts)


def _task(text: str) -> tuple[str, str]:
    """Return the box that an item begins with, or none, and the rest of its text."""
    found = _TASK.match(text)
    if not found:
        return "", text
    return task_box(is_done=found.group(1) != " "), f" {text[found.end() :]}"


def _joined(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens with texts that stand side by side as one, their entities decoded."""
    pending: list[str] = []
    for token in tokens:
        if token.type == "text":
            pending.append(decoded(token.content))
        elif token.type == "text_special":
            pending.append(token.content)
        elif token.type == "softbreak":
            pending.append("\n")
        else:
            if pending:
                yield Token("text", "", 0, content="".join(pending))
                pending.clear()
            yield token
    if pending:
        yield Token("text", "", 0, content="".join(pending))
