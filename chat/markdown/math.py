"""Which parts of a Markdown text are mathematics; static/chat/js/core/math.js has the same rules."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

_INLINE = (
    ("\\(", re.compile(r"\\\(((?:\\[^()]|[^\\`])+?)\\\)"), False),
    ("\\[", re.compile(r"\\\[((?:\\[^\[\]]|[^\\`])+?)\\\]"), True),
    ("$$", re.compile(r"\$\$((?:\\[\s\S]|[^$`\\])+?)\$\$(?!\$)"), True),
    ("$", re.compile(r"\$(?![\s$])((?:\\.|[^$`\\\n])*?(?:\\.|[^\s$`\\]))\$(?![A-Za-z0-9$])"), False),
)
_WORD = re.compile("[A-Za-z0-9]")
# "$5, and later 4$" are prices: a number, a space, and nothing that is only in formulas.
_PRICE = re.compile("[0-9]")
_FORMULA = re.compile("[\\\\^_={}+*<>|\u2aa6]")
_BREAK = re.compile(r"\s*\n\s*")
INLINE, DISPLAY, BLOCK = "math_inline", "math_display", "math_block"


def understand_math(parser: MarkdownIt) -> None:
    """Teach the parser formulas: its tokens hold their source."""
    parser.inline.ruler.before("escape", "math", _inline_math)
    # In lists and quotes a formula is part of a paragraph: what is outdented there is hard to tell.
    parser.block.ruler.before("fence", "math", _block_math, {"alt": ["paragraph"]})


def _inline_math(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  the parser's signature
    source, position = state.src, state.pos
    if source[position] not in "$\\":
        return False
    for opening, pattern, is_display in _INLINE:
        if not source.startswith(opening, position):
            continue
        found = pattern.match(source, position, state.posMax)
        if found is None:
            return False
        before = source[position - 1 : position]
        if opening == "$" and (_WORD.match(before) or _is_price(found.group(1))):
            return False
        if not silent:
            token = state.push(DISPLAY if is_display else INLINE, "span", 0)
            token.content = _formula(found.group(1))
        state.pos = found.end()
        return True
    return False


def _is_price(text: str) -> bool:
    return bool(_PRICE.match(text) and re.search(r"\s", text) and not _FORMULA.search(text))


def _formula(text: str) -> str:
    return _BREAK.sub("\n", text.strip())


def _block_math(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    if state.level or state.is_code_block(start):
        return False
    opening = state.src[state.bMarks[start] + state.tShift[start] :][:2]
    if opening not in {"$$", "\\["}:
        return False
    closing = "$$" if opening == "$$" else "\\]"
    parts: list[str] = []
    for line in range(start, end):
        if state.isEmpty(line):
            return False
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
        text = text[2:] if line == start else text
        inside, closed, rest = text.partition(closing)
        parts.append(inside)
        if not closed:
            continue
        content = _formula("\n".join(parts))
        if rest.strip() or not content:
            return False
        if not silent:
            token = state.push(BLOCK, "div", 0)
            token.content = content
            token.map = [start, line + 1]
            state.line = line + 1
        return True
    return False
