"""What belongs to a member, under an id that nobody can guess."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class OwnedModel(models.Model):
    """Goes with its owner. Each kind has an index of its own that begins with them, hence none here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("owner"),
        db_index=False,
    )

    class Meta:
        abstract = True
