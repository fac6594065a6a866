"""Saved prompts: list, create, change, delete, as JSON and as a page of plain forms."""

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse

from chat.exceptions import InvalidInput, NotFound
from chat.forms import SavedPromptForm, valid
from chat.models import SavedPrompt
from chat.models.saved_prompt import NAME_CHARACTERS, TEXT_CHARACTERS
from chat.runs.saved_prompts import record_change, record_prompt
from chat.views.api import api, json_body
from chat.views.pages import page
from chat.views.rendering import rendered, see_other
from chat.views.representations import saved_prompt_json


async def list_prompts(request: HttpRequest, member: Any) -> HttpResponseBase:
    """All of the member's prompts, by name; there are never many."""
    results = [saved_prompt_json(prompt) async for prompt in SavedPrompt.objects.filter(owner=member)]
    return JsonResponse({"results": results, "next": None})


async def create_prompt(request: HttpRequest, member: Any) -> HttpResponseBase:
    """A new prompt."""
    given = valid(SavedPromptForm, json_body(request)).cleaned_data
    prompt = await sync_to_async(record_prompt)(member, name=given["name"], text=given["text"])
    return JsonResponse(saved_prompt_json(prompt), status=201)


async def change_prompt(request: HttpRequest, member: Any, prompt: UUID) -> HttpResponseBase:
    """Another name, another text; what is left out stays."""
    found = await _own(member, prompt)
    asked = {"name": found.name, "text": found.text, **json_body(request)}
    changed = await sync_to_async(record_change)(found, **valid(SavedPromptForm, asked).cleaned_data)
    return JsonResponse(saved_prompt_json(changed))


async def remove_prompt(request: HttpRequest, member: Any, prompt: UUID) -> HttpResponseBase:
    """Delete a prompt."""
    await (await _own(member, prompt)).adelete()
    return HttpResponse(status=204)


async def read_page(request: HttpRequest, member: Any) -> HttpResponseBase:
    """The prompts, each in a form, and an empty one."""
    return await _page(request, member)


async def post_page(request: HttpRequest, member: Any) -> HttpResponseBase:
    """One of the page's forms: save a new prompt, change one, or delete it."""
    asked = {"name": request.POST.get("name", ""), "text": request.POST.get("text", "").replace("\r\n", "\n")}
    try:
        found = await _named(request, member)
        if found is not None and request.POST.get("action") == "delete":
            await found.adelete()
        elif found is not None:
            await sync_to_async(record_change)(found, **valid(SavedPromptForm, asked).cleaned_data)
        else:
            await sync_to_async(record_prompt)(member, **valid(SavedPromptForm, asked).cleaned_data)
    except InvalidInput as refused:
        return await _page(request, member, refused=refused, asked=asked)
    return see_other(reverse("chat:prompts-page"))


async def _own(member: Any, prompt_id: UUID) -> SavedPrompt:
    found = await SavedPrompt.objects.filter(owner=member, pk=prompt_id).afirst()
    if found is None:
        raise NotFound
    return found


async def _named(request: HttpRequest, member: Any) -> SavedPrompt | None:
    """Return the prompt that a form is about; none for the empty form."""
    given = request.POST.get("prompt", "")
    if not given:
        return None
    try:
        return await _own(member, UUID(given))
    except ValueError as error:
        raise NotFound from error


async def _page(
    request: HttpRequest,
    member: Any,
    *,
    refused: InvalidInput | None = None,
    asked: dict[str, str] | None = None,
) -> HttpResponseBase:
    context = {
        "prompts": [prompt async for prompt in SavedPrompt.objects.filter(owner=member)],
        "errors": refused.sentences if refused else [],
        "asked": asked or {},
        "asked_about": request.POST.get("prompt", ""),
        "name_characters": NAME_CHARACTERS,
        "text_characters": TEXT_CHARACTERS,
    }
    return await rendered(
        request, "chat/prompts.html", context, status=refused.http_status if refused else 200
    )


collection = api(GET=list_prompts, POST=create_prompt)
item = api(PATCH=change_prompt, DELETE=remove_prompt)
prompts_page = page(GET=read_page, POST=post_page)
