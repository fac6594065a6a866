"""axe finds nothing in what a member meets while the page is in use: light and wide, dark and narrow."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.e2e.accessibility import trouble_on, violations_on
from tests.e2e.chat_page import ChatPage

Look = Callable[..., None]
FEED = re.compile(r"/api/feed/")
WIDE = {"width": 1280, "height": 800}


@pytest.fixture
def look(chat: ChatPage) -> Iterator[Look]:
    """Look at what is shown, or at a part of it; the test fails at its end with all that was found."""
    found: dict[str, list[Any]] = {}

    def look(name: str | Locator, within: str = "main") -> None:
        if isinstance(name, Locator):
            expect(name).to_be_visible()
        found[str(name)] = trouble_on(chat.page, within=within)
        chat.page.set_viewport_size(WIDE)  # type: ignore[arg-type]

    yield look
    assert {name: trouble for name, trouble in found.items() if trouble} == {}


def test_an_answer_comes_and_the_network_goes(chat: ChatPage, context: BrowserContext, look: Look) -> None:
    page = chat.page
    chat.send("/stall after 0")
    look(chat.answers.last.locator("[data-part=state]").filter(has_text="Thinking"))
    chat.stop()
    chat.wait_for_end("cancelled")
    chat.send("/reasoning I look it up.\n/long 2000\n/slow 30")
    chat.wait_for_words()
    look("streaming")
    context.set_offline(True)
    look(page.locator("[data-part=offline]"))
    page.route(FEED, lambda route: route.abort("connectionfailed"))
    context.set_offline(False)
    look(page.locator("[data-part=connection]").filter(has_text="Reconnecting"))
    page.unroute(FEED)
    page.locator("[data-action=reconnect]").evaluate("button => button.click()")
    chat.stop()
    chat.wait_for_end("cancelled")
    look("stopped")
    context.clear_cookies(name="sessionid")
    chat.send("Not sent")
    look(page.get_by_role("link", name="Sign in again"))


def test_what_opens_in_a_message(chat: ChatPage, look: Look) -> None:
    page = chat.page
    chat.send("/step Look it up\n/sources 2\n/repeat Words.\n\n```python\nx = 1\n```")
    chat.wait_for_end()
    answer = chat.answers.last
    answer.hover()
    answer.get_by_role("button", name="More").click()
    look(page.locator("[data-part=menu]"), "[data-part=menu]")
    page.keyboard.press("Escape")
    chat.choose(answer, "Details")
    look(page.locator(".chat-facts"), ".chat-facts")
    answer.get_by_role("button", name="Bad answer").click()
    look(page.locator(".chat-reasons"), ".chat-reasons")
    answer.locator("summary").first.click()
    look(answer.locator(".chat-steps__list"), "li[data-role=assistant]")
    chip = answer.get_by_role("button", name=re.compile("Sample source 2"))
    chip.click()
    look(page.locator(".chat-source-panel"), ".chat-source-panel")
    page.keyboard.press("Escape")
    expect(chip).to_be_focused()
    chat.input.press("ArrowUp")
    look(chat.editor, ".chat-editor")


def test_what_opens_around_the_messages(chat: ChatPage, look: Look) -> None:
    page = chat.page
    chat.begin_conversation("Quokkas")
    chat.input.fill("/")
    look(page.get_by_role("listbox"), "main")
    chat.input.fill("x" * 40_000)
    look(page.locator("[data-part=note]").filter(has_text="too long"), "chat-composer")
    chat.input.fill("")
    for keys, name in (("Control+/", "Keyboard shortcuts"), ("Control+k", "Search")):
        page.keyboard.press(keys)
        dialog = page.get_by_role("dialog", name=name)
        expect(dialog).to_be_visible()
        if name == "Search":
            dialog.get_by_role("combobox").fill("Quokkas")
            expect(dialog.get_by_role("option").first).to_be_visible()
        look(dialog, "")
        page.keyboard.press("Escape")
    for opener, name in (("options", "Options"), ("share", "Share by a link")):
        page.click(f".chat-bar [data-action={opener}]")
        look(page.get_by_role("dialog", name=name), "")
        page.keyboard.press("Escape")


def test_what_opens_in_the_list(chat: ChatPage) -> None:
    page = chat.page
    chat.begin_conversation("Wombats")
    row = chat.row("Wombats").first
    found = []
    row.hover()
    row.get_by_role("link", name="Options").click()
    expect(page.get_by_role("menu")).to_be_visible()
    found += violations_on(page, within="[role=menu]:popover-open")
    page.get_by_role("menuitem", name="Rename").click()
    expect(chat.sidebar.get_by_role("textbox", name="Title")).to_be_focused()
    found += violations_on(page, within="#chat-sidebar")
    page.keyboard.press("Escape")
    page.click("[data-action=select]")
    expect(page.get_by_role("group", name="Selected conversations")).to_be_visible()
    found += violations_on(page, within="#chat-sidebar")
    page.keyboard.press("Escape")
    chat.choose_for(row, "Archive")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    found += violations_on(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 640})
    # On a phone it covers the conversation, which is out of reach then.
    page.click("[data-action=sidebar]")
    expect(page.locator("#chat-sidebar")).to_be_visible()
    found += violations_on(page, others=["main", ".site-header"], rules_off=["landmark-one-main"])

    assert found == []
