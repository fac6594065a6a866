"""Markdown of stored messages to safe HTML, for the page, the admin and print.

The page draws an answer while it streams with static/chat/js/dom/markdown.js. Both read the same Markdown
and give the same DOM: tests/golden/markdown holds them to it.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

HEADING_SHIFT = 2
DEEPEST_HEADING = 6
# Nested deeper than this, a text is drawn flat: no honest answer needs it.
DEEPEST_NESTING = 24

# Stands for a "<" that opens no autolink: raw HTML is text, and must not end a paragraph.
LESS_THAN = "\u2aa6"
# An invisible hint between delimiters and a Korean, Chinese or Japanese letter. CommonMark's rules for
# emphasis expect spaces between words: with this, the strong in "**단어(SSE)**는" is found.
HINT = "\u2e5d"
_OWN_CHARACTERS = re.compile(f"[\r{LESS_THAN}{HINT}]")
# "\\<" is left alone: it is an escape for both parsers.
_NOT_AUTOLINK = re.compile(r"(?<!\\)<(?!https?://|mailto:)")
_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u303f\u3040-\u30ff\u3130-\u318f\u31f0-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]"
)
_DELIMITERS = re.compile(r"\*+")
LONGEST_DELIMITER = 3

_SCHEMES = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
# Spaces and control characters make browsers and people read different addresses.
_UNREADABLE = re.compile("[\x00-\x20\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BARE = re.compile(r"https?://[^\s<>\"'`\u3000-\u303f\uff00-\uffef]+")
_NAMES_HOST = re.compile(r"https?://.")
_TRAILING = re.compile(r"[.,;:!?*_~)\]}]+$")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,32}")
# Spaces that end this text are followed by bold, code or a link: the parser strips them at a line's end.
_TASK = re.compile(r"^\[([ xX])\] +(?=\S|$)")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": "\u00a0"}
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos|nbsp)|#([0-9]{1,6})|#[xX]([0-9a-fA-F]{1,5}));")

_CLASSES = {
    "a": {"chat-link", "chat-image-link"},
    "figure": {"chat-code"},
    "figcaption": {"chat-code__bar"},
    "span": {"chat-code__language"},
    "button": {"chat-code__copy"},
    "pre": {"chat-code__body"},
    "div": {"chat-table"},
    "th": {"chat-align-left", "chat-align-right", "chat-align-center"},
    "td": {"chat-align-left", "chat-align-right", "chat-align-center"},
}
_ATTRIBUTES = {
    "*": {"dir"},
    "a": {"href", "target"},
    "ol": {"start"},
    "code": {"class"},
    "pre": {"tabindex"},
    "button": {"type", "data-action"},
    "div": {"tabindex", "role", "aria-label"},
}
_TAGS = {
    *("a", "blockquote", "br", "button", "code", "div", "em", "figcaption", "figure", "h3", "h4", "h5", "h6"),
    *("hr", "li", "ol", "p", "pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}


def render_markdown(text: str) -> SafeString:
    """Return a message as HTML that loads nothing, runs nothing and links only to web and mail addresses."""
    rendered = _parser().render(_prepared(text), {})
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


def _prepared(text: str) -> str:
    text = _NOT_AUTOLINK.sub(LESS_THAN, _OWN_CHARACTERS.sub("", text))
    return _DELIMITERS.sub(lambda run: _hinted(run, text), text)


def _hinted(run: re.Match[str], text: str) -> str:
    before = text[run.start() - 1] if run.start() else " "
    after = text[run.end()] if run.end() < len(text) else " "
    stars = run.group()
    if len(stars) > LONGEST_DELIMITER:
        return stars
    if _is_punctuation(before) and _CJK.match(after):
        stars, after = stars + HINT, HINT
    return HINT + stars if _CJK.match(before) and _is_punctuation(after) else stars


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST_NESTING}, renderer_cls=_Renderer)
    parser.enable(["table", "strikethrough"])
    # Without text_join an escaped "&" is told from one that opens an entity.
    parser.disable(["reference", "entity", "html_block", "html_inline", "text_join"])
    # Every address is parsed; which may be a link is decided where it is drawn.
    parser.validateLink = _is_any  # type: ignore[method-assign]
    parser.normalizeLink = _unchanged  # type: ignore[method-assign]
    return parser


def _is_any(url: str) -> bool:
    return True


def _unchanged(url: str) -> str:
    return url


class _Renderer(RendererHTML):
    """Draws the parser's tokens as the page draws those of its own lexer."""

    def render(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:
        """Return the HTML of the block tokens."""
        return "".join(self._block(tokens, index) for index in range(len(tokens)))

    def _block(self, tokens: Sequence[Token], index: int) -> str:
        token = tokens[index]
        match token.type:
            case "inline":
                return self._inline(token.children or [], is_item=_is_item(tokens, index))
            case "fence" | "code_block":
                return _code(token)
            case "hr":
                return "<hr>"
            case "heading_open" | "heading_close":
                level = min(int(token.tag[1]) + HEADING_SHIFT, DEEPEST_HEADING)
                return f"</h{level}>" if token.nesting < 0 else f'<h{level} dir="auto">'
            case "table_open" | "table_close" | "th_open" | "td_open":
                return _table(token)
            case _:
                return "" if token.hidden or not token.tag else _tag(token)

    def _inline(self, tokens: Sequence[Token], *, is_item: bool) -> str:
        parts = []
        is_link = is_dead = False
        for token in _joined(tokens):
            match token.type:
                case "text":
                    content = _TASK.sub(_box, token.content, count=1) if is_item else token.content
                    parts.append(_escaped(content, is_link=is_link))
                case "code_inline":
                    parts.append(f'<code dir="ltr">{html.escape(token.content)}</code>')
                case "softbreak":
                    parts.append("\n")
                case "hardbreak":
                    parts.append("<br>")
                case "image":
                    parts.append(_image(token, is_link=is_link))
                case "link_open":
                    address = _safe_address(str(token.attrGet("href") or ""))
                    is_link, is_dead = bool(address), not address
                    parts.append(_anchor(address, "chat-link") if address else "")
                case "link_close":
                    parts.append("" if is_dead else "</a>")
                    is_link = is_dead = False
                case _:
                    parts.append(f"<{'/' if token.nesting < 0 else ''}{token.tag}>")
            is_item = False
        return "".join(parts)


def _is_item(tokens: Sequence[Token], index: int) -> bool:
    return (
        index > 1
        and tokens[index - 1].type == "paragraph_open"
        and tokens[index - 2].type == "list_item_open"
    )


def _joined(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens with texts that stand side by side as one, their entities decoded."""
    pending: list[str] = []
    for token in tokens:
        if token.type == "text":
            pending.append(_decoded(token.content))
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


def _box(task: re.Match[str]) -> str:
    return "☐ " if task.group(1) == " " else "☑ "


def _tag(token: Token) -> str:
    if token.nesting < 0:
        return f"</{token.tag}>"
    start = token.attrGet("start")
    attributes = f' start="{int(start)}"' if start is not None else ""
    if token.tag in {"p", "li", "blockquote"}:
        attributes += ' dir="auto"'
    return f"<{token.tag}{attributes}>"


def _table(token: Token) -> str:
    if token.type == "table_close":
        return "</table></div>"
    if token.type == "table_open":
        label = html.escape(_("Table"))
        return f'<div class="chat-table" tabindex="0" role="region" aria-label="{label}"><table>'
    align = str(token.attrGet("style") or "").removeprefix("text-align:")
    return f'<{token.tag} dir="auto"{f" class=chat-align-{align}" if align else ""}>'


def _code(token: Token) -> str:
    info = _LANGUAGE.match(token.info.strip().replace(LESS_THAN, "<"))
    language = info.group() if info else ""
    body = html.escape(token.content.rstrip())
    return (
        '<figure class="chat-code"><figcaption class="chat-code__bar">'
        f'<span class="chat-code__language">{html.escape(language)}</span>'
        '<button type="button" class="chat-code__copy" data-action="copy-code">'
        f"{html.escape(_('Copy'))}</button></figcaption>"
        '<pre dir="ltr" tabindex="0" class="chat-code__body">'
        f"<code{f' class=language-{html.escape(language)}' if language else ''}>{body}</code></pre></figure>"
    )


def _image(token: Token, *, is_link: bool) -> str:
    """Return a link to the image: nothing is loaded from where a model's text points."""
    source = str(token.attrGet("src") or "")
    address = "" if is_link else _safe_address(source)
    label = html.escape(token.content or source)
    return f"{_anchor(address, 'chat-image-link')}{label}</a>" if address else label


def _escaped(text: str, *, is_link: bool) -> str:
    """Return a text as HTML, its bare addresses as links."""
    text = text.replace(LESS_THAN, "<").replace(HINT, "")
    if is_link:
        return html.escape(_BIDI.sub("", text))
    parts, end = [], 0
    for found in _BARE.finditer(text):
        address = _trimmed(found.group())
        if not _safe_address(address) or not _NAMES_HOST.match(address):
            continue
        parts += [html.escape(text[end : found.start()]), _anchor(address, "chat-link"), html.escape(address)]
        parts.append("</a>")
        end = found.start() + len(address)
    return "".join([*parts, html.escape(text[end:])])


def _trimmed(address: str) -> str:
    """Leave out what ends the sentence and not the address; a bracket that was opened in it stays."""
    found = _TRAILING.search(address)
    tail = found.group() if found else ""
    rest = address[: len(address) - len(tail)]
    return rest + ")" if tail.startswith(")") and "(" in rest else rest


def _anchor(address: str, name: str) -> str:
    return f'<a href="{html.escape(address)}" class="{name}" target="_blank">'


def _safe_address(address: str) -> str:
    address = _decoded(address.replace(LESS_THAN, "<").replace(HINT, ""))
    return address if _SCHEMES.match(address) and not _UNREADABLE.search(address) else ""


def _decoded(text: str) -> str:
    """Return a text with the few entities that models write as their characters."""
    return _ENTITY.sub(_character, text)


def _character(entity: re.Match[str]) -> str:
    name, decimal, hexadecimal = entity.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    # What is no character becomes the sign for that, as the page's lexer has it.
    return "\ufffd" if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)
