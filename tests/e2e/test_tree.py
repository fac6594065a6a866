"""Branches and what is done under a message, in a real browser."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.e2e.chat_page import ChatPage
from tests.serving import Site

MESSAGES = re.compile(r"/api/conversations/[^/]+/messages/")
CONVERSATION = "00000000-0000-4000-8000-0000000000ff"
LONG_CONVERSATION = f"""
from datetime import UTC, datetime, timedelta
from uuid import UUID
from django.contrib.auth import get_user_model
from chat.models import Conversation, Message
owner = get_user_model().objects.get(username="demo")
long = Conversation.objects.create(pk="{CONVERSATION}", owner=owner, assistant="general", title="Long")
made, noon = [], datetime(2026, 3, 1, 12, tzinfo=UTC)
for number in range(120):
    made.append(Message(
        pk=UUID(f"00000000-0000-4000-8000-{{number:012}}"),
        conversation=long,
        parent=made[-1] if made else None,
        role="assistant" if number % 2 else "user",
        content=f"Message {{number}}.\\n\\n" * 8,
        created_at=noon + timedelta(seconds=number, days=number // 100),
    ))
Message.objects.bulk_create(made)
Conversation.objects.filter(pk=long.pk).update(active_leaf=made[-1])
"""


def test_an_edited_message_is_a_branch_and_the_arrows_lead_back(chat: ChatPage) -> None:
    chat.send("/repeat The first.")
    chat.wait_for_end()
    chat.send("/repeat The second.")
    chat.wait_for_end()

    chat.edit(chat.questions.first, "/repeat Another beginning.")
    expect(chat.answer).to_have_text("Another beginning.")
    chat.wait_for_end()
    expect(chat.questions).to_have_count(1)
    expect(chat.place(chat.questions.first)).to_have_text("2 / 2")
    expect(chat.questions.first.get_by_role("button", name="Next version")).to_be_disabled()

    chat.questions.first.get_by_role("button", name="Previous version").click()

    expect(chat.answer).to_have_text("The second.")
    expect(chat.place(chat.questions.first)).to_have_text("1 / 2")
    expect(chat.questions.first.get_by_role("button", name="Next version")).to_be_focused()
    chat.page.reload()
    chat.wait_until_ready()
    expect(chat.answer).to_have_text("The second.")


def test_another_assistant_answers_the_same_question(chat: ChatPage) -> None:
    chat.send("/repeat Hello.")
    chat.wait_for_end()

    chat.choose(chat.answers.last, "Writing partner")

    expect(chat.place(chat.answers.last)).to_have_text("2 / 2")
    chat.wait_for_end()
    expect(chat.answers).to_have_count(1)
    expect(chat.answers.last.locator("time")).to_have_text(re.compile("now|ago"))
    chat.choose(chat.answers.last, "Details")
    expect(chat.answers.last.locator("[data-fact=assistant]")).to_contain_text("Writing partner")


def test_escape_leaves_a_message_as_it_was(chat: ChatPage) -> None:
    chat.send("/repeat Hello.")
    chat.wait_for_end()
    chat.input.press("ArrowUp")
    expect(chat.editor).to_be_focused()

    chat.editor.fill("something else")
    chat.editor.press("Escape")

    expect(chat.editor).to_have_count(0)
    expect(chat.input).to_be_focused()
    chat.questions.first.get_by_role("button", name="Edit").press("Enter")
    chat.editor.press("Escape")
    expect(chat.questions.first.get_by_role("button", name="Edit")).to_be_focused()
    expect(chat.questions.first.locator("[data-part=body]")).to_have_text("/repeat Hello.")
    expect(chat.questions).to_have_count(1)


def test_a_stopped_answer_goes_on_in_its_place(chat: ChatPage) -> None:
    # So long that a slow machine stops it in the middle.
    chat.send("/long 100\n/slow 60")
    chat.wait_for_words()
    chat.stop()
    chat.wait_for_end("cancelled")
    cut = chat.answer_text().strip()

    chat.answers.last.get_by_role("button", name="Continue").press("Enter")
    expect(chat.place(chat.answers.last)).to_have_text("2 / 2")
    expect(chat.input).to_be_focused()
    expect(chat.answer).to_have_text(re.compile(f"^{re.escape(cut)}"))
    chat.wait_for_end()

    assert chat.answer_text().split() == [f"word{number}" for number in range(1, 101)]
    expect(chat.answers).to_have_count(1)
    expect(chat.place(chat.answers.last)).to_have_text("2 / 2")


def test_an_answer_is_judged_explained_and_branched_off(chat: ChatPage) -> None:
    chat.send("/repeat Hello.")
    chat.wait_for_end()
    answer = chat.answers.last

    answer.get_by_role("button", name="Bad answer").click()
    answer.get_by_role("checkbox", name="Not correct").check()
    answer.get_by_role("textbox", name="Comment").fill("It is not so.")
    answer.get_by_role("button", name="Send feedback").click()
    expect(answer.locator(".chat-reasons")).to_have_count(0)
    expect(answer.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    chat.choose(answer, "Change your feedback")
    expect(answer.get_by_role("button", name="More")).to_have_attribute("title", "More")
    expect(answer.get_by_role("textbox", name="Comment")).to_have_value("It is not so.")
    expect(answer.get_by_role("checkbox", name="Not correct")).to_be_checked()
    answer.get_by_role("button", name="Close").click()

    chat.choose(answer, "Details")
    expect(answer.locator("[data-fact=model]")).to_contain_text("echo")
    expect(answer.locator("[data-fact=trace] code")).to_have_text(re.compile("[0-9a-f]{32}"))

    first = chat.page.url
    chat.choose(answer, "Branch off into a new conversation")
    expect(chat.page.locator("[data-part=title]")).to_have_text(re.compile(r"\(branch\)$"))
    assert chat.page.url != first
    expect(chat.answer).to_have_text("Hello.")


def test_a_link_leads_to_a_message_on_another_branch(chat: ChatPage, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.send("/repeat The first.")
    chat.wait_for_end()
    chat.choose(chat.answers.last, "Copy link")
    link = chat.copied(f"^{re.escape(chat.page.url)}.+")
    chat.answers.last.get_by_role("button", name="Answer again").click()
    expect(chat.place(chat.answers.last)).to_have_text("2 / 2")
    chat.wait_for_end()

    other = ChatPage(context.new_page(), chat.url)
    other.page.goto(link)

    other.wait_until_ready()
    expect(other.place(other.answers.last)).to_have_text("1 / 2")
    expect(other.answers.last).to_be_focused()
    assert other.faults == []


def test_a_long_conversation_is_loaded_as_it_is_read(chat: ChatPage, site: Site) -> None:
    site.run_command("shell", "-c", LONG_CONVERSATION)
    chat.open(f"/chat/c/{CONVERSATION}/")
    expect(chat.messages).to_have_count(12)
    expect(chat.messages.last.locator("time")).to_have_text("March 2, 2026")
    expect(chat.page.locator(".chat-day")).to_have_count(0)
    oldest = chat.messages.first
    name = oldest.get_attribute("id")
    chat.page.locator("[data-part=scroll]").evaluate("element => { element.scrollTop = 0; }")

    expect(chat.page.locator("#m-00000000-0000-4000-8000-000000000078")).to_be_attached()

    # What was at the top stays in view while older messages come above it.
    assert abs(chat.top_of(chat.page.locator(f"#{name}"))) < 400
    assert chat.messages.count() <= 200
    expect(chat.page.locator("#m-00000000-0000-4000-8000-000000000100 .chat-day")).to_have_text(
        "March 2, 2026"
    )
    chat.page.route(MESSAGES, lambda route: route.abort("connectionfailed"))
    chat.open(f"/chat/c/{CONVERSATION}/#m-00000000-0000-4000-8000-000000000002")
    expect(chat.page.locator("#m-00000000-0000-4000-8000-000000000002")).to_be_focused()
    assert chat.messages.count() < 80

    # The end cannot be read until the network is back: what is said waits, and goes there then.
    expect(chat.page.locator("[data-part=newer]")).to_be_visible()
    chat.send("/repeat At the end.")
    expect(chat.questions.last).to_contain_text("It will be sent when you are online.")
    chat.page.route(MESSAGES, lambda one: one.abort() if "after=" in one.request.url else one.continue_())
    chat.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(chat.answer).to_have_text("At the end.")
    # The last but two of all was said before it: nothing is left out between.
    expect(chat.messages.nth(-3)).to_contain_text("Message 119.")
