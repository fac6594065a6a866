"""What a member may have otherwise: plain text, a voice, a notification, another model, keys, large type."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.e2e.accessibility import sideways_pixels
from tests.e2e.chat_page import ChatPage

# Browsers without a screen have no voices, and their notifications are shown by nobody.
VOICE = """
window.spoken = [];
Object.defineProperty(window, "speechSynthesis", { value: {
  speak(one) { spoken.push([one.lang, one.text]); },
  cancel() { spoken.push("silence"); },
} });
"""
NOTIFICATIONS = """
window.told = [];
window.Notification = class {
  static permission = "default";
  static async requestPermission() { return (Notification.permission = "granted"); }
  constructor(title, { body }) { told.push([title, body]); }
};
"""
HIDDEN = "Object.defineProperty(document, 'hidden', { get: () => true })"
ANSWER = "/repeat Some **bold** words. 3.5 of them.\n\n```\nx\n```"


def switch(chat: ChatPage, name: str) -> None:
    """Turn an option on or off."""
    chat.page.get_by_role("button", name="Options", exact=True).click()
    chat.page.get_by_role("checkbox", name=name).click()
    chat.page.get_by_role("button", name="Done").click()


def test_answers_are_plain_text_for_who_wants_it(chat: ChatPage) -> None:
    chat.send(ANSWER)
    chat.wait_for_end()
    plain = chat.answers.locator("pre.chat-message__source")

    switch(chat, "Show answers as plain text")
    expect(plain).to_contain_text("Some **bold** words.")
    expect(chat.answer.locator("strong")).to_be_hidden()
    chat.send("/repeat **Another**")
    expect(plain.last).to_have_text("**Another**")
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.page.get_by_text("**Another**", exact=True)).to_be_visible()
    switch(chat, "Show answers as plain text")

    expect(chat.answer.locator("strong")).to_be_visible()


def test_an_answer_is_read_aloud_without_its_marks_and_can_be_silenced(chat: ChatPage) -> None:
    chat.page.add_init_script(VOICE)
    chat.page.reload()
    chat.wait_until_ready()
    chat.send(ANSWER)
    chat.wait_for_end()

    chat.choose(chat.answers.last, "Read aloud")
    stop = chat.page.get_by_role("button", name="Stop reading")
    expect(stop).to_be_focused()
    spoken = chat.page.evaluate("spoken.splice(0)")
    stop.press("Enter")

    assert spoken == ["silence", ["en", "Some bold words."], ["en", "3.5 of them."], ["en", "x"]]
    expect(stop).to_have_count(0)
    expect(chat.answers.last.get_by_role("button", name="More")).to_be_focused()
    assert chat.page.evaluate("spoken") == ["silence"]


def test_who_asked_for_it_is_notified_while_looking_elsewhere(chat: ChatPage) -> None:
    chat.page.add_init_script(NOTIFICATIONS)
    chat.page.reload()
    chat.wait_until_ready()
    switch(chat, "Notify me when an answer is ready")
    chat.send("/repeat Seen.")
    chat.wait_for_end()
    chat.page.evaluate(HIDDEN)
    chat.send("/repeat The words stay here.")
    chat.wait_for_end()

    chat.page.wait_for_function("told.length")
    assert chat.page.evaluate("told") == [["Answer ready", "/repeat Seen."]]


def test_another_model_answers_beside_the_first(chat: ChatPage) -> None:
    chat.send("/repeat Again.")
    chat.wait_for_end()

    chat.choose(chat.answers.last, "echo-large")
    expect(chat.place(chat.answers.last)).to_have_text("2 / 2")
    chat.wait_for_end()

    chat.choose(chat.answers.last, "Details")
    expect(chat.page.locator("[data-fact=model] dd")).to_have_text("echo-large")


def test_keys_alone_ask_read_copy_and_go_on(chat: ChatPage, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, keys = chat.page, chat.page.keyboard
    page.evaluate("document.activeElement.blur()")
    for _ in range(12):
        keys.press("Tab")
        if page.evaluate("document.activeElement.matches('.chat-skip')"):
            break
    keys.press("Enter")
    expect(chat.input).to_be_focused()
    keys.type("/sources 1\n/repeat By keys")
    chat.wait_for_end()
    expect(chat.answers).to_have_count(1)

    more = chat.answers.last.get_by_role("button", name="More")
    for _ in range(12):
        keys.press("Shift+Tab")
        if more.evaluate("one => one === document.activeElement"):
            break
    keys.press("Enter")
    expect(page.get_by_role("menuitem", name="Copy as Markdown")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(more).to_be_focused()
    assert chat.copied("^By keys$")
    keys.press("Control+Shift+O")
    expect(page).to_have_url(re.compile("/chat/$"))
    expect(chat.input).to_be_focused()


def test_twice_as_large_everything_is_there(chat: ChatPage) -> None:
    # What a window of 1280 by 800 pixels has left at 200 %.
    chat.page.set_viewport_size({"width": 640, "height": 400})
    chat.send(f"/repeat {'Words and more words. ' * 30}\n\n| {'| wide ' * 12}|\n|{'---|' * 13}\n")
    chat.wait_for_end()

    expect(chat.input).to_be_in_viewport()
    expect(chat.button).to_be_in_viewport()
    expect(chat.answer.get_by_role("group", name="Table")).to_be_visible()
    assert sideways_pixels(chat.page) == 0
    assert chat.page.locator("[data-part=scroll]").evaluate("one => one.clientHeight") > 100
