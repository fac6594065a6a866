"""Bad networks, and several tabs, in a real browser on a real server."""

import re

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.e2e.chat_page import ChatPage

MESSAGES = re.compile(r"/api/conversations/[^/]+/messages/$")
FEED = re.compile(r"/api/feed/")
HIDDEN = "Object.defineProperty(document, 'hidden', { get: () => true })"


@pytest.fixture
def other(chat: ChatPage, context: BrowserContext) -> ChatPage:
    """Another tab of the same member, with the same conversation."""
    chat.send("/repeat The beginning.")
    chat.wait_for_end()
    other = ChatPage(context.new_page(), chat.url)
    other.page.goto(chat.page.url)
    other.wait_until_ready()
    return other


def fail(route: Route) -> None:
    route.abort("connectionfailed")


def test_turn_thumb_title_and_deletion_appear_in_the_other_tab(chat: ChatPage, other: ChatPage) -> None:
    other.send("/repeat **Said** elsewhere.")

    expect(chat.answers).to_have_count(2)
    expect(chat.answer.locator("strong")).to_have_text("Said")
    expect(chat.answers.last).to_have_attribute("data-status", "completed")

    good = "button[data-action=good]"
    other.answers.last.locator(good).click()
    expect(chat.answers.last.locator(good)).to_have_attribute("aria-pressed", "true")

    other.change("PATCH", {"title": "Renamed elsewhere"})
    expect(chat.page.locator("[data-part=title]")).to_have_text("Renamed elsewhere")
    expect(chat.page).to_have_title(re.compile("Renamed elsewhere"))
    expect(chat.sidebar).to_contain_text("Renamed elsewhere")

    chat.input.fill("Half a thought")
    other.change("DELETE")
    expect(chat.page.get_by_role("alert").first).to_contain_text("was deleted")
    expect(chat.input).to_have_value("Half a thought")
    expect(chat.sidebar).not_to_contain_text("Renamed elsewhere")

    other.change("POST", path="restore/")
    expect(chat.page.get_by_role("alert")).to_have_count(0)
    expect(chat.sidebar).to_contain_text("Renamed elsewhere")


def test_an_answer_ends_with_its_conversation_and_comes_back_with_it(chat: ChatPage) -> None:
    chat.send("/long 400\n/slow 50")
    chat.wait_for_words()

    chat.change("DELETE")

    expect(chat.page.get_by_role("alert").first).to_contain_text("was deleted")
    expect(chat.answers.last).not_to_have_attribute("data-status", "running")
    expect(chat.answers.last.locator("[aria-busy]")).to_have_count(0)
    expect(chat.answers.last).to_contain_text("Stopped")
    expect(chat.button).to_have_attribute("data-mode", "send")
    chat.change("POST", path="restore/")
    chat.wait_for_end("cancelled")
    expect(chat.page.get_by_role("alert")).to_have_count(0)
    chat.send("/repeat Alive.")
    expect(chat.answer).to_have_text("Alive.")


def test_one_connection_serves_a_tab_whatever_it_does(chat: ChatPage) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))

    chat.send("/repeat One.")
    chat.wait_for_end()
    chat.send("/repeat Two.")
    chat.wait_for_end()

    assert [address for address in asked if "events/" in address] == []


def test_what_two_tabs_cannot_send_waits_through_a_reload_and_goes_out_once(
    chat: ChatPage, other: ChatPage, context: BrowserContext
) -> None:
    context.route(MESSAGES, lambda route: route.fallback() if route.request.method == "GET" else fail(route))

    chat.send("/repeat The second.")
    expect(chat.questions.last).to_contain_text("It will be sent when you are online.")
    expect(chat.answers).to_have_count(1)
    other.send("/repeat The third.")
    expect(other.questions.last).to_contain_text("It will be sent when you are online.")
    other.page.close()
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.questions.nth(1)).to_contain_text("It will be sent when you are online.")
    expect(chat.questions.nth(2)).to_contain_text("It will be sent after this answer.")
    context.unroute(MESSAGES)
    chat.page.evaluate("window.dispatchEvent(new Event('online'))")

    expect(chat.answer).to_have_text("The third.")
    expect(chat.answers.nth(1)).to_contain_text("The second.")
    expect(chat.questions).to_have_count(3)
    expect(chat.page.get_by_text("It will be sent")).to_have_count(0)
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.questions).to_have_count(3)


def leave_waiting_beside_an_answer(chat: ChatPage, text: str) -> None:
    """Have a message wait for the network while an answer begins that another device asked for."""
    chat.send("/repeat The first.")
    chat.wait_for_end()
    chat.page.route(
        MESSAGES, lambda route: route.fallback() if route.request.method == "GET" else fail(route)
    )
    chat.send(text)
    expect(chat.questions.last).to_contain_text("It will be sent when you are online.")
    chat.change(
        "POST", {"content": "/long 400\n/slow 50", "client_message_id": "elsewhere"}, path="messages/"
    )


def test_what_waits_beside_a_running_answer_goes_out_after_it(chat: ChatPage) -> None:
    leave_waiting_beside_an_answer(chat, "/repeat The waiting one.")
    chat.page.unroute(MESSAGES)
    chat.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(chat.answer).to_contain_text("word")
    expect(chat.questions.last).to_contain_text("It will be sent after this answer.")
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.questions.last).to_contain_text("The waiting one.")

    chat.stop()

    expect(chat.answer).to_have_text("The waiting one.")
    expect(chat.questions).to_have_count(3)
    expect(chat.input).to_have_value("")


