"""What the doctor needs in the database, made for one examination and removed after it."""

import logging
import secrets
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_backends,
    get_user_model,
)
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.http import HttpRequest, HttpResponse

from chat.conf import chat_settings
from chat.database import close_lanes
from chat.doctor.speaking import QUESTION, forget_events
from chat.eventlog.base import LogUnavailable
from chat.exceptions import ChatError
from chat.models import Conversation
from chat.permissions import current_policy
from chat.runs.records import claim_run
from chat.runs.turns import NewTurn, record_turn

# A doctor that is killed cannot clean up; its session is worth nothing soon after.
SESSION_SECONDS = 600

logger = logging.getLogger("chat.doctor")


class CannotVisit(Exception):
    """The site's own rules or database do not let the doctor in; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedRun:
    """A run that this process alone may execute, as ``owner``, until the lease runs out."""

    run_id: UUID
    owner: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A signed-in member with a conversation."""

    member: Any
    cookie: str
    is_cookie_secure: bool
    conversation_id: UUID
    made: ExitStack

    def begin_run(self) -> ClaimedRun:
        """Store a turn whose run is claimed already. Execute it at once: others take it over after the lease.

        Raises CannotVisit.
        """
        claimed = _claimed_run(self.member, self.conversation_id)
        self.made.callback(_forget_events, claimed.run_id)
        return claimed


@contextmanager
def visiting(username: str = "") -> Iterator[Visit]:
    """Make what the examination needs; remove it at the end, whatever happens.

    With a username that member asks, else one who exists only for this time. Raises CannotVisit.
    """
    with ExitStack() as made:
        made.callback(close_lanes)
        member = _member_named(username) if username else _temporary_member(made)
        session, response = _signed_in(member)
        made.callback(session.delete)
        conversation = Conversation.objects.create(
            owner=member, assistant=chat_settings().DEFAULT_ASSISTANT, title="chat_doctor"
        )
        made.callback(conversation.delete)
        (cookie,) = response.cookies.values()
        yield Visit(
            member=member,
            cookie=f"{cookie.key}={cookie.coded_value}",
            is_cookie_secure=bool(cookie["secure"]),
            conversation_id=conversation.pk,
            made=made,
        )


def _member_named(username: str) -> Any:
    model = get_user_model()
    member = model._default_manager.filter(**{model.USERNAME_FIELD: username}).first()
    if member is None:
        raise CannotVisit(f"There is no member {username!r}.")
    if not current_policy().may_chat(member):
        raise CannotVisit(f"The site's policy does not let {username!r} chat.")
    return member


def _temporary_member(made: ExitStack) -> Any:
    model = get_user_model()
    name = f"chat-doctor-{secrets.token_hex(8)}"
    values = {
        field: f"{name}@chat-doctor.invalid"
        if isinstance(model._meta.get_field(field), models.EmailField)
        else name
        for field in (model.USERNAME_FIELD, *model.REQUIRED_FIELDS)
        if isinstance(model._meta.get_field(field), models.CharField)
    }
    member = model(**values)
    member.set_unusable_password()
    try:
        with transaction.atomic():
            member.save()
    except (DatabaseError, ValidationError, ValueError) as error:
        raise CannotVisit(
            f"No temporary member could be made ({type(error).__name__}). Name one of your own with --as."
        ) from error
    made.callback(member.delete)
    if not current_policy().may_chat(member):
        raise CannotVisit(
            "The site's policy does not let a new member chat. Name one who may with --as USERNAME."
        )
    return member


def _signed_in(member: Any) -> tuple[Any, HttpResponse]:
    """Sign the member in as Django's login does, without its signal: nobody came.

    The site's session middleware stores the session and makes the cookie, whatever the engine is.
    """
    request = HttpRequest()

    def sign_in(request: HttpRequest) -> HttpResponse:
        request.session[SESSION_KEY] = member._meta.pk.value_to_string(member)
        request.session[BACKEND_SESSION_KEY] = _backend_of(member)
        request.session[HASH_SESSION_KEY] = member.get_session_auth_hash()
        request.session.set_expiry(SESSION_SECONDS)
        return HttpResponse()

    response = cast("HttpResponse", SessionMiddleware(sign_in)(request))
    return request.session, response


def _backend_of(member: Any) -> str:
    for backend in get_backends():
        if backend.get_user(member.pk) is not None:
            return f"{type(backend).__module__}.{type(backend).__qualname__}"
    raise CannotVisit("No backend of AUTHENTICATION_BACKENDS finds the member.")


def _claimed_run(member: Any, conversation_id: UUID) -> ClaimedRun:
    """Queue and claim in one transaction: the site must never see a run that waits for somebody."""
    owner = uuid.uuid4()
    new = NewTurn(content=QUESTION, client_message_id=uuid.uuid4().hex)
    try:
        with transaction.atomic():
            turn = record_turn(member, conversation_id, new)
            run = claim_run(
                turn.run.pk,
                owner=owner,
                lease_seconds=chat_settings().LEASE_SECONDS,
                default_model="chat-doctor",
            )
    except ChatError as error:
        raise CannotVisit(
            f"The turn was refused: {error.message} Name another member with --as USERNAME."
        ) from error
    if run is None:
        raise CannotVisit("The run could not be claimed.")
    return ClaimedRun(run_id=run.pk, owner=owner)


def _forget_events(run_id: UUID) -> None:
    try:
        forget_events(run_id)
    except LogUnavailable:
        logger.warning("the event log is away: it drops the doctor's run %s by itself, later", run_id)
