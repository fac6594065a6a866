"""Every error that the app raises on purpose.

::

    ChatError
    ├── InvalidInput              400   what was sent cannot be accepted; names the fields
    │   ├── BodyTooLarge          413
    │   ├── BodyTooSlow           408
    │   └── UnsupportedMediaType  415
    ├── NotSignedIn               401
    ├── NotAllowed                403
    ├── NotFound                  404
    │   ├── ConversationNotFound
    │   ├── MessageNotFound
    │   └── RunNotFound
    ├── Conflict                  409
    │   ├── RunActive                   the conversation is being answered
    │   └── ClientMessageIdReused       the same id with another text
    ├── RateLimited               429   carries ``retry_after_seconds``
    ├── Unavailable               503   carries ``retry_after_seconds``
    │   └── ReadersBusy                 as many files wait to be read as may
    ├── LeaseLost                       another process owns the run now; never reaches a door
    ├── AssistantError                  a persona file that cannot be used
    └── RunError                        ends a run as failed; ``code`` is on the wire
        ├── ProviderRateLimited         rate_limited
        ├── QuotaExceeded               quota_exceeded
        ├── ProviderUnavailable         provider_unavailable
        ├── ProviderRejected            provider_rejected
        ├── ProviderTimeout             provider_timeout
        ├── ContentFiltered             content_filtered
        ├── ContextTooLong              context_too_long
        ├── RunInterrupted              interrupted
        └── InternalError               internal

``code`` is stable and may be matched by programs. ``message`` is translated and safe to show to a
member. The text given to the constructor is for the log only and must never hold a secret.
"""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class ChatError(Exception):
    """Base of all errors of the app."""

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    message: str | Promise = _("Something went wrong on our side.")

    @property
    def sentences(self) -> list[str]:
        """What a page says of it, without the fields' names."""
        return [str(self.message)]


class InvalidInput(ChatError):
    """What was sent cannot be accepted; ``fields`` maps a field's name to its errors."""

    code = "invalid"
    http_status = 400
    message = _("The request is not valid.")

    def __init__(self, detail: str = "", *, fields: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(detail)
        self.fields = dict(fields or {})

    @property
    def sentences(self) -> list[str]:
        """What is wrong with the fields; of a request as a whole, that it is not valid."""
        return [text for errors in self.fields.values() for text in errors] or super().sentences


class BodyTooLarge(InvalidInput):
    """The body of the request is larger than the limit."""

    code = "body_too_large"
    http_status = 413
    message = _("The request is too large.")


class BodyTooSlow(InvalidInput):
    """The body of the request did not arrive in time."""

    code = "body_too_slow"
    http_status = 408
    message = _("The request took too long to arrive.")


class UnsupportedMediaType(InvalidInput):
    """The body is not of a type that the door reads."""

    code = "unsupported_media_type"
    http_status = 415
    message = _("Send the request as application/json.")


class NotSignedIn(ChatError):
    """There is no signed-in user."""

    code = "not_signed_in"
    http_status = 401
    message = _("Please sign in.")


class NotAllowed(ChatError):
    """The user may see the object, but not do this with it."""

    code = "not_allowed"
    http_status = 403
    message = _("You may not do this.")


class NotFound(ChatError):
    """No such object, or none that this user may know of."""

    code = "not_found"
    http_status = 404
    message = _("This does not exist.")


class ConversationNotFound(NotFound):
    """No such conversation for this user."""


class MessageNotFound(NotFound):
    """No such message for this user."""


class RunNotFound(NotFound):
    """No such run for this user."""


class Conflict(ChatError):
    """The request contradicts what is stored."""

    code = "conflict"
    http_status = 409
    message = _("This conflicts with something that happened before.")


class RunActive(Conflict):
    """The conversation is being answered; ``run_id`` names the run to follow."""

    code = "run_active"
    message = _("An answer is still being written.")

    def __init__(self, run_id: object) -> None:
        super().__init__(f"run {run_id} is active")
        self.run_id = run_id


class ClientMessageIdReused(Conflict):
    """The same ``client_message_id`` came with another text."""

    code = "client_message_id_reused"
    message = _("This message id was used for another message.")


class RateLimited(ChatError):
    """The member asks too often; try again after ``retry_after_seconds``."""

    code = "rate_limited"
    http_status = 429
    message = _("Too many messages at once. Please wait a moment.")

    def __init__(self, detail: str = "", *, retry_after_seconds: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(ChatError):
    """The site cannot do this now; try again after ``retry_after_seconds``."""

    code = "unavailable"
    http_status = 503
    message = _("The chat is not available at the moment.")

    def __init__(self, detail: str = "", *, retry_after_seconds: int = 5) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class ReadersBusy(Unavailable):
    """As many files wait to be read as may."""

    message = _("The server reads many files at the moment. Please try again soon.")


class LeaseLost(ChatError):
    """Another process owns the run now; nothing more may be written about it."""


class AssistantError(ChatError):
    """A persona file that cannot be used; the text says which file, where and why."""


class RunError(ChatError):
    """Ends a run; ``code`` goes to the wire, ``retryable`` tells whether trying again may help."""

    retryable: ClassVar[bool] = False
    # The provider's own advice, where it gave one.
    retry_after_seconds: float | None = None


class ProviderRateLimited(RunError):
    """The provider answered that we ask too often."""

    code = "rate_limited"
    retryable = True
    message = _("The model is busy. Please try again in a moment.")


class QuotaExceeded(RunError):
    """The account at the provider, or the member's budget, is used up."""

    code = "quota_exceeded"
    message = _("The budget for answers is used up.")


class ProviderUnavailable(RunError):
    """The provider cannot be reached, failed, or broke off its answer."""

    code = "provider_unavailable"
    retryable = True
    message = _("The model cannot be reached at the moment. Please try again.")


class ProviderRejected(RunError):
    """The provider refuses the request as it is: key, model or parameters."""

    code = "provider_rejected"
    message = _("The model is not available. The site's operators can see why.")


class ProviderTimeout(RunError):
    """The provider was silent for too long, or the answer took too long."""

    code = "provider_timeout"
    retryable = True
    message = _("The model took too long to answer. Please try again.")


class ContentFiltered(RunError):
    """The provider's filter ended the answer."""

    code = "content_filtered"
    message = _("The model's safety filter ended this answer.")


class ContextTooLong(RunError):
    """The conversation does not fit into the model's context."""

    code = "context_too_long"
    message = _("This conversation is too long for the model. Shorten the message or start a new one.")


class RunInterrupted(RunError):
    """The process that wrote the answer went away."""

    code = "interrupted"
    retryable = True
    message = _("The answer was interrupted. What was written so far is kept.")


class InternalError(RunError):
    """A fault of ours; the log has the details under the trace id."""

    code = "internal"
    retryable = True


RUN_ERRORS: dict[str, type[RunError]] = {
    error.code: error
    for error in (
        ProviderRateLimited,
        QuotaExceeded,
        ProviderUnavailable,
        ProviderRejected,
        ProviderTimeout,
        ContentFiltered,
        ContextTooLong,
        RunInterrupted,
        InternalError,
    )
}
