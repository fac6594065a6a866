"""The transcript: everything that was said, with how it came about, and nothing of it alive."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Conversation, Feedback, Message
from tests.admin.conftest import client_of, say

HOSTILE = """<script>alert(1)</script> <img src=x onerror=alert(2)>

[click](javascript:alert(3)) [data](data:text/html,x) ![image](https://evil.example/x.png)

<b onclick=alert(4)>bold</b> <style>body { display: none }</style> <iframe src="https://evil.example"></iframe>
"""


def transcript_of(conversation: Conversation, page: str = "") -> str:
    address = f"/admin/chat/conversation/{conversation.pk}/change/{page and f'?p={page}'}"
    response = client_of("view_conversation").get(address)
    assert response.status_code == 200
    return response.content.decode()


def entries_of(page: str) -> dict[str, str]:
    """Return the HTML of each message by its id, in the order of the page."""
    parts = page.partition("</main>")[0].split('<li class="chat-transcript__message" id="m-')[1:]
    return {part[:36]: part.split("</li>\n<li")[0] for part in parts}


def test_a_run_is_told_with_all_that_was_measured(conversation: Conversation):
    answer = conversation.active_leaf
    assert answer is not None

    entry = entries_of(transcript_of(conversation))[str(answer.pk)]

    told = ("a secret answer", "completed", "gpt-small", "general.yaml@0123456789ab", "417 ms", "5123 ms")
    for fact in (*told, "121 + 304 (exact)", "$ 0.000532", answer.run.trace_id):
        assert fact in entry


def test_a_failure_is_told_with_its_code_and_trace(conversation: Conversation):
    failed = Message.objects.get(content="half of an")

    entry = entries_of(transcript_of(conversation))[str(failed.pk)]

    for fact in ("half of an", "failed", "provider_timeout", "trace-failed"):
        assert fact in entry


def test_the_whole_tree_is_there_and_its_branches_are_marked(conversation: Conversation):
    question, answer, failed = conversation.messages.oldest_first()

    entries = entries_of(transcript_of(conversation))

    assert list(entries) == [str(question.pk), str(answer.pk), str(failed.pk)]
    for reply, version in ((answer, "version 1 of 2"), (failed, "version 2 of 2")):
        assert f'href="#m-{question.pk}"' in entries[str(reply.pk)]
        assert version in entries[str(reply.pk)]
    assert "on another branch" in entries[str(failed.pk)]
    assert "on another branch" not in entries[str(answer.pk)]
    assert "version" not in entries[str(question.pk)].split("</p>")[0]


@pytest.mark.parametrize("speaker", ["member", "assistant"])
def test_hostile_text_is_shown_and_not_run(conversation: Conversation, speaker: str):
    run: dict[str, Any] = {"trace_id": "t"} if speaker == "assistant" else {}
    message = say(conversation, parent=None, content=HOSTILE, **run)

    entry = entries_of(transcript_of(conversation))[str(message.pk)]

    assert "&lt;script&gt;alert(1)" in entry
    assert not re.search(r"<(script|img|style|iframe|b)\b", entry)
    assert not re.search(r'<[^>]+\s(href|src)="(?!#|\?p=|https://)', entry)
    assert not re.search(r"<[^>]+\son\w+=", entry)


def test_markdown_is_drawn_for_answers_and_left_alone_for_members(conversation: Conversation):
    said = say(conversation, parent=None, content="**strong**\n  <indented>")
    answered = say(conversation, parent=said, content="**strong**", trace_id="t")

    entries = entries_of(transcript_of(conversation))

    assert "**strong**\n  &lt;indented&gt;" in entries[str(said.pk)]
    assert "<strong>strong</strong>" in entries[str(answered.pk)]


def test_a_long_conversation_is_paged_and_its_pages_know_each_other(conversation: Conversation):
    root = say(conversation, parent=None, content="the root")
    for number in range(50):
        say(conversation, parent=root, content=f"line {number}!")

    first, second = transcript_of(conversation), transcript_of(conversation, "2")

    assert len(entries_of(first)) == 25
    assert len(entries_of(second)) == 25
    assert not set(entries_of(first)) & set(entries_of(second))
    assert 'href="?p=2"' in first
    assert f'href="?p=1#m-{root.pk}"' in second


def test_files_are_shown_by_name_and_cannot_be_opened(conversation: Conversation):
    question = conversation.messages.filter(role="user").earliest("created_at")
    question.attachments.create(
        owner=conversation.owner, name="<b>plan</b>.csv", media_type="text/csv", size_bytes=5, stored_name="x"
    )

    shown = transcript_of(conversation)

    assert "&lt;b&gt;plan&lt;/b&gt;.csv" in shown
    assert "/api/attachments/" not in shown


def test_what_the_member_thought_of_an_answer_stands_below_it(conversation: Conversation):
    answer = conversation.active_leaf
    assert answer is not None
    Feedback.objects.create(
        message=answer,
        user=conversation.owner,
        rating=-1,
        reasons=["incomplete", "old"],
        comment="No <b>prices</b>",
    )

    entries = entries_of(transcript_of(conversation))

    for words in ("Bad answer: Something is missing, old", "No &lt;b&gt;prices&lt;/b&gt;"):
        assert [key for key, entry in entries.items() if words in entry] == [str(answer.pk)]


@pytest.mark.parametrize("page", ["0", "9", "x", "-1"])
def test_a_page_that_does_not_exist_is_the_nearest_one(conversation: Conversation, page: str):
    assert len(entries_of(transcript_of(conversation, page))) == 3


def test_a_transcript_takes_the_same_queries_for_any_length(conversation: Conversation):
    client = client_of("view_conversation")
    address = f"/admin/chat/conversation/{conversation.pk}/change/"
    # Django asks for a content type once, and keeps it.
    client.get(address)
    with CaptureQueriesContext(connection) as for_three:
        client.get(address)

    for number in range(40):
        say(conversation, parent=None, content="more", trace_id=f"t{number}")
    with CaptureQueriesContext(connection) as for_many:
        client.get(address)

    assert len(for_many) == len(for_three) <= 9


def test_an_empty_conversation_says_so(owner: Any):
    empty = Conversation.objects.create(owner=owner, assistant="general")

    assert "Nothing was said." in transcript_of(empty)


def test_the_pages_have_no_script_or_style_of_their_own(conversation: Conversation):
    page = transcript_of(conversation)

    assert "<style" not in page
    assert ' style="' not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<[^>]+\son\w+=", page)
