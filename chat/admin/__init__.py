"""The reviewers' door: conversations and runs in the Django admin, to read."""

from chat.admin.conversations import ConversationAdmin
from chat.admin.runs import RunAdmin

__all__ = ["ConversationAdmin", "RunAdmin"]
