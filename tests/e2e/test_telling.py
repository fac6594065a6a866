"""What the page tells the server of an answer, and the member of an error."""

import json
import re

from playwright.sync_api import BrowserContext, Request, expect

from tests.e2e.chat_page import ChatPage


def reports(chat: ChatPage) -> list[Request]:
    """Return the reports that the page will send; the list grows."""
    sent: list[Request] = []
    chat.page.on("request", lambda one: sent.append(one) if one.url.endswith("/report/") else None)
    return sent


def test_the_page_reports_once_what_it_saw(chat: ChatPage) -> None:
    sent = reports(chat)

    with chat.page.expect_response(re.compile("/report/$")) as answer:
        chat.send("/long 20")
    chat.wait_for_end()
    chat.page.reload()
    chat.wait_until_ready()

    assert answer.value.status == 204
    assert len(sent) == 1
    told = json.loads(sent[0].post_data or "")
    assert 0 < told["ttft_ms"] < 60_000
    assert (told["stalls"], told["reconnects"]) == (0, 0)


def test_a_page_that_came_later_reports_its_reconnects_and_no_wait(
    chat: ChatPage, context: BrowserContext
) -> None:
    chat.send("/stall after 3")
    chat.wait_for_words()
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.button).to_have_attribute("data-mode", "stop")
    context.set_offline(True)
    expect(chat.page.locator("[data-part=offline]")).to_be_visible()
    context.set_offline(False)

    with chat.page.expect_response(re.compile("/report/$")) as answer:
        chat.stop()
        chat.wait_for_end("cancelled")

    told = json.loads(answer.value.request.post_data or "")
    assert told["ttft_ms"] is None
    assert told["reconnects"] == 1


def test_the_trace_id_of_an_error_can_be_copied(chat: ChatPage, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.send("/fail provider_unavailable after 3")
    chat.wait_for_end("failed")

    error = chat.answers.last.locator("[data-part=error]")
    error.locator("summary").click()
    trace_id = error.locator("[data-part=error-trace]").inner_text()
    error.locator("[data-action=copy-trace]").click()
    expect(error.locator("[data-action=copy-trace]")).to_have_text("Copied")

    assert re.fullmatch("[0-9a-f]{32}", trace_id)
    assert chat.page.evaluate("navigator.clipboard.readText()") == trace_id
    expect(error.locator("[data-part=error-code]")).to_have_text("provider_unavailable")
