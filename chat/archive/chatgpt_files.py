"""Which files one of ChatGPT's messages had, and where they are in its ZIP."""

import re
from collections.abc import Mapping
from typing import Any

from chat.archive.checking import list_in, object_in, text_in
from chat.archive.packed import LONGEST_PLACE, PackedFiles

MOST_FILES = 100
# In the address of an image ("file-service://file-4xY", "sediment://file_00a1"), and of an entry's name the
# beginning ("file-4xY-photo.jpg").
_ID = re.compile(r"file[-_][0-9A-Za-z]+")


class PackedById:
    """The files of a ZIP by the ids with which their names begin."""

    def __init__(self, packed: PackedFiles) -> None:
        self._places: dict[str, str] = {}
        for place in packed.names():
            if (found := _ID.match(place.rpartition("/")[2])) and len(place) <= LONGEST_PLACE:
                self._places[found[0]] = place

    def place_of(self, value: Any) -> str | None:
        """Return where the file with this id, or at this address, is; None if it is not in the ZIP."""
        found = _ID.match(value.rpartition("/")[2]) if isinstance(value, str) else None
        return self._places.get(found[0]) if found else None

    def files_of(self, message: Mapping[str, Any]) -> Mapping[str, str | None]:
        """Return the names of what a member had sent, with their places. Raises InvalidInput."""
        named: dict[str, str | None] = {}
        metadata = message.get("metadata")
        given = metadata.get("attachments") if isinstance(metadata, dict) else None
        for one in map(object_in, list_in(given)[:MOST_FILES]):
            named[text_in(one.get("name"), most=LONGEST_PLACE, cut=True)] = self.place_of(one.get("id"))
        for part in list_in(object_in(message.get("content")).get("parts"))[:MOST_FILES]:
            place = self.place_of(part.get("asset_pointer")) if isinstance(part, dict) else None
            if place is not None and place not in named.values():
                named[place.rpartition("/")[2]] = place
        named.pop("", None)
        return named
