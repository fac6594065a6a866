"""What search knows of a title or a message."""

from django.db import models
from django.db.models import Q


class SearchEntry(models.Model):
    """The terms of one message, or of a conversation's title, for the index of the database.

    The index itself is made by migration 0009 in the database's own words: over an expression in
    PostgreSQL, as a table that triggers keep up to date in SQLite.
    """

    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="+")
    # None is the title.
    message = models.OneToOneField("chat.Message", on_delete=models.CASCADE, null=True, related_name="+")
    said_at = models.DateTimeField()
    # Each with the member's scope in front (see chat/search/indexing.py), with spaces between them.
    terms = models.TextField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(message__isnull=True), name="chat_one_entry_per_title"
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)
