"""Imports: a file of conversations, as a request's body or as a form's file."""

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
from chat.views.readers import Readers

# With the one that is read; whoever comes then is asked to come again.
MOST_AT_ONCE = 16


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
    return await importers().run(_import, member, _file_in(request))


def sentence_about(imported: Imported) -> str:
    """Return what a member should know of an import."""
    if not imported.conversations:
        return _("Nothing new: everything in this file was imported before.")
    said = [
        _("Imported conversations: %(conversations)s, messages: %(messages)s.")
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


@cache
def importers() -> Readers:
    """Return this process's thread for imports: one after another, as a large one takes seconds."""
    return Readers("chat-import", threads=1, most_at_once=MOST_AT_ONCE)


def _import(member: Any, file: Any) -> Imported:
    """Read and import a file. It waits on the disk until here: only one at a time is in memory."""
    limit = chat_settings().MAX_IMPORT_BYTES
    raw = file.read(limit + 1)
    if len(raw) > limit:
        raise BodyTooLarge(f"more than {limit} bytes")
    if not raw:
        raise InvalidInput(fields={"file": [_("The file is empty.")]})
    try:
        return import_file(member, raw)
    finally:
        connections.close_all()


def _file_in(request: HttpRequest) -> Any:
    """Return what can be read. Not ``request.body``: Django bounds that at 2.5 MB for all of a site."""
    if request.content_type != "multipart/form-data":
        return request
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise InvalidInput(fields={"file": [_("Choose a file.")]})
    if (file.size or 0) > chat_settings().MAX_IMPORT_BYTES:
        raise BodyTooLarge(f"{file.size} bytes")
    return file


collection = api(POST=import_conversations)
