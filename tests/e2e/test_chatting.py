"""What a member does, in a real browser on a real server."""

import re

from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.chat_page import ChatPage
from tests.serving import Site

LONG = "/long 120\n/slow 40"


def words(text: str) -> list[str]:
    return text.split()


def test_an_answer_comes_word_by_word(chat: ChatPage) -> None:
    chat.send(LONG)
    chat.wait_for_words()
    first = len(words(chat.answer_text()))

    expect(chat.answer).to_have_text(re.compile(r"(\S+\s+){30}"))
    chat.wait_for_end()

    assert 0 < first < 60
    assert words(chat.answer_text()) == words(chat.stored_answer())
    assert len(words(chat.answer_text())) >= 120


def test_a_reload_in_the_middle_goes_on(chat: ChatPage) -> None:
    # Longer than a slow machine takes to load the page anew.
    chat.send("/long 200\n/slow 40")
    chat.wait_for_words()

    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.button).to_have_attribute("data-mode", "stop")
    chat.wait_for_end()

    assert words(chat.answer_text()) == words(chat.stored_answer())
    expect(chat.questions).to_have_count(1)
    expect(chat.answers).to_have_count(1)


def test_two_tabs_show_the_same_answer(chat: ChatPage, context: BrowserContext) -> None:
    chat.send("/repeat The beginning.")
    chat.wait_for_end()
    other = ChatPage(context.new_page(), chat.url)
    other.page.goto(chat.page.url)
    other.wait_until_ready()

    chat.page.bring_to_front()
    chat.send(LONG)
    chat.wait_for_words()
    other.page.bring_to_front()
    expect(other.questions).to_have_count(2)
    other.wait_for_end()
    chat.wait_for_end()

    assert words(other.answer_text()) == words(chat.answer_text()) == words(chat.stored_answer())


def test_stop_keeps_what_was_said(chat: ChatPage) -> None:
    chat.send("/long 900\n/slow 40")
    chat.wait_for_words()

    chat.stop()
    chat.wait_for_end("cancelled")

    expect(chat.answers.last.locator("[data-part=state]")).to_have_text("Stopped")
    assert words(chat.answer_text()) == words(chat.stored_answer())
    assert len(words(chat.answer_text())) < 900
    # The same element now sends: the focus does not jump.
    expect(chat.button).to_be_focused()
    expect(chat.button).to_have_attribute("aria-label", "Send")


def test_escape_stops_before_the_first_word(chat: ChatPage) -> None:
    chat.send("/stall after 0")
    expect(chat.button).to_have_attribute("data-mode", "stop")
    expect(chat.page.locator("chat-page")).to_have_attribute("data-ready", "")
    thought = re.compile(r"^(Thinking|Still working)…( \d+ s)?$")
    expect(chat.answers.last.locator("[data-part=state]")).to_have_text(thought)

    chat.page.keyboard.press("Escape")

    chat.wait_for_end("cancelled")


def test_a_lost_network_shows_and_the_answer_goes_on_where_it_was(
    chat: ChatPage, context: BrowserContext
) -> None:
    chat.send(LONG)
    chat.wait_for_words()

    context.set_offline(True)
    expect(chat.page.locator("[data-part=offline]")).to_be_visible()
    context.set_offline(False)
    chat.wait_for_end()

    expect(chat.page.locator("[data-part=offline]")).to_be_hidden()
    assert words(chat.answer_text()) == words(chat.stored_answer())


def test_a_message_sent_while_offline_goes_out_once(chat: ChatPage, context: BrowserContext) -> None:
    chat.send("/repeat The first.")
    chat.wait_for_end()
    context.set_offline(True)

    chat.send("/repeat The second.")
    expect(chat.questions).to_have_count(2)
    context.set_offline(False)

    expect(chat.answer).to_have_text("The second.")
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.questions).to_have_count(2)
    expect(chat.answers).to_have_count(2)


def test_two_quick_presses_of_enter_send_once(chat: ChatPage) -> None:
    chat.input.fill("/repeat Once.")

    chat.input.press("Enter")
    chat.input.press("Enter")
    chat.wait_for_end()

    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.questions).to_have_count(1)


def test_a_failure_says_so_and_can_be_tried_again(chat: ChatPage) -> None:
    chat.send("/fail provider_unavailable after 3")
    chat.wait_for_end("failed")

    error = chat.answers.last.locator("[data-part=error]")
    expect(error).to_contain_text("cannot be reached")
    failed = str(chat.answers.last.get_attribute("data-id"))
    error.locator("[data-action=retry]").click()
    expect(chat.answers.last).not_to_have_attribute("data-id", failed)
    chat.wait_for_end("failed")

    expect(chat.questions).to_have_count(1)
    expect(chat.answers).to_have_count(1)


