"""Search through its doors: as JSON, and as a page that needs no JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import AsyncClient
from django.urls import reverse

from chat.models import Conversation
from tests.runs.conftest import hear

Say = Callable[..., Any]
API = "/chat/api/search/"


async def test_what_was_said_and_answered_is_found_at_its_message(
    client: AsyncClient, say: Say, conversation: Conversation
):
    turn = await say("/repeat 달이 <b>바다</b>를 당깁니다")
    await hear(turn.run.pk)

    found = (await client.get(API, {"q": "바다"})).json()

    assert found["next"] is None
    assert [hit["role"] for hit in found["results"] if hit["message"]] == ["assistant", "user"]
    answer = next(hit for hit in found["results"] if hit["role"] == "assistant")
    assert answer["message"] == str(turn.assistant_message.pk)
    assert answer["excerpt"] == [
        {"text": "달이 <b>", "mark": False},
        {"text": "바다", "mark": True},
        {"text": "</b>를 당깁니다", "mark": False},
    ]
    assert answer["url"].endswith(f"?message={answer['message']}#m-{answer['message']}")
    page = await client.get(answer["url"])
    assert f'id="m-{answer["message"]}"' in page.content.decode()


async def test_the_page_finds_without_a_script(client: AsyncClient, say: Say):
    turn = await say("/repeat <mark>tide</mark>")
    await hear(turn.run.pk)

    page = (await client.get(reverse("chat:search"), {"q": "tide"})).content.decode()

    assert "&lt;mark&gt;<mark>tide</mark>&lt;/mark&gt;" in page
    assert f"?message={turn.user_message.pk}#m-{turn.user_message.pk}" in page


async def test_an_answer_that_broke_off_is_found_by_what_it_said(client: AsyncClient, say: Say):
    turn = await say("/fail provider_unavailable after 2\n/repeat ebbing water, and no more")
    await hear(turn.run.pk)

    found = (await client.get(API, {"q": "ebbing"})).json()["results"]

    assert "assistant" in [hit["role"] for hit in found]


@pytest.mark.parametrize(
    "q", ["", " ", "!!!", '"', "a" * 10_000, "word " * 2_000, "\0", "NEAR(", "%' OR 1=1 --"]
)
async def test_every_query_has_a_clear_answer(client: AsyncClient, say: Say, q: str):
    for address in (API, reverse("chat:search")):
        response = await client.get(address, {"q": q})
        assert response.status_code == 200
        # Nothing is found, and it is said in words, unless nothing was asked.
        assert not q.strip() or b"notice" in response.content or b'role="status"' in response.content


async def test_what_is_no_cursor_is_said(client: AsyncClient):
    response = await client.get(API, {"q": "tide", "cursor": "nonsense"})
    assert response.status_code == 400
    assert response.json()["error"]["fields"]["cursor"]

    page = await client.get(reverse("chat:search"), {"q": "tide", "cursor": "nonsense"})
    assert response.json()["error"]["fields"]["cursor"][0] in page.content.decode()


async def test_who_is_not_signed_in_searches_nothing():
    assert (await AsyncClient().get(API, {"q": "tide"})).status_code == 401
    assert (await AsyncClient().get(reverse("chat:search"))).status_code == 302
