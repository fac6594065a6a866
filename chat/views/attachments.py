"""Attachments: upload one, see it, take it back before it is sent."""

from functools import cache
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from chat.attachments.purging import delete_unused
from chat.attachments.recognition import recognise, refused
from chat.attachments.storing import read_bytes, store_attachment
from chat.conf import chat_settings
from chat.exceptions import NotAllowed, NotFound, UnsupportedMediaType
from chat.models import Attachment
from chat.permissions import current_policy
from chat.views.api import api
from chat.views.readers import Readers
from chat.views.representations import attachment_json

MEGABYTE = 1024 * 1024
# So many files are read at a time; a PDF takes up to a core and 1 GB meanwhile.
READERS = 2
# With those that wait, each of which is held in memory; whoever comes then is asked to come again.
MOST_AT_ONCE = 16
# Nothing of a file runs, loads or is kept, whatever it turns out to be.
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


async def upload(request: HttpRequest, member: Any) -> HttpResponseBase:
    """Keep one file, to be named by a turn."""
    file = _one_file(request)
    content = file.read()
    recognised = await readers().run(recognise, content, file.name or "")
    attachment = await sync_to_async(store_attachment)(member, content, recognised)
    return JsonResponse(attachment_json(attachment), status=201)


async def read_file(request: HttpRequest, member: Any, attachment: UUID) -> HttpResponseBase:
    """The file, for its owner: an image as an image, all else to be saved and never to be opened here."""
    found = await _own(member, attachment)
    content = await sync_to_async(read_bytes)(found)
    if content is None:
        raise NotFound
    disposition = content_disposition_header(as_attachment=not found.is_image, filename=found.name)
    return HttpResponse(
        content,
        content_type=found.media_type if found.is_image else "application/octet-stream",
        headers={**SAFE_HEADERS, "Content-Disposition": disposition or "attachment"},
    )


async def take_back(request: HttpRequest, member: Any, attachment: UUID) -> HttpResponseBase:
    """Delete a file that belongs to no message."""
    found = await _own(member, attachment)
    if not await sync_to_async(delete_unused)([found.pk]):
        raise NotAllowed("the file belongs to a message")
    return HttpResponse(status=204)


def _one_file(request: HttpRequest) -> "UploadedFile[Any]":
    """Return the file that was sent. Raises UnsupportedMediaType or InvalidInput."""
    if request.content_type != "multipart/form-data":
        raise UnsupportedMediaType(request.content_type or "no content type")
    most = chat_settings().MAX_ATTACHMENT_BYTES
    if not chat_settings().MAX_ATTACHMENTS:
        raise refused(_("No files can be sent here."))
    files = request.FILES.getlist("file")
    if len(files) != 1:
        raise refused(_("Send exactly one file."))
    if (files[0].size or 0) > most:
        raise refused(_("The file is larger than %(most)d MB.") % {"most": most // MEGABYTE})
    return files[0]


@cache
def readers() -> Readers:
    """Return this process's threads for uploads."""
    return Readers("chat-files", threads=READERS, most_at_once=MOST_AT_ONCE)


async def _own(member: Any, attachment_id: UUID) -> Attachment:
    files = current_policy().attachments(member).without_text()
    found = await files.filter(pk=attachment_id).afirst()
    if found is None:
        raise NotFound
    return found


collection = api(POST=upload)
item = api(GET=read_file, DELETE=take_back)