def test_what_waits_for_an_answer_can_be_withdrawn(chat: ChatPage) -> None:
    leave_waiting_beside_an_answer(chat, "Not any more")
    chat.page.reload()
    expect(chat.questions.last).to_contain_text("It will be sent after this answer.")

    chat.page.get_by_role("button", name="Withdraw").click()

    expect(chat.input).to_have_value("Not any more")
    expect(chat.questions).to_have_count(2)
    expect(chat.answers.last).to_have_attribute("data-status", "running")


def test_a_waiting_message_can_be_withdrawn(chat: ChatPage, context: BrowserContext) -> None:
    context.route(re.compile(r"/api/conversations/"), fail)
    chat.send("Not so fast")

    chat.page.get_by_role("button", name="Withdraw").click()

    expect(chat.questions).to_have_count(0)
    expect(chat.input).to_have_value("Not so fast")
    context.unroute(re.compile(r"/api/conversations/"))
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.input).to_have_value("Not so fast")
    expect(chat.questions).to_have_count(0)


def test_a_lost_connection_counts_down_and_can_be_hurried(
    chat: ChatPage, other: ChatPage, context: BrowserContext
) -> None:
    place = chat.page.locator("[data-part=connection]")
    chat.page.route(FEED, fail)
    chat.page.reload()
    chat.wait_until_ready()
    expect(place).to_contain_text(re.compile(r"Reconnecting….*again in \d+ s"))
    other.change("PATCH", {"title": "Meanwhile"})
    chat.page.unroute(FEED)

    # At once: the next try by itself is never far away.
    chat.page.locator("[data-action=reconnect]").evaluate("button => button.click()")

    expect(place).to_be_hidden()
    expect(chat.page.locator("[data-part=title]")).to_have_text("Meanwhile")


def test_who_was_signed_out_comes_back_to_the_same_place_and_draft(
    chat: ChatPage, context: BrowserContext
) -> None:
    chat.send("/repeat Before.")
    chat.wait_for_end()
    place = chat.page.url
    context.clear_cookies(name="sessionid")

    chat.send("Written while signed out")
    chat.page.get_by_role("link", name="Sign in again").click()
    chat.page.fill("[name=username]", "demo")
    chat.page.fill("[name=password]", "demo")
    chat.page.press("[name=password]", "Enter")
    chat.wait_until_ready()

    assert chat.page.url == place
    expect(chat.input).to_have_value("Written while signed out")
    expect(chat.questions).to_have_count(1)


def test_the_title_says_that_an_answer_is_ready_to_who_looks_elsewhere(chat: ChatPage) -> None:
    chat.page.evaluate(HIDDEN)
    chat.send("/repeat Done.")
    chat.wait_for_end()

    expect(chat.page).to_have_title(re.compile("Answer ready"))


def test_a_temporary_conversation_is_marked_and_in_no_list(chat: ChatPage) -> None:
    chat.page.get_by_role("checkbox", name="Temporary").check()
    chat.send("/repeat Nobody will know this.")
    chat.wait_for_end()

    badge = chat.page.locator("[data-part=temporary]")
    expect(badge).to_be_visible()
    expect(chat.sidebar).not_to_contain_text("Nobody will know")
    chat.page.reload()
    chat.wait_until_ready()
    expect(badge).to_be_visible()
    expect(chat.answer).to_have_text("Nobody will know this.")
    expect(chat.sidebar).not_to_contain_text("Nobody will know")


def test_a_part_that_cannot_be_loaded_is_said_and_loaded_by_the_next_click(chat: ChatPage) -> None:
    chat.send("/repeat Hello.")
    chat.wait_for_end()
    alert = chat.page.get_by_role("alert")
    search = chat.page.locator("[data-action=search]")
    menu = chat.answer.locator("xpath=ancestor::li").locator("[data-action=menu]")
    parts = re.compile(r"/elements/(searching|message-menu)[^/]*\.js")
    for button, shown in ((search, "dialog[open]"), (menu, "[data-part=menu]:popover-open")):
        chat.page.route(parts, fail)
        button.click()
        expect(alert).to_have_text("This part of the page could not be loaded. Try again.")
        chat.page.unroute(parts)
        button.click()
        expect(chat.page.locator(shown)).to_be_visible()
        expect(alert).to_have_count(0)
        chat.page.keyboard.press("Escape")
    chat.page.click("[data-action=theme]")
    expect(chat.page.locator("html")).to_have_attribute("data-theme", "light")

    # What others say needs a part, too: it comes with whatever is told next.
    stored = re.compile(r"/dom/stored[^/]*\.js")
    chat.page.route(stored, fail)
    with chat.page.expect_event("requestfailed", lambda request: bool(stored.search(request.url))):
        said = {"content": "/repeat Said elsewhere.", "client_message_id": "elsewhere"}
        chat.change("POST", said, path="messages/")
    chat.page.unroute(stored)
    chat.change("PATCH", {"title": "Renamed"})
    expect(chat.answer).to_have_text("Said elsewhere.")
    expect(alert).to_have_count(0)
