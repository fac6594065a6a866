"""Conversations: list, create, read, change, delete."""

from typing import Any
from uuid import UUID, uuid4, uuid5

from asgiref.sync import sync_to_async
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

from chat.assistants import get_assistant
from chat.conf import chat_settings
from chat.exceptions import AssistantError, ConversationNotFound, InvalidInput, NotAllowed
from chat.forms import ConversationForm, NewConversationForm, valid
from chat.models import Conversation, Run
from chat.permissions import current_policy
from chat.runs.deletion import delete_conversation, restore_conversation
from chat.runs.listing import record_changes
from chat.search.finding import find_titled
from chat.views.api import api, json_body
from chat.views.paging import PAGE_LENGTH, page_of
from chat.views.representations import conversation_json

# The namespace of ids that are made from a member and a click.
BEGINNINGS = UUID("6d0c4a6e-35b5-4e0c-9c3b-8f5c1c9d7a21")


async def list_conversations(request: HttpRequest, member: Any) -> HttpResponseBase:
    """A page of the member's conversations, newest first."""
    archived = request.GET.get("archived", "") in ("1", "true")
    rows = current_policy().conversations(member).listed().filter(archived=archived)
    if "pinned" in request.GET:
        rows = rows.filter(pinned=request.GET["pinned"] in ("1", "true"))
    cursor = request.GET.get("cursor")
    if words := request.GET.get("q", "").strip():
        page, following = await sync_to_async(find_titled)(
            member, words, among=rows, cursor=cursor, length=PAGE_LENGTH
        )
    else:
        page, following = await page_of(rows, by="updated_at", cursor=cursor)
    active = await active_runs(page)
    results = [conversation_json(conversation, active.get(conversation.pk)) for conversation in page]
    return JsonResponse({"results": results, "next": following})


async def create_conversation(request: HttpRequest, member: Any) -> HttpResponseBase:
    """A new, empty conversation."""
    form = valid(NewConversationForm, json_body(request))
    temporary = bool(form.cleaned_data["temporary"])
    click = form.cleaned_data["client_id"]
    conversation = await new_conversation(
        member, form.cleaned_data["assistant"], begun_by=click, temporary=temporary
    )
    return JsonResponse(conversation_json(conversation), status=201)


async def read_conversation(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """One conversation, with the run that answers now."""
    found = await visible_conversation(member, conversation)
    active = await active_runs([found])
    return JsonResponse(conversation_json(found, active.get(found.pk)))


async def change_conversation(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """Rename, pin, archive."""
    form = valid(ConversationForm, json_body(request))
    found = await writable_conversation(member, conversation)
    changes = form.changes()
    if changes:
        await sync_to_async(record_changes)(found, changes)
        found = await visible_conversation(member, conversation)
    active = await active_runs([found])
    return JsonResponse(conversation_json(found, active.get(found.pk)))


async def remove_conversation(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """Hide the conversation, and stop what is being answered; it is purged later, or restored."""
    await delete_conversation(await writable_conversation(member, conversation))
    return HttpResponse(status=204)


async def restore(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """Undo the deletion; of one that is not deleted, nothing."""
    policy = current_policy()
    deleted = await policy.deleted_conversations(member).filter(pk=conversation).afirst()
    if deleted is not None:
        if not policy.may_post(member, deleted):
            raise NotAllowed
        await restore_conversation(deleted)
    return await read_conversation(request, member, conversation)


async def mark_seen(request: HttpRequest, member: Any, conversation: UUID) -> HttpResponseBase:
    """The member has the end of the conversation before them, in one of their tabs."""
    found = await writable_conversation(member, conversation)
    # Nothing changes, and no tab hears of it, where it was seen before.
    await Conversation.objects.filter(pk=found.pk).unseen().achange(seen_at=Now())
    return HttpResponse(status=204)


async def new_conversation(
    member: Any, assistant_key: str, *, begun_by: str = "", temporary: bool = False
) -> Conversation:
    """Store an empty conversation with that assistant, or the default one. Raises InvalidInput.

    With the id of a click as ``begun_by`` a second press finds the first one's, also at the same moment.
    """
    key = assistant_key or chat_settings().DEFAULT_ASSISTANT
    try:
        get_assistant(key)
    except AssistantError as error:
        raise InvalidInput(str(error), fields={"assistant": [_("There is no such assistant.")]}) from error
    if not current_policy().may_use_assistant(member, key):
        raise InvalidInput(fields={"assistant": [_("There is no such assistant.")]})
    found, _is_new = await Conversation.objects.aget_or_create(
        pk=uuid5(BEGINNINGS, f"{member.pk} {begun_by}") if begun_by else uuid4(),
        owner=member,
        defaults={"assistant": key, "temporary": temporary},
    )
    return found


async def visible_conversation(member: Any, conversation_id: UUID) -> Conversation:
    """Return a conversation that the member may see. Raises ConversationNotFound."""
    found = await current_policy().conversations(member).filter(pk=conversation_id).afirst()
    if found is None:
        raise ConversationNotFound
    return found


async def writable_conversation(member: Any, conversation_id: UUID) -> Conversation:
    """Return a conversation that the member may change. Raises ConversationNotFound or NotAllowed."""
    found = await visible_conversation(member, conversation_id)
    if not current_policy().may_post(member, found):
        raise NotAllowed
    return found


async def active_runs(conversations: Any) -> dict[UUID, Run]:
    """Return the active run of each conversation that has one, in one query."""
    runs = Run.objects.active().filter(conversation__in=[found.pk for found in conversations])
    return {run.conversation_id: run async for run in runs}


collection = api(GET=list_conversations, POST=create_conversation)
restoration = api(POST=restore)
seen = api(POST=mark_seen)
item = api(GET=read_conversation, PATCH=change_conversation, DELETE=remove_conversation)
