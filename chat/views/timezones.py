"""The member's time zone, which their browser tells by a cookie."""

import re
from datetime import tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone

COOKIE = "chat_timezone"
# The names of the IANA database; ZoneInfo takes them for paths.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,32}){0,2}")


def zone_of(request: HttpRequest) -> tzinfo:
    """Return the zone that the cookie names, or the site's where it names none that is known."""
    name = request.COOKIES.get(COOKIE, "").replace("%2F", "/")
    if _NAME.fullmatch(name):
        try:
            return ZoneInfo(name)
        # A folder of the database is an IsADirectoryError.
        except (KeyError, ValueError, OSError):
            pass
    return timezone.get_current_timezone()
