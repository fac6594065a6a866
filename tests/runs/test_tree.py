"""Paths through trees of any shape, and the part of a path that is shown."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from hypothesis import given
from hypothesis import strategies as st

from chat.models import Conversation, Message
from chat.runs.tree import MOST_AFTER, read_after, read_around
from chat.runs.whole_tree import leaf_below, path_through, path_to, read_parents

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

Parents = dict[int, int | None]


@st.composite
def trees(draw: st.DrawFn) -> Parents:
    """Messages that each answer an earlier one or none, in the order in which they were wanted."""
    number = draw(st.integers(1, 30))
    parents = {key: draw(st.sampled_from([None, *range(key)])) for key in range(number)}
    return {key: parents[key] for key in draw(st.permutations(range(number)))}


@given(trees(), st.data())
def test_the_path_through_a_message_is_whole_and_ends_at_a_leaf(
    parents: Parents, data: st.DataObject
) -> None:
    message, leaf = (data.draw(st.sampled_from(list(parents))) for _ in range(2))

    path = path_through(message, parents, active_leaf=leaf_below(leaf, parents))

    assert message in path
    assert parents[path[0]] is None
    assert all(parents[after] == before for before, after in pairwise(path))
    assert path[-1] not in parents.values()


@given(trees(), st.data())
def test_what_is_shown_stays_shown(parents: Parents, data: st.DataObject) -> None:
    leaf = leaf_below(data.draw(st.sampled_from(list(parents))), parents)
    shown = path_to(leaf, parents)

    for message in shown:
        assert path_through(message, parents, active_leaf=leaf) == shown


@given(trees(), st.data())
def test_going_away_and_back_shows_what_was_chosen(parents: Parents, data: st.DataObject) -> None:
    """Choose a message, then one of its ancestors' siblings, then that ancestor again."""
    message = data.draw(st.sampled_from(list(parents)))
    ancestor = data.draw(st.sampled_from(path_to(message, parents)))
    for key in path_to(message, parents):
        # What is chosen is wanted last.
        parents[key] = parents.pop(key)

    assert message in path_to(leaf_below(ancestor, parents), parents)


@pytest.fixture
async def long_one(member: Any) -> tuple[Conversation, list[UUID]]:
    """A conversation of 150 messages, and another answer to its third one."""
    conversation = await Conversation.objects.acreate(owner=member, assistant="general")
    path: list[Message] = []
    for number in range(150):
        path.append(
            Message(
                conversation=conversation,
                parent=path[-1] if path else None,
                role="assistant" if number % 2 else "user",
                created_at=BEGIN + timedelta(seconds=number),
            )
        )
    other = Message(conversation=conversation, parent=path[2], role="assistant", created_at=BEGIN)
    await Message.objects.abulk_create([*path, other])
    await Conversation.objects.filter(pk=conversation.pk).aupdate(active_leaf=path[-1])
    await conversation.arefresh_from_db()
    return conversation, [*(message.pk for message in path), other.pk]


async def test_the_part_around_a_message_has_it_and_says_what_is_beside_it(
    long_one: tuple[Conversation, list[UUID]],
) -> None:
    conversation, ids = long_one

    early = await read_around(conversation, ids[10], length=24)
    late = await read_around(conversation, ids[140], length=24)
    middle = await read_around(conversation, ids[149 - MOST_AFTER + 1], length=24)

    assert early is not None
    assert late is not None
    assert middle is not None
    assert ids[10] in [step.message.pk for step in early.steps]
    assert (early.older, early.newer) == (ids[3], ids[27])
    assert (late.steps[-1].message.pk, late.newer, len(late.steps)) == (ids[149], None, 24)
    assert (middle.steps[-1].message.pk, middle.newer) == (ids[149], None)
    assert early.leaf == late.leaf == ids[149]


async def test_a_message_beside_the_shown_path_is_shown_with_what_leads_to_it(
    long_one: tuple[Conversation, list[UUID]],
) -> None:
    conversation, ids = long_one

    page = await read_around(conversation, ids[-1], length=24)

    assert page is not None
    assert [step.message.pk for step in page.steps] == [*ids[:3], ids[-1]]
    # Siblings count in the order in which they were said.
    assert (page.steps[-1].sibling_index, page.steps[-1].sibling_count) == (0, 2)
    assert page.leaf == ids[-1]
    assert conversation.active_leaf_id == ids[149]


async def test_the_parts_after_each_other_make_the_whole_path(
    long_one: tuple[Conversation, list[UUID]],
) -> None:
    conversation, ids = long_one
    seen = [ids[0]]

    while (page := await read_after(conversation, seen[-1], length=40)) is not None and page.steps:
        seen += [step.message.pk for step in page.steps]
        if page.newer is None:
            break

    assert seen == ids[:150]
    assert await read_after(conversation, uuid4(), length=5) is None
    assert await read_around(conversation, uuid4(), length=5) is None


async def test_what_was_chosen_is_wanted_later_than_what_was_said(
    long_one: tuple[Conversation, list[UUID]],
) -> None:
    conversation, ids = long_one
    await conversation.messages.filter(pk=ids[3]).aupdate(chosen_at=BEGIN + timedelta(hours=1))
    # A clock that went wrong.
    await conversation.messages.filter(pk=ids[5]).aupdate(chosen_at=BEGIN - timedelta(days=1))

    wanted = await sync_to_async(read_parents)(conversation.messages.latest_wanted_last())

    said = [key async for key in conversation.messages.oldest_first().values_list("pk", flat=True)]
    assert [UUID(key) for key in wanted] == [*(key for key in said if key != ids[3]), ids[3]]
