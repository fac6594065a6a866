"""A file that is taken back while a message takes it is in that message, or nowhere."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models.signals import pre_delete

from chat.attachments.purging import delete_unused
from chat.exceptions import InvalidInput
from chat.models import Attachment, Conversation
from chat.runs.turns import NewTurn, record_turn

# What a turn takes that need not wait for the deletion.
MEANWHILE_SECONDS = 0.5


@contextmanager
def sent_while_it_is_deleted(
    member: Any, conversation: Conversation, file: Attachment
) -> Iterator[list[Any]]:
    """Send the file between the look at whether it is used and its deletion."""
    sent: list[Future[Any]] = []
    new = NewTurn(content="Look", client_message_id="click", attachments=[file.pk])

    def record() -> Any:
        try:
            return record_turn(member, conversation.pk, new)
        finally:
            connections.close_all()

    def send(**_deleted: Any) -> None:
        sent.append(others.submit(record))
        wait_for(sent, MEANWHILE_SECONDS)

    with ThreadPoolExecutor(1) as others:
        pre_delete.connect(send, sender=Attachment)
        try:
            yield sent
        finally:
            pre_delete.disconnect(send, sender=Attachment)


async def test_a_message_that_was_stored_has_its_file(member: Any, conversation: Conversation) -> None:
    file = await Attachment.objects.acreate(owner=member, name="a.txt", size_bytes=1, stored_name="a")

    def take_back() -> None:
        with sent_while_it_is_deleted(member, conversation, file) as sent:
            delete_unused([file.pk])
        with pytest.raises(InvalidInput):
            sent[0].result()

    await sync_to_async(take_back)()

    assert not await conversation.messages.aexists()
