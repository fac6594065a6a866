"""The reviewers' door: conversations and runs in the Django admin, to read, and how it all goes."""

from chat.admin.conversations import ConversationAdmin
from chat.admin.dashboard.page import DashboardAdmin
from chat.admin.runs import RunAdmin
from chat.admin.shares import SharedConversationAdmin

__all__ = ["ConversationAdmin", "DashboardAdmin", "RunAdmin", "SharedConversationAdmin"]
