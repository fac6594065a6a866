"""Who may see, post and answer: every door starts from a policy's querysets."""

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from chat.conf import chat_settings
from chat.models import Attachment, Conversation, Message, Run, SharedConversation

if TYPE_CHECKING:
    from chat.models.attachment import AttachmentQuerySet
    from chat.models.conversation import ConversationQuerySet
    from chat.models.message import MessageQuerySet
    from chat.models.run import RunQuerySet
    from chat.models.shared_conversation import SharedConversationQuerySet


class OwnerPolicy:
    """Members see and use their own conversations, and nobody else's.

    A site with other rules derives from this class and names it in ``CHAT["POLICY"]``. What a queryset
    leaves out does not exist for that user: the doors answer 404.
    """

    @property
    def has_rules_of_its_own(self) -> bool:
        """True if a site's class says by itself which conversations a user may see."""
        return type(self).conversations is not OwnerPolicy.conversations

    def may_chat(self, user: Any) -> bool:
        """True if this user may use the chat at all."""
        return bool(user is not None and user.is_authenticated and user.is_active)

    def conversations(self, user: Any) -> "ConversationQuerySet":
        """The conversations that the user may see."""
        return Conversation.objects.kept().filter(owner=user)

    def deleted_conversations(self, user: Any) -> "ConversationQuerySet":
        """Those that the user deleted, and may restore."""
        return Conversation.objects.deleted().filter(owner=user)

    def messages(self, user: Any) -> "MessageQuerySet":
        """The messages that the user may see."""
        return Message.objects.filter(conversation__in=self.conversations(user))

    def runs(self, user: Any) -> "RunQuerySet":
        """The runs that the user may follow and cancel."""
        return Run.objects.filter(conversation__in=self.conversations(user))

    def shares(self, user: Any) -> "SharedConversationQuerySet":
        """The shares that the user may list and revoke."""
        return SharedConversation.objects.filter(owner=user)

    def may_share(self, user: Any, conversation: Conversation) -> bool:
        """True if the user may show a conversation that they can see to whoever has a link."""
        return self.may_post(user, conversation)

    def may_post(self, user: Any, conversation: Conversation) -> bool:
        """True if the user may write in a conversation that they can see."""
        return bool(conversation.owner_id == user.pk)

    def attachments(self, user: Any) -> "AttachmentQuerySet":
        """The files that the user may see, and put into messages."""
        return Attachment.objects.filter(owner=user)

    def may_use_model(self, user: Any, name: str) -> bool:
        """True if the user may be answered by this model of the setting MODELS."""
        return True

    def may_use_assistant(self, user: Any, key: str) -> bool:
        """True if the user may be answered by the assistant with this key."""
        return True


@cache
def current_policy() -> OwnerPolicy:
    """Return the policy that the settings name."""
    return cast("OwnerPolicy", import_string(chat_settings().POLICY)())


@receiver(setting_changed)
def _forget_policy(*, setting: str, **_kwargs: object) -> None:
    if setting == "CHAT":
        current_policy.cache_clear()
