"""Saved prompts: the API, and the page of plain forms."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import AsyncClient

from chat.models import SavedPrompt
from chat.models.saved_prompt import NAME_CHARACTERS, TEXT_CHARACTERS

PROMPTS = "/chat/api/prompts/"
PAGE = "/chat/prompts/"
JSON = "application/json"


@pytest.fixture
async def prompt(member: Any) -> SavedPrompt:
    return await SavedPrompt.objects.acreate(owner=member, name="Summarise", text="About {{topic}}")


async def test_a_prompt_is_made_listed_changed_and_deleted(client: AsyncClient) -> None:
    made = await client.post(PROMPTS, {"name": " Weekly\nreport ", "text": " As it is\n"}, content_type=JSON)
    path = f"{PROMPTS}{made.json()['id']}/"
    changed = await client.patch(path, {"text": "Shorter"}, content_type=JSON)
    listed = (await client.get(PROMPTS)).json()["results"]

    assert (made.status_code, made.json()["name"], made.json()["text"]) == (
        201,
        "Weekly report",
        " As it is\n",
    )
    assert listed == [changed.json()]
    assert listed[0]["text"] == "Shorter"
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(PROMPTS)).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "a"}, "text"),
        ({"name": " ", "text": "x"}, "name"),
        ({"name": "a", "text": " \n"}, "text"),
        ({"name": "a" * (NAME_CHARACTERS + 1), "text": "x"}, "name"),
        ({"name": "a", "text": "x" * (TEXT_CHARACTERS + 1)}, "text"),
        ({"name": 5, "text": "x"}, "name"),
        ({"name": "a", "text": ["x"]}, "text"),
        ({"name": "a\0", "text": "x"}, "name"),
        ({"name": "Summarise", "text": "x"}, "name"),
    ],
)
async def test_what_is_no_prompt_is_refused_at_its_field(
    client: AsyncClient, prompt: SavedPrompt, body: dict[str, Any], field: str
) -> None:
    response = await client.post(PROMPTS, body, content_type=JSON)

    assert (response.status_code, field in response.json()["error"]["fields"]) == (400, True)
    assert await SavedPrompt.objects.acount() == 1


async def test_there_are_so_many_prompts_and_no_more(
    client: AsyncClient, prompt: SavedPrompt, configure: Callable[..., None]
) -> None:
    configure(MAX_SAVED_PROMPTS=1)

    response = await client.post(PROMPTS, {"name": "Another", "text": "x"}, content_type=JSON)

    assert "no more fit" in response.json()["error"]["fields"]["__all__"][0]


async def test_two_members_may_use_one_name_and_neither_sees_the_others(prompt: SavedPrompt) -> None:
    stranger = AsyncClient()
    await stranger.aforce_login(await get_user_model().objects.acreate(username="stranger"))
    path = f"{PROMPTS}{prompt.pk}/"

    same = await stranger.post(PROMPTS, {"name": "Summarise", "text": "Mine"}, content_type=JSON)

    assert same.status_code == 201
    assert [one["text"] for one in (await stranger.get(PROMPTS)).json()["results"]] == ["Mine"]
    assert (await stranger.patch(path, {"text": "Theirs"}, content_type=JSON)).status_code == 404
    assert (await stranger.delete(path)).status_code == 404
    assert (await stranger.post(PAGE, {"prompt": str(prompt.pk), "action": "delete"})).status_code == 404


async def test_without_scripts_the_page_saves_changes_and_deletes(
    client: AsyncClient, prompt: SavedPrompt
) -> None:
    saved = await client.post(PAGE, {"name": "New", "text": "Two\r\nlines"})
    changed = await client.post(PAGE, {"prompt": str(prompt.pk), "name": "Summary", "text": "Short"})
    shown = (await client.get(PAGE)).content.decode()
    deleted = await client.post(PAGE, {"prompt": str(prompt.pk), "action": "delete"})

    assert (saved.status_code, changed.status_code, deleted.status_code) == (303, 303, 303)
    assert "Summary" in shown
    left = await SavedPrompt.objects.aget()
    assert (left.name, left.text) == ("New", "Two\nlines")


async def test_the_page_says_what_is_wrong_and_keeps_what_was_written(
    client: AsyncClient, prompt: SavedPrompt
) -> None:
    taken = await client.post(PAGE, {"name": "Summarise", "text": "Kept <b>text</b>"})
    gone = await client.post(PAGE, {"prompt": str(uuid4()), "name": "a", "text": "x"})
    nonsense = await client.post(PAGE, {"prompt": "no id", "name": "a", "text": "x"})

    assert taken.status_code == 400
    assert "of this name already" in taken.content.decode()
    assert "Kept &lt;b&gt;text" in taken.content.decode()
    assert (gone.status_code, nonsense.status_code) == (404, 404)
