"""What members find, in whatever database this runs on, and what nobody finds."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from chat.checks import check_search
from chat.conf import chat_settings
from chat.exceptions import InvalidInput
from chat.models import Conversation, SearchEntry
from chat.runs.listing import record_changes
from chat.search import backends
from chat.search.finding import HITS_SHOWN, Found, find
from chat.search.scanning import NoIndex
from tests.search.conftest import Remember


@pytest.fixture(params=["index", "no index"], autouse=True)
def index(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The database's own index, and what takes its place where there is none."""
    if request.param == "no index":
        monkeypatch.setattr(backends, "_BY_VENDOR", {})
    backends.index_of.cache_clear()
    yield
    backends.index_of.cache_clear()


def texts(found: Found) -> list[str]:
    return [hit.message.content if hit.message else hit.conversation.title for hit in found.hits]


@pytest.mark.parametrize("typed", ["서울", "서울에", "서울 출발", "출발 SEOUL", "seo"])
def test_words_are_found_by_their_beginnings(member: Any, remember: Remember, typed: str):
    remember("untitled", "서울에서 출발하는 Seoul 여행", "부산 only")

    assert texts(find(member, typed)) == ["서울에서 출발하는 Seoul 여행"]


def test_a_lone_letter_is_a_word_and_a_lone_syllable_begins_one(member: Any, remember: Remember):
    remember("", "plan b", "better", "비가 온다")

    assert "plan b" in texts(find(member, "b"))
    assert texts(find(member, "비")) == ["비가 온다"]
    if backends.current_index().has_entries:
        assert texts(find(member, "b")) == ["plan b"]


def test_titles_come_first_then_the_newest(member: Any, remember: Remember):
    remember("first tide", "an old tide", "a newer tide")
    remember("second tide", "the newest tide")

    found = texts(find(member, "tide"))

    assert found == ["second tide", "first tide", "the newest tide", "a newer tide", "an old tide"]


def test_pages_follow_each_other_without_a_gap(member: Any, remember: Remember):
    remember("tides", *(f"tide {number}" for number in range(2 * HITS_SHOWN + 3)))
    seen: list[str] = []
    cursor = None
    for _ in range(4):
        page = find(member, "tide", cursor=cursor)
        seen += texts(page)
        cursor = page.following
        if cursor is None:
            break

    assert seen == ["tides", *(f"tide {number}" for number in reversed(range(2 * HITS_SHOWN + 3)))]


def test_nobody_finds_what_others_said(member: Any, stranger: Any, remember: Remember):
    remember("tide", "tide", owner=stranger)

    assert find(member, "tide") == Found(hits=())
    assert len(find(stranger, "tide").hits) == 2


def test_what_is_deleted_or_temporary_is_not_found(member: Any, remember: Remember):
    remember("kept", "a tide")
    gone = [remember("gone tide", "tide")[0] for _ in range(HITS_SHOWN)]
    for message in gone:
        Conversation.objects.filter(pk=message.conversation_id).change(deleted_at=message.created_at)
    remember("temporary tide", "tide", temporary=True)

    assert texts(find(member, "tide")) == ["a tide"]

    Conversation.objects.filter(pk=gone[-1].conversation_id).change(deleted_at=None)
    assert texts(find(member, "tide")) == ["gone tide", "tide", "a tide"]


def test_a_new_title_is_found_and_the_old_one_is_not(member: Any, remember: Remember):
    message, *_ = remember("tides", "text")

    record_changes(message.conversation, {"title": "Moon <b>light</b>", "title_is_own": True})

    assert texts(find(member, "moon light")) == ["Moon <b>light</b>"]
    assert texts(find(member, "tides")) == []


@pytest.mark.parametrize(
    "typed",
    [
        "tide" * 2_500,
        "tide " * 2_000,
        '"tide',
        "tide'",
        "tide\\",
        "tide*",
        "tide AND",
        "NEAR(tide, 2)",
        "terms: tide",
        "tide & | ! <->",
        "^tide -x",
        "tide\0",
        "tide ); DROP TABLE chat_message; --",
        "%tide_",
    ],
)
def test_whatever_is_typed_is_only_words(member: Any, remember: Remember, typed: str):
    remember("", "a tide")

    find(member, typed)

    assert texts(find(member, "tide")) == ["a tide"]


def test_what_cannot_be_looked_for_is_said(member: Any, remember: Remember):
    assert "letters" in find(member, "!?").notice
    assert str(8) in find(member, "a b c d e f g h i j").notice
    assert find(member, "  ") == Found(hits=())
    assert find(member, "no quarrel").notice == ""


@pytest.mark.parametrize(
    "cursor", ["x", "€", "MSAyMDI2", "MCAwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjAwIDE", "A" * 9_000]
)
def test_what_is_no_cursor_is_refused(member: Any, cursor: str):
    with pytest.raises(InvalidInput):
        find(member, "tide", cursor=cursor)


def test_a_cursor_of_somebody_else_shows_nothing_of_theirs(member: Any, stranger: Any, remember: Remember):
    remember("", *(f"tide {number}" for number in range(30)), owner=stranger)
    remember("", "my tide")
    cursor = find(stranger, "tide").following
    assert cursor

    assert all(hit.conversation.owner_id == member.pk for hit in find(member, "tide", cursor=cursor).hits)


@pytest.mark.parametrize("options", [[], ["--rebuild"]])
def test_what_was_stored_before_is_found_after_the_command(
    member: Any, remember: Remember, options: list[str]
):
    message, *_ = remember("moon", "a tide", "…")
    SearchEntry.objects.all().delete()

    call_command("chat_index", *options, verbosity=0)
    call_command("chat_index", verbosity=0)

    assert texts(find(member, "tide")) == ["a tide"]
    assert texts(find(member, "moon")) == ["moon"]
    message.conversation.delete()
    assert find(member, "tide") == Found(hits=())


def test_an_answer_as_long_as_it_may_be_is_stored(member: Any, remember: Remember):
    words = " ".join(f"낱말{number}" for number in range(40_000))
    remember("", words[: chat_settings().MAX_ANSWER_CHARACTERS])

    assert len(find(member, "낱말77").hits) == 1


def test_this_database_has_an_index(request: pytest.FixtureRequest):
    has_index = "no index" not in request.node.name and connection.vendor in ("postgresql", "sqlite")

    assert backends.current_index().has_entries == has_index
    assert isinstance(backends.current_index(), NoIndex) != has_index
    assert [warning.id for warning in check_search(None)] == ([] if has_index else ["chat.W003"])
