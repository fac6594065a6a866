"""What goes wrong while members are busy with something else, in a real browser on a real server."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Route, expect

from tests.e2e.chat_page import ChatPage

MESSAGES = re.compile(r"/api/conversations/[^/]+/messages/$")


def holding(held: list[Route]) -> Callable[[Route], None]:
    """Let what is posted wait in the list, as on a slow network."""

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
        else:
            route.continue_()

    return hold


def test_what_is_sent_while_an_answer_is_asked_for_again_is_not_lost(chat: ChatPage) -> None:
    held: list[Route] = []
    chat.send("/repeat One.")
    chat.wait_for_end()
    chat.page.route("**/regenerate/", holding(held))
    chat.answers.last.hover()
    with chat.page.expect_request("**/regenerate/"):
        chat.answers.last.locator("[data-action=regenerate]").click()

    chat.send("Too early")

    expect(chat.input).to_have_value("Too early")
    held.pop().continue_()
    expect(chat.place(chat.answers.last)).to_have_text("2 / 2")
    expect(chat.input).to_have_value("Too early")


def test_a_refused_message_is_kept_beside_what_was_written_meanwhile(
    chat: ChatPage, context: BrowserContext
) -> None:
    held: list[Route] = []
    chat.send("/repeat One.")
    chat.wait_for_end()
    context.route(MESSAGES, holding(held))
    with chat.page.expect_request(lambda request: request.method == "POST"):
        chat.send("Refused")
    chat.input.fill("Written meanwhile")
    error = {"error": {"code": "rate_limited", "message": "Too many messages."}}
    chat.page.clock.install()

    held.pop().fulfill(status=429, json=error, headers={"Retry-After": "60"})

    alert = chat.page.get_by_role("alert").first
    # It counts down.
    expect(alert).to_contain_text(re.compile(r"Too many messages\. You can send again in \d\d s\."))
    expect(chat.input).to_have_value("Refused\n\nWritten meanwhile")
    expect(chat.button).to_have_attribute("aria-disabled", "true")
    chat.page.clock.fast_forward("01:01")
    expect(chat.page.get_by_role("alert")).to_have_count(0)
    expect(chat.button).to_have_attribute("aria-disabled", "false")


def test_an_opinion_that_a_lost_network_takes_is_not_answered_in_numbers(
    chat: ChatPage, context: BrowserContext
) -> None:
    chat.send("/repeat One.")
    chat.wait_for_end()
    context.route("**/feedback/", lambda route: route.abort("connectionfailed"))
    chat.answers.last.hover()

    chat.answers.last.locator("[data-action=good]").click()

    expect(chat.page.get_by_role("alert").first).to_have_text("That did not work. Please try again.")
    expect(chat.answers.last.locator("[data-action=good]")).to_have_attribute("aria-pressed", "false")


def test_a_row_that_moves_does_not_keep_half_a_title(chat: ChatPage) -> None:
    chat.send("/repeat One.")
    chat.wait_for_end()
    chat.page.keyboard.press("F2")
    title = chat.sidebar.get_by_role("textbox")
    title.fill("Half a ti")

    chat.change("PATCH", {"pinned": True})

    expect(chat.sidebar.locator("[data-pinned] input")).to_be_focused()
    chat.page.keyboard.type("tle")
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator("[data-part=title]")).to_have_text("Half a title")
    expect(chat.sidebar.locator("[data-group=pinned]")).to_contain_text("Half a title")


def test_an_answer_is_not_shown_on_another_branch(chat: ChatPage, context: BrowserContext) -> None:
    chat.send("/repeat One.")
    chat.wait_for_end()
    first = chat.questions.first.get_attribute("data-id")
    chat.edit(chat.questions.first, "/long 400\n/slow 50")
    chat.wait_for_words()
    other = ChatPage(context.new_page(), chat.url)

    other.open(f"{chat.page.url.removeprefix(chat.url)}#m-{first}")

    expect(other.page).to_have_url(re.compile("message="))
    other.wait_until_ready()
    expect(other.questions.locator("[data-part=body]")).to_have_text("/repeat One.")
    expect(other.answers.locator("[data-part=body]")).to_have_text("One.")
    chat.stop()
    chat.wait_for_end("cancelled")
    expect(other.answers).to_have_count(1)


def test_an_edit_whose_files_cannot_be_asked_for_stays_open(
    chat: ChatPage, context: BrowserContext, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("Something")
    chat.attach(tmp_path / "note.txt")
    expect(chat.page.locator("[data-part=files]")).to_contain_text("9 B")
    chat.send("/repeat One.")
    chat.wait_for_end()
    context.route("**/api/messages/*/", lambda route: route.abort("connectionfailed"))

    chat.edit(chat.questions.last, "/repeat Two.")

    note = chat.page.locator(".chat-editor [data-part=note]")
    expect(note).to_have_text("That did not work. Please try again.")
    expect(chat.editor).to_have_value("/repeat Two.")


def test_an_edit_that_is_refused_leaves_everything_in_its_place(
    chat: ChatPage, context: BrowserContext
) -> None:
    chat.send("/repeat One.")
    chat.wait_for_end()
    context.clear_cookies(name="sessionid")

    chat.edit(chat.questions.last, "/repeat Two.")

    expect(chat.page.get_by_role("link", name="Sign in again")).to_be_visible()
    expect(chat.input).to_have_value("/repeat Two.")
    expect(chat.questions.locator("[data-part=body]")).to_have_text("/repeat One.")
    expect(chat.answers.locator("[data-part=body]")).to_have_text("One.")
    expect(chat.messages).to_have_count(2)


def test_a_stop_that_failed_is_not_told_of_once_it_was_done(chat: ChatPage, context: BrowserContext) -> None:
    chat.send("/long 400\n/slow 50")
    chat.wait_for_words()
    context.route("**/cancel/", lambda route: route.abort("connectionfailed"))
    chat.stop()
    expect(chat.page.get_by_role("alert").first).to_contain_text("could not be stopped")
    context.unroute("**/cancel/")

    chat.stop()

    chat.wait_for_end("cancelled")
    expect(chat.page.get_by_role("alert")).to_have_count(0)
