"""Shares in the admin: whose links there are, and the end of those that must not be."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chat.admin.reading import ReadingAdmin, as_uuid
from chat.models import SharedConversation
from chat.models.shared_conversation import SharedConversationQuerySet


class StateFilter(admin.SimpleListFilter):
    """By whether the link shows something."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the states."""
        return [("readable", _("readable")), ("ended", _("expired or revoked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the shares in the chosen state."""
        readable = SharedConversation.objects.readable()
        match self.value():
            case "readable":
                return queryset.filter(pk__in=readable)
            case "ended":
                return queryset.exclude(pk__in=readable)
        return queryset


@admin.register(SharedConversation)
class SharedConversationAdmin(ReadingAdmin):
    """Links without what they show: neither texts nor titles nor secrets."""

    list_display = ("short_id", "owner", "of_conversation", "created_at", "expires_at", "revoked_at", "views")
    list_select_related = ("owner",)
    sortable_by = ("short_id",)
    list_filter = (StateFilter,)
    search_help_text = _("id of the share or of its conversation, or name of its owner")
    exclude = ("title", "author_name")
    actions = ("revoke_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out what was shared, which may be long."""
        return super().get_queryset(request).defer("messages")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find shares by exact ids or by the exact name of the owner."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if found := as_uuid(term):
            return queryset.filter(pk=found) | queryset.filter(conversation=found), False
        users = get_user_model()._default_manager.filter(**{get_user_model().USERNAME_FIELD: term})
        return queryset.filter(owner__in=list(users.values_list("pk", flat=True)[:1])), False

    @admin.display(description=_("conversation"))
    def of_conversation(self, share: SharedConversation) -> str:
        """As much of the id as tells conversations apart; the row itself is not read for it."""
        return str(share.conversation_id)[:8]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever may change shares may end them; nothing else of them can be changed."""
        return bool(request.user.has_perm("chat.change_sharedconversation"))

    @admin.action(description=_("Revoke the selected links"), permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: SharedConversationQuerySet) -> None:
        """End these links, and drop what they showed."""
        for share in queryset.kept():
            self.log_change(request, share, "revoked")
        ended = queryset.revoke()
        told = ngettext("%(count)s link was revoked.", "%(count)s links were revoked.", ended)
        self.message_user(request, told % {"count": ended}, messages.SUCCESS)
