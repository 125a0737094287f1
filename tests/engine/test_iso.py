"""Cycles: where the next round lies, and how many were missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.iso import UTC, BadTime, Duration, cycle, duration, from_first, instant

ZONE = ZoneInfo("Asia/Shanghai")


def days(text: str, count: int) -> list[str]:
    """The days of the first rounds, each found from the one before as timers find it: a span later, and ahead."""
    read = cycle(text, ZONE)
    assert read.start is not None
    result = [read.start]
    while len(result) < count:
        drifted = read.span.after(result[-1], ZONE)
        due, missed = read.ahead(drifted, result[-1], ZONE)
        assert missed == 0
        again, once = read.ahead(result[-1], result[-1], ZONE)
        assert (again, once) == (due, 1), "boundary timers ask from the round that has just fired"
        result.append(due)
    return [entry.astimezone(ZONE).date().isoformat() for entry in result]


@pytest.mark.parametrize(
    ("text", "rounds"),
    [
        ("R/2019-01-31/P1M", "2019-01-31 2019-02-28 2019-03-31 2019-04-30 2019-05-31"),
        ("R5/2019-01-30T08:00/P1M", "2019-01-30 2019-02-28 2019-03-30 2019-04-30"),
        ("R/2019-11-30/P3M", "2019-11-30 2020-02-29 2020-05-30 2020-08-30"),
        ("R/2020-02-29/P1Y", "2020-02-29 2021-02-28 2022-02-28 2023-02-28 2024-02-29"),
        ("R/2019-01-31/P1W", "2019-01-31 2019-02-07 2019-02-14"),
    ],
)
def test_a_monthly_rhythm_counts_from_its_first_date(text: str, rounds: str) -> None:
    assert days(text, len(rounds.split())) == rounds.split()


def test_missed_rounds_are_counted() -> None:
    read = cycle("R/2019-01-31/P1M", ZONE)
    assert read.start is not None
    now = dt.datetime(2019, 6, 15, tzinfo=UTC)
    due, missed = read.ahead(read.start, now, ZONE)
    assert (due.astimezone(ZONE).date(), missed) == (dt.date(2019, 6, 30), 5)
    due, missed = read.ahead(dt.datetime(2019, 3, 28, 15, 59, 59, tzinfo=UTC), now, ZONE)
    assert (due.astimezone(ZONE).date(), missed) == (dt.date(2019, 6, 30), 3)


def test_a_cycle_without_a_start_counts_from_its_first_moment() -> None:
    first = dt.datetime(2019, 3, 31, 1, tzinfo=UTC)
    text = from_first("R3/P1M", first)
    assert cycle(text, ZONE).start == first
    assert cycle(text, ZONE).times == 3
    assert days(text, 3) == ["2019-03-31", "2019-04-30", "2019-05-31"]
    for other in ("R/2019-01-31/P1M", "R/P1D/2019-09-24"):
        assert from_first(other, first) == other


@pytest.mark.parametrize(
    ("text", "months", "days_", "seconds"),
    [
        ("P1D", 0, 1, 0),
        ("PT24H", 0, 0, 86_400),
        ("P2W", 0, 14, 0),
        ("P1Y2M3DT4H5M6S", 14, 3, 14_706),
        ("P1,5D", 0, 1, 43_200),
        ("PT0.25S", 0, 0, 0.25),
    ],
)
def test_a_day_is_not_twenty_four_hours(text: str, months: int, days_: int, seconds: float) -> None:
    assert duration(text) == Duration(months, days_, seconds)


@pytest.mark.parametrize(
    "text",
    [
        "P",
        "PT",
        "P1",
        "1D",
        "P1DT",
        "P-1D",
        "-P1D",
        "p1d",
        "PT1D",
        "PT5M3H",
        "P1W2D",
        "P0.5M",
        "P0.5Y",
        "P1.5W",
        "P0.5DT1H",
        "P0003-06-04T12:00:00",
    ],
)
def test_what_is_no_duration_here_is_refused(text: str) -> None:
    with pytest.raises(BadTime, match="write a duration such as"):
        duration(text)


NUMBER = st.sampled_from(["0", "1", "31", "0.0000001", "99", "9" * 9, "9" * 30, "9" * 400])
UNIT = st.sampled_from(["Y", "M", "W", "D", "TH", "TM", "TS"])
INSTANT = st.sampled_from(
    [
        "0001-01-01",
        "9999-12-31",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2019-09-24",
        "soon",
    ]
)


@given(NUMBER, UNIT, INSTANT, st.sampled_from(["", "3", "9" * 5000]))
@settings(max_examples=300, deadline=None)
def test_whatever_is_written_is_a_time_or_refused_in_words(
    number: str, unit: str, start: str, times: str
) -> None:
    span = f"P{unit[:-1]}{number}{unit[-1]}"
    text = f"R{times}/{start}/{span}"
    now = dt.datetime(2019, 9, 24, tzinfo=UTC)
    works: list[Callable[[], object]] = [
        lambda: instant(start, ZONE),
        lambda: duration(span).after(instant(start, ZONE), ZONE),
        lambda: cycle(text, ZONE).ahead(instant(start, ZONE), now, ZONE),
    ]
    assert "" not in map(refusal, works)


def refusal(work: Callable[[], object]) -> str | None:
    try:
        work()
    except BadTime as fault:
        return fault.words.zh and fault.words.en
    return None


def test_a_daily_rhythm_from_long_ago_is_not_walked_through_day_by_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = 0
    plain = Duration.after

    def counted(self: Duration, start: dt.datetime, zone: ZoneInfo) -> dt.datetime:
        nonlocal steps
        steps += 1
        return plain(self, start, zone)

    monkeypatch.setattr(Duration, "after", counted)
    now = dt.datetime(2019, 9, 24, 12, tzinfo=UTC)
    due, missed = cycle("R/1000-01-01T08:00/P1D", ZONE).ahead(instant("1000-01-01T08:00", ZONE), now, ZONE)
    assert due.astimezone(ZONE).replace(tzinfo=None) == dt.datetime(2019, 9, 25, 8)  # noqa: DTZ001
    assert missed == (due.astimezone(ZONE).date() - dt.date(1000, 1, 1)).days
    assert steps < 10


@given(
    st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
    st.integers(1, 30),
    st.integers(0, 4_000),
    st.integers(0, 4_000),
)
@settings(max_examples=200, deadline=None)
def test_months_agree_with_a_plain_reading(start: dt.date, span: int, due_days: int, now_days: int) -> None:
    read = cycle(f"R/{start}/P{span}M", ZONE)
    assert read.start is not None
    due, now = (read.start + dt.timedelta(days=count, hours=1) for count in (due_days, now_days))
    rounds = [read._occurrence(number, ZONE) for number in range(400)]
    eligible = [round_ for round_ in rounds if round_ > due - dt.timedelta(days=1)]
    next_ = next(entry for entry in eligible if entry > now)
    assert read.ahead(due, now, ZONE) == (next_, sum(entry <= now for entry in eligible))
