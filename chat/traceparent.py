"""The header of W3C Trace Context that names a request's place in a trace.

https://www.w3.org/TR/trace-context/#traceparent-header
"""

import re

_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_SAMPLED = 1


def read_traceparent(header: str | None) -> str | None:
    """Return the place in a trace that a header names, in the form of version 00; None if it names none."""
    found = _FORM.fullmatch((header or "").strip())
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    # Later versions may say more after the flags; ff is no version, and zeros are no ids.
    if version == "ff" or (version == "00" and more) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    return traceparent_of(trace_id, span_id, is_sampled=bool(int(flags, 16) & _SAMPLED))


def traceparent_of(trace_id: str, span_id: str, *, is_sampled: bool) -> str:
    """Return the header's value."""
    return f"00-{trace_id}-{span_id}-{'01' if is_sampled else '00'}"


def trace_id_of(traceparent: str) -> str:
    """Return the trace's id in a value that ``read_traceparent`` gave."""
    return traceparent.split("-")[1]
