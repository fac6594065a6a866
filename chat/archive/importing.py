"""Imports a file: nothing of a bad one, under new ids, and never twice."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError

from chat.archive.chatgpt import ReadConversation
from chat.archive.keeping import KeptFiles
from chat.archive.opening import HandedIn
from chat.archive.storing import store_conversation
from chat.models import Conversation

# The namespace of ids that are made of a member, a file and a place in it.
IMPORTS = UUID("0f1d9d0a-3c55-4c1a-9a4b-5f2d2f3f7c11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a file; ``known`` conversations had been imported before."""

    conversations: int = 0
    messages: int = 0
    known: int = 0
    # Parts that members never saw, or of a kind that is not known.
    skipped: int = 0
    files: int = 0
    # Of these only the names are kept: they are of a wrong type, too large, or too many.
    files_left_out: int = 0


def import_file(member: Any, raw: bytes) -> Imported:
    """Store the conversations in a file as the member's own, or raise InvalidInput and store nothing."""
    given = HandedIn(raw)
    # Read once before anything is written: nothing is stored of a file that is wrong at its end.
    for read in given.conversations():
        for place in read.conversation.places():
            given.files.check(place)
    # One by one: writers of SQLite wait for each other, and a large file takes half a minute. Whoever is
    # interrupted imports the file again, and has the rest of it.
    done = Imported()
    kept = KeptFiles(member, given.files)
    for conversation_id, read in _with_ids(member, hashlib.sha256(raw).hexdigest(), given):
        if conversation_id is None or not _store_new(member, conversation_id, read, kept):
            done = replace(done, known=done.known + 1)
            continue
        done = replace(
            done,
            conversations=done.conversations + 1,
            messages=done.messages + len(read.conversation.messages),
            skipped=done.skipped + read.skipped,
        )
    return replace(done, files=kept.count, files_left_out=kept.left_out)


def _store_new(member: Any, conversation_id: UUID, read: ReadConversation, kept: KeptFiles) -> bool:
    # The files first: they wait for their messages, and are purged if those never come.
    files = kept.of(read.conversation)
    try:
        store_conversation(member, conversation_id, read.conversation, files=files)
    except IntegrityError:
        # The same file at the same moment: the other request has stored it.
        if not Conversation.objects.filter(pk=conversation_id).exists():
            raise
        return False
    return True


def _with_ids(
    member: Any, fingerprint: str, given: HandedIn
) -> Iterator[tuple[UUID | None, ReadConversation]]:
    """Yield the conversations of a file with an id each: always the same one, and none where it is there."""
    for place, read in enumerate(given.conversations()):
        yield _free_id(f"{member.pk} {fingerprint} {place}"), read


def _free_id(origin: str) -> UUID | None:
    """Return the id for what comes from there: none if it is there, the next if it waits for its purge."""
    attempt = 0
    while True:
        conversation_id = uuid5(IMPORTS, f"{origin} {attempt}")
        earlier = Conversation.objects.filter(pk=conversation_id).only("deleted_at").first()
        if earlier is None:
            return conversation_id
        if earlier.deleted_at is None:
            return None
        attempt += 1
