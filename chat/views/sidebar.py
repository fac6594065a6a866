"""What the sidebar is given: a page of the member's conversations, in groups."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.exceptions import InvalidInput
from chat.models import Conversation, Run
from chat.permissions import current_policy
from chat.views.grouping import Group, group_key, group_labels, grouped
from chat.views.paging import page_of
from chat.views.representations import conversation_json
from chat.views.timezones import zone_of

# Whoever pins more finds the rest in the search.
MOST_PINNED = 50
# Stands for an id in the addresses of the row that the page's scripts copy.
NO_ID = UUID(int=0)
# Attributes of a row, by what they are there for.
MARKS = {
    "data-pinned": "pinned",
    "data-archived": "archived",
    "data-running": "active_run",
    "data-unseen": "unseen",
}


class Listed:
    """A page of the list: the archived conversations or the others, those that are pinned first."""

    def __init__(self, request: HttpRequest, member: Any) -> None:
        self._request = request
        self._zone = zone_of(request)
        self.is_archived = request.GET.get("archived") == "1"
        self._rows = current_policy().conversations(member).listed().filter(archived=self.is_archived)
        self.conversations: Sequence[Conversation] = ()
        self._following: str | None = None

    async def read(self) -> None:
        """Read the page that the address names; what is no cursor shows the first one."""
        try:
            await self._read(self._request.GET.get("list"))
        except InvalidInput:
            await self._read(None)

    async def _read(self, cursor: str | None) -> None:
        page, self._following = await page_of(self._rows.filter(pinned=False), by="updated_at", cursor=cursor)
        pinned: Sequence[Conversation] = ()
        if not cursor:
            pinned = [one async for one in self._rows.filter(pinned=True).newest_first()[:MOST_PINNED]]
        self.conversations = [*pinned, *page]

    def context(self, active_runs: dict[UUID, Run]) -> dict[str, Any]:
        """Return the variables of chat/_sidebar.html."""
        return {
            "groups": self._groups(active_runs),
            "group_labels": group_labels(),
            "next_cursor": self._following,
            "is_archive": self.is_archived,
            "no_id": NO_ID,
            "row_words": {
                "answering": _("answering"),
                "unseen": _("new answer"),
                "options": _("Options"),
            },
            "no_rows": list(_rows([{"id": str(NO_ID), "title": "", "updated_at": ""}])),
        }

    def _groups(self, active_runs: dict[UUID, Run]) -> Sequence[Group]:
        now = timezone.now()
        keys = (
            group_key(one.updated_at, now=now, zone=self._zone, is_pinned=one.pinned)
            for one in self.conversations
        )
        rows = _rows(conversation_json(one, active_runs.get(one.pk)) for one in self.conversations)
        return grouped(zip(keys, rows, strict=True))


def _rows(conversations: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what chat/_conversations.html shows of each; 80 times its own words and addresses took 10 ms."""
    untitled, no_id = _("New conversation"), str(NO_ID)
    address = reverse("chat:conversation", args=[NO_ID])
    options_address = reverse("chat:conversation-options", args=[NO_ID])
    for one in conversations:
        yield {
            **one,
            "name": one["title"] or untitled,
            "marks": " ".join(mark for mark, fact in MARKS.items() if one.get(fact)),
            "address": address.replace(no_id, one["id"]),
            "options_address": options_address.replace(no_id, one["id"]),
        }


async def deleted_conversation(request: HttpRequest, member: Any) -> Conversation | None:
    """Return what the member deleted by a plain form just now, and may have back."""
    try:
        wanted = UUID(request.GET.get("deleted", ""))
    except ValueError:
        return None
    return await current_policy().deleted_conversations(member).filter(pk=wanted).afirst()
