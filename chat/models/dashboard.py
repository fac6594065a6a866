"""The runs as the admin's dashboard sees them: a name for its list of pages, and no table."""

from django.utils.translation import gettext_lazy as _

from chat.models.run import Run


class Dashboard(Run):
    """All runs together. Whoever may view runs may view it, so it has no permissions of its own."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("dashboard")
        verbose_name_plural = _("dashboard")
