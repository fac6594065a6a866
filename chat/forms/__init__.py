"""What people may send: one validation for JSON, HTML forms and the WebSocket."""

from chat.forms.conversations import (
    ConversationForm,
    NewConversationForm,
    SavedPromptForm,
    SeveralForm,
    ShareForm,
)
from chat.forms.messages import BranchForm, FeedbackForm, SelectForm
from chat.forms.turns import (
    CancelForm,
    ContinueForm,
    FeedForm,
    FollowForm,
    MessageForm,
    RegenerateForm,
    ReportForm,
    TurnForm,
)
from chat.forms.validity import valid

__all__ = [
    "BranchForm",
    "CancelForm",
    "ContinueForm",
    "ConversationForm",
    "FeedForm",
    "FeedbackForm",
    "FollowForm",
    "MessageForm",
    "NewConversationForm",
    "RegenerateForm",
    "ReportForm",
    "SavedPromptForm",
    "SelectForm",
    "SeveralForm",
    "ShareForm",
    "TurnForm",
    "valid",
]
