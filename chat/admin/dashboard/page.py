"""The dashboard's page in the admin."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from chat.admin.dashboard.charts import draw
from chat.admin.dashboard.choice import PERIODS, choice_of
from chat.admin.dashboard.figures import read_report
from chat.admin.dashboard.plans import key_figures, plans
from chat.assistants import load_assistants
from chat.models import Dashboard


@admin.register(Dashboard)
class DashboardAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """One page in the place of a list; whoever may view runs may view it."""

    class Media:
        """What the dashboard looks like."""

        css = {"all": ("chat/css/admin-dashboard.css",)}

    def get_urls(self) -> list[URLPattern]:
        """There is nothing to add, to change or to delete."""
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="chat_dashboard_changelist")]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Figures of runs are for those who may see runs."""
        return bool(request.user.has_perm("chat.view_run"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """List the dashboard for them in the admin's index."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds figures."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes figures."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes figures."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the figures of what was chosen."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        choice = choice_of(request.GET.dict())
        report = read_report(choice)
        assistants = {key: assistant.name for key, assistant in load_assistants().items()}
        if choice.assistant:
            assistants.setdefault(choice.assistant, choice.assistant)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Dashboard"),
            "opts": self.opts,
            "media": self.media,
            "choice": choice,
            "periods": PERIODS,
            "models": choice.models(),
            "assistants": assistants,
            "is_narrowed": bool(choice.model or choice.assistant),
            "report": report,
            "key_figures": key_figures(report.total),
            "charts": [draw(plan, report) for plan in plans()],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/chat/dashboard/page.html", context)
