"""What is remembered: one file a record."""

from chat.models.attachment import Attachment
from chat.models.conversation import Conversation
from chat.models.dashboard import Dashboard
from chat.models.feedback import Feedback
from chat.models.imported_message import ImportedMessage
from chat.models.log_batch import LogBatch
from chat.models.message import Message
from chat.models.run import Run
from chat.models.saved_prompt import SavedPrompt
from chat.models.search_entry import SearchEntry
from chat.models.shared_conversation import SharedConversation
from chat.models.usage import Usage

__all__ = [
    "Attachment",
    "Conversation",
    "Dashboard",
    "Feedback",
    "ImportedMessage",
    "LogBatch",
    "Message",
    "Run",
    "SavedPrompt",
    "SearchEntry",
    "SharedConversation",
    "Usage",
]
