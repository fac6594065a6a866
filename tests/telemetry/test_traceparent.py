"""Which headers name a place in a trace."""

import pytest

from chat.traceparent import read_traceparent, trace_id_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PLACE = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    ("header", "place"),
    [
        (PLACE, PLACE),
        (f" {PLACE} ", PLACE),
        (f"00-{TRACE}-{SPAN}-00", f"00-{TRACE}-{SPAN}-00"),
        (f"00-{TRACE}-{SPAN}-03", PLACE),
        # A later version is read as far as this one goes.
        (f"cc-{TRACE}-{SPAN}-01", PLACE),
        (f"cc-{TRACE}-{SPAN}-01-what-comes-later", PLACE),
    ],
)
def test_a_place_is_kept_in_the_form_of_version_00(header: str, place: str) -> None:
    assert read_traceparent(header) == place
    assert trace_id_of(place) == TRACE


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n00-{TRACE}-{SPAN}-01",
    ],
)
def test_what_names_no_place_is_as_good_as_nothing(header: str | None) -> None:
    assert read_traceparent(header) is None
