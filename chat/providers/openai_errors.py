"""What an OpenAI-compatible server says when it fails, as our own errors.

The texts hold only what is safe in a log: a status, the vendor's error code, a request id. The vendor's
message stays out, since servers quote keys and prompts in it.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from chat.exceptions import (
    ContentFiltered,
    ContextTooLong,
    ProviderRateLimited,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
    QuotaExceeded,
    RunError,
)

# No pause that a server asks for is believed beyond this.
MAX_RETRY_AFTER_SECONDS = 3600.0

_ERRORS_BY_CODE: dict[str, type[RunError]] = {
    "context_length_exceeded": ContextTooLong,
    "exceed_context_size_error": ContextTooLong,
    "string_above_max_length": ContextTooLong,
    "content_filter": ContentFiltered,
    "content_policy_violation": ContentFiltered,
    "insufficient_quota": QuotaExceeded,
    "billing_hard_limit_reached": QuotaExceeded,
    "rate_limit_exceeded": ProviderRateLimited,
    "rate_limit_error": ProviderRateLimited,
}
_ERRORS_BY_STATUS: dict[int, type[RunError]] = {
    402: QuotaExceeded,
    408: ProviderTimeout,
    413: ContextTooLong,
    429: ProviderRateLimited,
    504: ProviderTimeout,
}
_LOGGABLE = re.compile(r"[A-Za-z0-9_.]{1,64}")
_REQUEST_ID = re.compile(r"(?:req|chatcmpl)[A-Za-z0-9_-]{1,80}")


class ParameterRefused(ProviderRejected):
    """The server does not know a parameter that we can do without; ``parameter`` names it."""

    def __init__(self, detail: str, *, parameter: str) -> None:
        super().__init__(detail)
        self.parameter = parameter


def error_from_response(status: int, headers: Mapping[str, str], body: bytes) -> RunError:
    """Return what a response without an answer means; ``headers`` has lower-case names."""
    fields = error_fields(body)
    detail = f"status {status}, {_described(fields)}, request {_request_id(headers)}"
    if status in (400, 422) and (parameter := _refused_parameter(fields, body)):
        return ParameterRefused(detail, parameter=parameter)
    error = _error_class(status, fields)(detail)
    error.retry_after_seconds = _retry_after_seconds(headers)
    return error


def error_from_stream(fields: object) -> RunError:
    """Return what an error object in the middle of an answer means."""
    if not isinstance(fields, dict):
        return ProviderUnavailable("the provider reported an error in mid-stream")
    code = fields.get("code")
    status = code if isinstance(code, int) and 400 <= code <= 599 else 500
    return _error_class(status, fields)(f"error in mid-stream, {_described(fields)}")


def error_fields(body: bytes) -> dict[str, Any]:
    """Return the error object of a body; an empty one if there is none."""
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    fields = decoded.get("error", decoded) if isinstance(decoded, dict) else None
    return fields if isinstance(fields, dict) else {}


def _error_class(status: int, fields: Mapping[str, Any]) -> type[RunError]:
    for key in ("code", "type"):
        if (known := _ERRORS_BY_CODE.get(str(fields.get(key)))) is not None:
            return known
    if (known := _ERRORS_BY_STATUS.get(status)) is not None:
        return known
    return ProviderUnavailable if status >= 500 else ProviderRejected


def _refused_parameter(fields: Mapping[str, Any], body: bytes) -> str:
    if fields.get("code") == "unsupported_parameter":
        return str(fields.get("param"))
    # Servers that refuse it agree on nothing but naming it somewhere in the body.
    return "stream_options" if b"stream_options" in body else ""


def _described(fields: Mapping[str, Any]) -> str:
    names = [str(fields.get(key)) for key in ("type", "code")]
    return " ".join(name if _LOGGABLE.fullmatch(name) else "?" for name in names)


def _request_id(headers: Mapping[str, str]) -> str:
    request_id = headers.get("x-request-id", "")
    return request_id if _REQUEST_ID.fullmatch(request_id) else "?"


def _retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "")
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS) if math.isfinite(seconds) else None
