"""The list of conversations and the search, in a browser."""

import re
from time import monotonic
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.chat_page import ChatPage
from tests.serving import Site
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def title() -> str:
    """A word that no other test has said."""
    return f"tide{uuid4().hex[:8]}"


def test_a_title_is_changed_in_its_place(chat: ChatPage, title: str):
    chat.begin_conversation(title)
    field = chat.sidebar.get_by_role("textbox", name="Title")
    row = chat.row(title)

    row.get_by_role("link").first.focus()
    chat.page.keyboard.press("F2")
    field.fill("never kept")
    chat.page.keyboard.press("Escape")
    expect(row.get_by_role("link").first).to_be_focused()

    chat.page.keyboard.press("F2")
    field.fill("x" * 10_000)
    chat.page.keyboard.press("Enter")
    expect(chat.sidebar.get_by_role("alert")).to_contain_text("200")
    field.fill("   ")
    chat.page.keyboard.press("Enter")
    expect(chat.sidebar.get_by_role("alert")).to_contain_text("at least one letter")
    chat.input.focus()
    expect(row.get_by_role("link").first).to_be_visible()
    expect(chat.input).to_be_focused()
    row.get_by_role("link").first.focus()
    chat.page.keyboard.press("F2")
    field.fill(f"{title} <b>renamed</b>")
    chat.page.keyboard.press("Enter")

    expect(row).to_contain_text(f"{title} <b>renamed</b>")
    expect(row.get_by_role("link").first).to_be_focused()
    expect(chat.page.locator("[data-part=title]")).to_have_text(f"{title} <b>renamed</b>")


def test_what_is_deleted_comes_back_while_it_may(chat: ChatPage, title: str):
    chat.begin_conversation(title)
    undo = chat.page.get_by_role("button", name="Undo")
    address = chat.page.url

    # The one that is shown: the page goes with it, and comes back with it.
    chat.choose_for(chat.row(title), "Delete")
    chat.page.wait_for_url(re.compile(r"/chat/$"))
    expect(chat.row(title)).to_have_count(0)
    undo.click()
    chat.page.wait_for_url(address)
    chat.wait_until_ready()
    expect(chat.answers).to_have_count(1)
    chat.choose_for(chat.row(title), "Pin")
    expect(chat.sidebar.locator("[data-group=pinned]").get_by_text(title)).to_be_visible()

    chat.choose_for(chat.row(title), "Archive")
    expect(chat.row(title)).to_have_count(0)
    chat.sidebar.get_by_role("link", name="Archived").click()
    chat.wait_until_ready()
    chat.choose_for(chat.row(title), "Back from the archive")
    expect(chat.row(title)).to_have_count(0)
    chat.page.goto(address)
    chat.wait_until_ready()
    expect(chat.row(title)).to_be_visible()


def test_several_are_deleted_at_once(chat: ChatPage, title: str):
    for number in ("one", "two", "three"):
        chat.begin_conversation(f"{title} {number}")
    chat.open()

    chat.sidebar.get_by_role("button", name="Select").click()
    chat.row(f"{title} one").get_by_role("checkbox").check()
    chat.row(f"{title} two").get_by_text(title).click()
    expect(chat.sidebar.get_by_role("status")).to_have_text("Selected: 2")
    chat.sidebar.get_by_role("button", name="Delete").click()

    expect(chat.row(title)).to_have_count(1)
    expect(chat.sidebar.get_by_role("checkbox")).to_have_count(0)
    chat.page.get_by_role("button", name="Undo").click()
    expect(chat.row(title)).to_have_count(3)
    # The button is gone; what came back has its focus.
    expect(chat.row(title).locator("a:focus")).to_have_count(1)


def test_a_word_is_found_and_opens_at_its_message(chat: ChatPage, title: str):
    chat.begin_conversation(title)
    answer = chat.answers.last.get_attribute("id")
    chat.open()

    chat.page.keyboard.press("Control+k")
    field = chat.page.get_by_role("combobox", name="Titles and messages")
    field.fill('"' * 500)
    expect(chat.page.get_by_text("Type letters or digits")).to_be_visible()
    field.fill(f"{title} ANSW")
    hits = chat.page.get_by_role("dialog", name="Search").get_by_role("option")
    expect(hits.first.locator("mark").first).to_have_text(title)
    expect(hits.first).to_have_attribute("aria-selected", "true")
    chat.page.keyboard.press("ArrowDown")
    chat.page.keyboard.press("ArrowUp")
    chat.page.keyboard.press("Enter")

    chat.page.wait_for_url(re.compile(f"#{answer}$"))
    chat.wait_until_ready()
    expect(chat.page.locator(f"#{answer}")).to_be_in_viewport()


def test_older_conversations_come_as_the_list_is_scrolled(chat: ChatPage, title: str):
    chat.begin_conversation(title)
    token = next(one["value"] for one in chat.page.context.cookies() if one["name"] == "csrftoken")
    headers = {"X-CSRFToken": token, "Referer": chat.url}
    for _ in range(65):
        assert chat.page.request.post(f"{chat.url}/chat/api/conversations/", data={}, headers=headers).ok
    chat.open()
    expect(chat.row(title)).to_have_count(0)

    rows = chat.sidebar.locator("[data-conversation]")
    deadline = monotonic() + PATIENCE_SECONDS
    while not chat.row(title).count():
        assert monotonic() < deadline
        rows.last.scroll_into_view_if_needed()

    expect(chat.row(title)).to_have_count(1)
    assert rows.count() == len(set(rows.evaluate_all("rows => rows.map((row) => row.dataset.conversation)")))

    # Who opens one on a slow network sees at once that it was heard.
    link = chat.row(title).get_by_role("link").first
    assert link.evaluate("link => { link.click(); return link.getAttribute('aria-busy'); }") == "true"
    expect(chat.page.locator("[data-part=title]")).to_have_text(title)


def test_on_a_phone_the_list_and_the_search_cover_the_page(browser: Browser, site: Site, title: str):
    context = browser.new_context(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True)
    chat = ChatPage(context.new_page(), site.url)
    chat.sign_in()
    chat.begin_conversation(title)

    button = chat.page.get_by_role("button", name="Conversations")
    button.click()
    expect(chat.sidebar.locator(".chat-new")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(button).to_be_focused()
    button.click()
    chat.sidebar.get_by_role("link", name="Search").click()
    chat.page.get_by_role("combobox", name="Titles and messages").fill(title)
    expect(chat.page.get_by_role("dialog", name="Search").get_by_role("option").first).to_be_visible()
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= 320
    chat.page.keyboard.press("Escape")
    chat.choose_for(chat.row(title), "Rename")
    expect(chat.sidebar.get_by_role("textbox", name="Title")).to_be_focused()
    chat.page.keyboard.press("Escape")
    chat.page.keyboard.press("Escape")
    expect(chat.input).to_be_visible()

    assert chat.faults == []
    context.close()