def test_shift_enter_breaks_the_line(chat: ChatPage) -> None:
    chat.input.press_sequentially("one")
    chat.input.press("Shift+Enter")
    chat.input.press_sequentially("two")

    expect(chat.input).to_have_value("one\ntwo")
    expect(chat.questions).to_have_count(0)


def test_a_korean_syllable_is_committed_and_sent_with_one_enter(chat: ChatPage) -> None:
    session = chat.page.context.new_cdp_session(chat.page)
    chat.input.focus()
    session.send("Input.imeSetComposition", {"text": "안녕", "selectionStart": 2, "selectionEnd": 2})

    # As a Korean input method does: it commits the syllable, and the Enter is an Enter.
    session.send("Input.insertText", {"text": "안녕"})
    chat.page.keyboard.press("Enter")

    expect(chat.questions.first.locator("[data-part=body]")).to_have_text("안녕")
    expect(chat.input).to_have_value("")


def test_an_enter_that_chooses_a_candidate_sends_nothing(chat: ChatPage) -> None:
    session = chat.page.context.new_cdp_session(chat.page)
    chat.input.focus()
    session.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})

    # As a Japanese input method does: the key belongs to it, and the text is the candidate.
    key = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
    session.send("Input.insertText", {"text": "日本"})
    session.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})

    expect(chat.input).to_have_value("日本")
    expect(chat.questions).to_have_count(0)


def test_a_starter_question_is_asked_with_one_click(chat: ChatPage) -> None:
    starter = chat.page.locator("[data-action=starter]").first
    question = starter.inner_text()

    starter.click()

    expect(chat.questions.first.locator("[data-part=body]")).to_have_text(question)
    chat.wait_for_end()
    expect(chat.page).to_have_title(re.compile(re.escape(question[:20])))


def test_scrolling_up_is_respected_and_a_button_brings_back(chat: ChatPage) -> None:
    chat.send("/long 900\n/slow 4")
    expect(chat.answer).to_have_text(re.compile(r"(\S+\s+){400}"))
    scroll = chat.page.locator("[data-part=scroll]")
    scroll.hover()

    chat.page.mouse.wheel(0, -600)
    latest = chat.page.locator("[data-action=latest]")
    expect(latest).to_be_visible()
    top = chat.scrolled_to()
    chat.wait_for_end()
    assert abs(chat.scrolled_to() - top) < 5

    expect(latest).to_have_attribute("data-news", "")

    latest.click()
    expect(latest).to_be_hidden()
    expect(chat.input).to_be_focused()
    # What grows by itself is no news.
    scroll.hover()
    chat.page.mouse.wheel(0, -600)
    expect(latest).to_be_visible()
    chat.questions.first.evaluate(
        """async (message) => {
            message.style.blockSize = "900px";
            for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
        }"""
    )
    expect(latest).not_to_have_attribute("data-news", "")


def test_a_killed_server_that_comes_back_goes_on_with_the_answer(browser: Browser, site: Site) -> None:
    context = browser.new_context()
    chat = ChatPage(context.new_page(), site.url)
    chat.sign_in()
    chat.send("/long 400\n/slow 20")
    expect(chat.answer).to_have_text(re.compile(r"(\S+\s+){40}"))

    site.kill()
    expect(chat.page.locator("[data-part=connection]")).to_contain_text("Reconnecting…")
    site.start()
    # By itself it may have been quicker.
    chat.page.locator("[data-action=reconnect]").evaluate("button => button.click()")
    chat.wait_for_end()

    shown = words(chat.answer_text())
    assert shown == words(chat.stored_answer())
    assert len(shown) == 400
    assert chat.faults == []
    context.close()


def test_without_javascript_a_message_is_sent_and_answered(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/accounts/login/?next=/chat/")
    page.fill("[name=username]", "demo")
    page.fill("[name=password]", "demo")
    page.press("[name=password]", "Enter")

    page.fill("#chat-input", "/repeat **Hello** without scripts")
    page.click("[data-part=send]")

    # The page asks for itself again until the answer is there.
    expect(page.locator("li[data-role=assistant] strong")).to_have_text("Hello")
    expect(page.locator("li[data-role=user]")).to_have_count(1)
    context.close()
