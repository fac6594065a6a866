"""What files are called: the member's titles, without what file systems and readers stumble over."""

import re
import unicodedata
from datetime import datetime
from uuid import UUID

LONGEST_NAME_CHARACTERS = 80
# Separators, what Windows reserves, controls, and signs that turn the direction of what follows.
_UNSAFE = re.compile(
    r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+'
)
_ENDING = re.compile(r"[A-Za-z0-9]{1,10}")
# A name of these alone means a device on Windows.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def name_of_file(title: str) -> str:
    """Return a title as the name of a file, without its ending."""
    name = " ".join(_UNSAFE.sub(" ", unicodedata.normalize("NFC", title)).split())
    name = name[:LONGEST_NAME_CHARACTERS].strip(" .")
    return "conversation" if not name or _DEVICE.fullmatch(name) else name


def name_in_archive(title: str, moment: datetime, conversation_id: UUID) -> str:
    """Return the name among many: the day to sort by, and enough of the id to be the only one."""
    return f"{moment:%Y-%m-%d} {name_of_file(title)} {conversation_id.hex[:12]}"


def place_in_archive(name: str, moment: datetime, attachment_id: UUID) -> str:
    """Return where a member's file is in the ZIP; its ending says with what to open it."""
    stem, dot, ending = name.rpartition(".")
    is_ending = bool(stem) and _ENDING.fullmatch(ending)
    called = name_in_archive(stem if is_ending else name, moment, attachment_id)
    return f"files/{called}{dot + ending if is_ending else ''}"
