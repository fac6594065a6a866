"""Imports: a file of conversations, as a request's body or as a form's file."""

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connections
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

from chat.archive.importing import Imported, import_file
from chat.conf import chat_settings
from chat.exceptions import BodyTooLarge, InvalidInput
from chat.views.api import api


async def import_conversations(request: HttpRequest, member: Any) -> HttpResponseBase:
    """The conversations in a file, as the member's own."""
    imported = await import_from(request, member)
    body = {
        "conversations": imported.conversations,
        "messages": imported.messages,
        "known": imported.known,
        "skipped": imported.skipped,
        "files": imported.files,
        "files_left_out": imported.files_left_out,
        "message": sentence_about(imported),
    }
    return JsonResponse(body, status=201 if imported.conversations else 200)


async def import_from(request: HttpRequest, member: Any) -> Imported:
    """Import the file in a request. Raises BodyTooLarge and InvalidInput; nothing is stored then."""
    raw = _file_in(request)
    # One import after another, beside the threads that serve requests: a large one takes seconds.
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_importer(), context.run, _import, member, raw)


def sentence_about(imported: Imported) -> str:
    """Return what a member should know of an import."""
    if not imported.conversations:
        return _("Nothing new: everything in this file was imported before.")
    said = [
        _("Imported: %(conversations)s conversations with %(messages)s messages.")
        % {"conversations": imported.conversations, "messages": imported.messages}
    ]
    if imported.known:
        said.append(_("Imported before: %(known)s.") % {"known": imported.known})
    if imported.skipped:
        said.append(
            _("Left out, as they are nothing that was said: %(skipped)s.") % {"skipped": imported.skipped}
        )
    if imported.files:
        said.append(_("Files: %(files)s.") % {"files": imported.files})
    if imported.files_left_out:
        said.append(
            _("Only named, as they are of a wrong type, too large or too many: %(files)s.")
            % {"files": imported.files_left_out}
        )
    return " ".join(said)


def _import(member: Any, raw: bytes) -> Imported:
    try:
        return import_file(member, raw)
    finally:
        connections.close_all()


def _file_in(request: HttpRequest) -> bytes:
    limit = chat_settings().MAX_IMPORT_BYTES
    if request.content_type == "multipart/form-data":
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile):
            raise InvalidInput(fields={"file": [_("Choose a file.")]})
        if (file.size or 0) > limit:
            raise BodyTooLarge(f"{file.size} bytes")
        raw = file.read()
    else:
        # Not ``request.body``: Django bounds that at 2.5 MB for all of a site.
        raw = request.read(limit + 1)
    if len(raw) > limit:
        raise BodyTooLarge(f"more than {limit} bytes")
    if not raw:
        raise InvalidInput(fields={"file": [_("The file is empty.")]})
    return bytes(raw)


@cache
def _importer() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="chat-import")


collection = api(POST=import_conversations)
