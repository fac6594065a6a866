"""Reads of an image's bytes what it is and how large, without decoding it.

Decoding is what image bombs wait for, so nothing here does it: headers say how many pixels there are, and
the ends of the formats say whether the file is whole (decision 13).
"""

from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_GIF = (b"GIF87a", b"GIF89a")
# Start of frame, all kinds; the three left out are tables and not frames.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length: padding, and those that restart.
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_START_OF_SCAN = 0xDA
_END_OF_IMAGE = b"\xff\xd9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What an image's header says; ``is_whole`` is False for a file that was cut."""

    media_type: str
    width: int
    height: int
    is_whole: bool


def read_image(content: bytes) -> Image | None:
    """Return the image that these bytes are; None if they are none of PNG, JPEG, GIF and WebP."""
    if content.startswith(_PNG):
        return _png(content)
    if content.startswith(_JPEG):
        return _jpeg(content)
    if content.startswith(_GIF):
        return _gif(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp(content)
    return None


def _png(content: bytes) -> Image:
    has_header = content[12:16] == b"IHDR"
    position, is_whole = len(_PNG), False
    while not is_whole and position + 12 <= len(content):
        length = _big(content[position : position + 4])
        name = content[position + 4 : position + 8]
        position += 12 + length
        is_whole = name == b"IEND" and position <= len(content)
    return Image(
        media_type="image/png",
        width=_big(content[16:20]) if has_header else 0,
        height=_big(content[20:24]) if has_header else 0,
        is_whole=is_whole,
    )


def _jpeg(content: bytes) -> Image:
    width = height = 0
    position = 2
    while position + 4 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xFF or marker in _BARE:
            position += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES:
            height = _big(content[position + 5 : position + 7])
            width = _big(content[position + 7 : position + 9])
        if marker == _START_OF_SCAN:
            break
        position += 2 + _big(content[position + 2 : position + 4])
    # Cameras put more behind the end: it need not be the last thing.
    is_whole = content.find(_END_OF_IMAGE, position) >= 0
    return Image(media_type="image/jpeg", width=width, height=height, is_whole=is_whole)


def _gif(content: bytes) -> Image:
    return Image(
        media_type="image/gif",
        width=_little(content[6:8]),
        height=_little(content[8:10]),
        is_whole=content.rstrip(b"\0").endswith(b";"),
    )


def _webp(content: bytes) -> Image:
    kind = content[12:16]
    width = height = 0
    if kind == b"VP8X":
        width, height = _little(content[24:27]) + 1, _little(content[27:30]) + 1
    elif kind == b"VP8L" and content[20:21] == b"\x2f":
        bits = _little(content[21:25])
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = _little(content[26:28]) & 0x3FFF, _little(content[28:30]) & 0x3FFF
    is_whole = len(content) >= 30 and _little(content[4:8]) + 8 <= len(content)
    return Image(media_type="image/webp", width=width, height=height, is_whole=is_whole)


def _big(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _little(raw: bytes) -> int:
    return int.from_bytes(raw, "little")
