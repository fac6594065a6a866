"""Over HTTP: thumbs, branches, copies, and parts of a path."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import AsyncClient
from django.urls import reverse

from chat.models import Conversation
from tests.runs.conftest import hear

JSON = "application/json"


@pytest.fixture
def messages_url(conversation: Conversation) -> str:
    return reverse("chat:messages", args=[conversation.pk])


async def test_a_thumb_waits_for_the_end_of_the_answer(client: AsyncClient, say: Callable[..., Any]) -> None:
    turn = await say("/stall")

    response = await client.post(
        reverse("chat:feedback", args=[turn.assistant_message.pk]), {"rating": 1}, content_type=JSON
    )

    assert (response.status_code, response.json()["error"]["code"]) == (409, "run_active")


async def test_another_branch_is_chosen_and_told(
    client: AsyncClient, messages_url: str, say: Callable[..., Any]
) -> None:
    first = await say("/repeat one")
    await hear(first.run.pk)
    answer = first.assistant_message.pk
    again = await client.post(reverse("chat:regenerate", args=[answer]), {}, content_type=JSON)
    await hear(UUID(again.json()["run"]["id"]))
    path = reverse("chat:select", args=[again.json()["assistant_message"]["id"]])

    chosen = (await client.post(path, {"step": -1}, content_type=JSON)).json()

    assert chosen["chosen"] == str(answer)
    assert [one["sibling_index"] for one in chosen["results"]] == [0, 0]
    assert (await client.get(messages_url)).json()["results"] == chosen["results"]
    for wrong in (2, "1", True, 0.5, [1]):
        assert (await client.post(path, {"step": wrong}, content_type=JSON)).status_code == 400


async def test_a_branch_is_a_conversation_of_its_own(client: AsyncClient, say: Callable[..., Any]) -> None:
    turn = await say("/repeat one")
    await hear(turn.run.pk)
    path = reverse("chat:branch", args=[turn.assistant_message.pk])

    made = [await client.post(path, {"client_id": "click"}, content_type=JSON) for _ in range(2)]
    other = await client.post(path, {}, content_type=JSON)

    assert [response.status_code for response in (*made, other)] == [201, 200, 201]
    assert made[0].json()["id"] == made[1].json()["id"] != other.json()["id"]
    messages = (await client.get(reverse("chat:messages", args=[made[0].json()["id"]]))).json()["results"]
    assert [(one["content"], one["run"], one["model"]) for one in messages] == [
        ("one", None, "echo"),
        ("/repeat one", None, ""),
    ]
    assert (await client.post(path, {"client_id": "a b"}, content_type=JSON)).status_code == 400


async def test_a_click_whose_branch_was_deleted_makes_a_new_one(
    client: AsyncClient, say: Callable[..., Any]
) -> None:
    turn = await say("/repeat one")
    await hear(turn.run.pk)
    path = reverse("chat:branch", args=[turn.assistant_message.pk])
    click = {"client_id": "click"}

    first = (await client.post(path, click, content_type=JSON)).json()["id"]
    gone = reverse("chat:conversation-item", args=[first])
    assert (await client.delete(gone)).status_code < 300
    made = [await client.post(path, click, content_type=JSON) for _ in range(2)]

    assert [response.status_code for response in made] == [201, 200]
    assert made[0].json()["id"] == made[1].json()["id"] != first
    messages = await client.get(reverse("chat:messages", args=[made[0].json()["id"]]))
    assert len(messages.json()["results"]) == 2


async def test_one_message_and_what_is_beside_it_can_be_read(
    client: AsyncClient, messages_url: str, say: Callable[..., Any]
) -> None:
    turn = await say("/repeat one")
    await hear(turn.run.pk)
    newest = (await client.get(messages_url)).json()

    one = await client.get(reverse("chat:message", args=[turn.assistant_message.pk]))
    around = await client.get(messages_url, {"message": str(turn.user_message.pk)})
    after = await client.get(messages_url, {"after": str(turn.user_message.pk)})

    assert one.json() == newest["results"][0]
    assert around.json() == newest
    assert after.json()["results"] == newest["results"][:1]
    assert newest["newer"] is None
    for name in ("message", "after"):
        for wrong in ("x", str(uuid4())):
            assert (await client.get(messages_url, {name: wrong})).status_code == 400


async def press(client: AsyncClient, conversation: Conversation, **button: str) -> Any:
    """Press a button under a message where there is no JavaScript."""
    return await client.post(reverse("chat:conversation-act", args=[conversation.pk]), button)


async def test_without_scripts_the_buttons_are_forms(
    client: AsyncClient, conversation: Conversation, messages_url: str, say: Callable[..., Any]
) -> None:
    turn = await say("/repeat one")
    await hear(turn.run.pk)
    answer = str(turn.assistant_message.pk)
    page = reverse("chat:conversation", args=[conversation.pk])

    for name, rating in (("good", 1), ("bad", -1), ("bad", None)):
        response = await press(client, conversation, **{name: answer})
        assert (response.status_code, response.headers["Location"]) == (303, f"{page}#m-{answer}")
        newest = (await client.get(messages_url)).json()["results"][0]
        assert (newest["feedback"] or {"rating": None})["rating"] == rating
    await press(client, conversation, again=answer)
    again = (await client.get(messages_url)).json()["results"][0]
    await hear(UUID(again["run"]["id"]))
    await press(client, conversation, previous=again["id"])
    assert (await client.get(messages_url)).json()["results"][0]["id"] == answer
    await press(client, conversation, next=answer)
    assert (await client.get(messages_url)).json()["results"][0]["id"] == again["id"]
    for button in ({"continue": answer}, {"good": "x"}, {"good": str(uuid4())}, {}):
        assert (await press(client, conversation, **button)).status_code in (400, 404)


async def test_a_page_shows_the_branch_that_a_link_names_and_goes_on_there(
    client: AsyncClient, conversation: Conversation, messages_url: str, say: Callable[..., Any]
) -> None:
    first = await say("/repeat one")
    await hear(first.run.pk)
    answer = str(first.assistant_message.pk)
    again = await client.post(reverse("chat:regenerate", args=[answer]), {}, content_type=JSON)
    await hear(UUID(again.json()["run"]["id"]))
    path = reverse("chat:conversation", args=[conversation.pk])

    page = await client.get(path, {"message": answer})

    assert f'name="parent" value="{answer}"' in page.content.decode()
    assert "1 / 2" in page.content.decode()
    # Looking changes nothing; what is said there does.
    assert (await client.get(messages_url)).json()["results"][0]["id"] != answer
    sent = {"content": "/repeat more", "client_message_id": "c", "parent": answer}
    assert (await client.post(path, sent)).status_code == 303
    assert (await client.get(messages_url)).json()["results"][1]["parent"] == answer
    for wrong in ("x", str(uuid4())):
        assert (await client.get(path, {"message": wrong})).status_code == 200
