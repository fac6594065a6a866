"""Charts: where their marks are, and how their numbers are written."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chat.admin.dashboard.charts import dollars, fraction, milliseconds, rate, whole
from chat.admin.dashboard.geometry import HEIGHT, WIDTH, line, nice_top, stacked_bars
from chat.admin.dashboard.percentiles import percentiles_of


@given(some.lists(some.floats(min_value=0, max_value=1e12), min_size=1, max_size=50))
def test_nothing_is_higher_than_the_chart(values: list[float]):
    top = nice_top([*values, None])

    assert top >= max(values) * (1 - 1e-6)
    assert top <= max(1, max(values) * 2.51)


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (3, 4), (41, 50), (0.03, 0.04), (10_001, 20_000)])
def test_a_chart_ends_at_a_round_number(most: float, top: float):
    assert nice_top([most]) == pytest.approx(top)


def test_bars_stand_on_each_other_and_in_their_columns():
    lower, upper = stacked_bars([[1, 0], [1, 2]], 2)

    assert [(bar.y, bar.height) for bar in lower] == [(HEIGHT / 2, HEIGHT / 2)]
    assert [(bar.y, bar.height) for bar in upper] == [(0, HEIGHT / 2), (0, HEIGHT)]
    assert lower[0].x == upper[0].x < WIDTH / 2 < upper[1].x


def test_a_line_is_broken_where_nothing_was_measured():
    assert line([1, 1, None, 0], 1) == ["125.0,0.0 375.0,0.0", f"875.0,{HEIGHT}.0 875.0,{HEIGHT}.0"]


@given(some.lists(some.integers(0, 100_000), min_size=2, max_size=300))
def test_read_values_have_the_percentiles_that_postgresql_finds(values: list[int]):
    found = percentiles_of("ms", sorted(values), len(values))

    expected = statistics.quantiles(values, n=20, method="inclusive")
    assert found["ms_p50"] == pytest.approx(expected[9])
    assert found["ms_p95"] == pytest.approx(expected[18])


def test_numbers_are_short_and_say_their_unit():
    assert [whole(number) for number in (0, 7, 48.23, 1234, 12_345, 10_000, 2_500_000, 3e9)] == [
        *("0", "7", "48.2", "1,234", "12.3 k", "10 k", "2.5 M", "3 G")
    ]
    assert [rate(5), milliseconds(417.4), milliseconds(12_300)] == ["5.0 %", "417 ms", "12.3 s"]
    assert [fraction(0.25), fraction(0.034), dollars(1234.5), dollars(0.0123)] == [
        *("0.25", "0.034", "$ 1,234.50", "$ 0.0123")
    ]
    assert {write(None) for write in (whole, rate, milliseconds, fraction, dollars)} == {"–"}
