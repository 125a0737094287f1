"""Days and instants: working days as the calendar has them, milestones that never move."""

from __future__ import annotations

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.iso import duration, end_of_day
from rectification.calendar.calendar import Calendar, at_same_time, calendar_around
from rectification.calendar.deadlines import (
    as_day,
    explanation_follows,
    hours_after,
    is_overdue,
    latest_due_day,
    milestone_at,
    shifted,
    workdays_after,
    workdays_before,
)
from rectification.calendar.holidays import Holiday, announced, announced_years
from rectification.campaigns.model import Campaign, Milestone
from rectification.tickets.dispatch import last_due_day
from tests.rectification.campaign import CITY, MILESTONES, SmallCampaign, day_end, local

KNOWN = [day for year in announced_years() for day in announced(year)]
SHIPPED = Calendar({entry.day: str(entry.kind) for entry in KNOWN})
DAYS = st.dates(dt.date(2018, 1, 1), dt.date(2030, 12, 31))
COUNTS = st.integers(1, 60)
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia")]
)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def campaign() -> Campaign:
    dates = [Milestone(name=name, day=dt.date(2019, 9, day), cutoff=None) for name, day in MILESTONES.items()]
    return Campaign(
        id=1,
        name="回头看",
        name_en="Look-back",
        year=2019,
        area_code=CITY,
        zone_name="Asia/Shanghai",
        buffer_days=3,
        milestones=dates,
    )


# -- working days -------------------------------------------------------------------------------


@given(DAYS, COUNTS)
def test_so_many_workdays_lie_between_a_day_and_its_answer(day: dt.date, count: int) -> None:
    after = SHIPPED.workdays_after(day, count)
    assert SHIPPED.is_workday(after)
    span = [day + DAY * step for step in range(1, (after - day).days + 1)]
    assert sum(SHIPPED.is_workday(entry) for entry in span) == count
    before = SHIPPED.workdays_before(day, count)
    span = [day - DAY * step for step in range(1, (day - before).days + 1)]
    assert sum(SHIPPED.is_workday(entry) for entry in span) == count


@given(DAYS, COUNTS)
def test_from_a_workday_there_and_back_is_where_one_started(day: dt.date, count: int) -> None:
    start = SHIPPED.workdays_after(day, 0)
    assert SHIPPED.workdays_before(SHIPPED.workdays_after(start, count), count) == start


@given(DAYS, COUNTS, st.integers(0, 30))
def test_a_later_start_never_ends_earlier(day: dt.date, count: int, later: int) -> None:
    assert SHIPPED.workdays_after(day, count) <= SHIPPED.workdays_after(day + DAY * later, count)


@given(DAYS)
def test_no_workdays_is_the_day_itself_or_the_nearest_workday(day: dt.date) -> None:
    after, before = SHIPPED.workdays_after(day, 0), SHIPPED.workdays_before(day, 0)
    assert before <= day <= after
    assert SHIPPED.is_workday(before)
    assert SHIPPED.is_workday(after)
    if SHIPPED.is_workday(day):
        assert before == day == after


@pytest.mark.parametrize("count", [-1, 1_001])
def test_what_nobody_means_is_refused(count: int) -> None:
    with pytest.raises(ValueError):
        SHIPPED.workdays_after(dt.date(2019, 9, 2), count)


def test_the_autumn_of_2019_is_as_it_was() -> None:
    assert [day for day in range(1, 31) if not SHIPPED.is_workday(dt.date(2019, 9, day))] == [
        1, 7, 8, 13, 14, 15, 21, 22, 28,
    ]  # fmt: skip
    assert SHIPPED.workdays_after(dt.date(2019, 9, 27), 1) == dt.date(2019, 9, 29)
    assert SHIPPED.workdays_after(dt.date(2019, 9, 30), 1) == dt.date(2019, 10, 8)


def test_a_year_that_nobody_announced_falls_back_to_monday_to_friday(small: SmallCampaign) -> None:
    with small.database.reading() as session:
        found = calendar_around(session, dt.date(2031, 10, 1), 5, CITY)
    assert found.workdays_after(dt.date(2031, 10, 3), 1) == dt.date(2031, 10, 6)


def test_a_holiday_of_the_area_overrules_that_of_the_country(small: SmallCampaign) -> None:
    with small.database.writing() as session:
        session.add(Holiday(area=CITY, day=dt.date(2019, 9, 13), kind="makeup", name="汛期值守"))
        session.add(Holiday(area=CITY, day=dt.date(2019, 9, 16), kind="holiday", name="汛期补休"))
    with small.database.reading() as session:
        here = calendar_around(session, dt.date(2019, 9, 12), 5, CITY)
        elsewhere = calendar_around(session, dt.date(2019, 9, 12), 5, "999")
    assert here.workdays_after(dt.date(2019, 9, 12), 2) == dt.date(2019, 9, 17)
    assert elsewhere.workdays_after(dt.date(2019, 9, 12), 2) == dt.date(2019, 9, 17)
    assert here.is_workday(dt.date(2019, 9, 13))
    assert elsewhere.is_workday(dt.date(2019, 9, 16))


def test_long_counts_reach_over_the_longest_holidays(small: SmallCampaign) -> None:
    start = dt.date(2019, 9, 2)
    with small.database.reading() as session:
        for count in (1, 20, 90, 250):
            found = calendar_around(session, start, count, CITY)
            assert found.workdays_after(start, count) == SHIPPED.workdays_after(start, count)


# -- milestones and due dates -------------------------------------------------------------------


def test_milestones_on_a_holiday_stay_where_they_are() -> None:
    assert milestone_at(campaign(), "visits") == day_end(13)
    assert milestone_at(campaign(), "list") == day_end(14)


def test_a_milestone_with_a_cut_off_ends_then() -> None:
    one = campaign()
    one.milestone("reverify").cutoff = dt.time(18, 0)
    assert milestone_at(one, "reverify") == local(24, 18)


def test_the_24th_is_within_and_the_first_second_of_the_25th_is_overdue() -> None:
    due = milestone_at(campaign(), "reverify")
    assert not is_overdue(due, day_end(24))
    assert is_overdue(due, local(25))
    assert not is_overdue(None, local(25))


@pytest.mark.parametrize(("today", "last"), [(2, 21), (21, 21), (22, 24), (24, 24), (25, 30), (30, 30)])
def test_the_last_due_day_leaves_time_to_verify_as_long_as_it_can(today: int, last: int) -> None:
    assert latest_due_day(campaign()) == dt.date(2019, 9, 21)
    assert last_due_day(campaign(), dt.date(2019, 9, today)) == dt.date(2019, 9, last)


def test_after_the_campaign_no_day_is_the_last() -> None:
    assert last_due_day(campaign(), dt.date(2019, 10, 1)) is None


@given(DAYS, ZONES, st.integers(-400, 400))
def test_moving_by_days_keeps_the_local_time(day: dt.date, zone: ZoneInfo, days: int) -> None:
    noon = dt.datetime.combine(day, dt.time(12), zone)
    moved = shifted(noon, days, zone).astimezone(zone)
    assert (moved.date() - day).days == days
    assert moved.time() == dt.time(12)
    assert shifted(day, days, zone) == day + DAY * days
    assert shifted(day.isoformat(), days, zone) == day + DAY * days


@example(dt.date(2018, 2, 17), ZoneInfo("America/Sao_Paulo"))
@given(DAYS, ZONES)
def test_a_day_ends_within_itself_and_the_next_second_is_another_day(day: dt.date, zone: ZoneInfo) -> None:
    ends = end_of_day(day, zone)
    assert as_day(ends, zone) == day
    assert as_day(ends.isoformat(), zone) == day
    assert as_day(ends + dt.timedelta(seconds=1), zone) > day


INSTANTS = st.builds(
    lambda day, second: dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(seconds=second),
    DAYS,
    st.integers(0, 86_399),
)
CUTOFFS = st.one_of(st.none(), st.times().map(lambda at: at.replace(microsecond=0)))


@given(INSTANTS, ZONES, st.integers(1, 24 * 400))
def test_hours_run_as_clocks_do_and_days_as_calendars_do(at: dt.datetime, zone: ZoneInfo, hours: int) -> None:
    assert hours_after(at, hours, zone) - at == dt.timedelta(hours=hours)
    assert duration(f"PT{hours}H").after(at, zone) - at == dt.timedelta(hours=hours)
    days = hours // 24
    later = duration(f"P{days}D").after(at, zone).astimezone(zone)
    assert (later.date() - at.astimezone(zone).date()).days == days
    assert later.utcoffset() == at.astimezone(zone).utcoffset() or abs(later - at - DAY * days) <= HOUR


@given(DAYS, ZONES, st.integers(1, 36))
def test_months_end_where_the_month_does(day: dt.date, zone: ZoneInfo, months: int) -> None:
    start = dt.datetime.combine(day, dt.time(12), zone)
    later = duration(f"P{months}M").after(start, zone).astimezone(zone)
    index = day.year * 12 + day.month - 1 + months
    last = calendar.monthrange(index // 12, index % 12 + 1)[1]
    assert (later.year, later.month, later.day) == (index // 12, index % 12 + 1, min(day.day, last))
    assert later.time() == dt.time(12)


@given(DAYS, CUTOFFS, ZONES, st.integers(0, 400), st.integers(1, 60))
def test_a_milestone_ends_on_its_day_and_what_counts_from_it_keeps_its_hour(
    day: dt.date, cutoff: dt.time | None, zone: ZoneInfo, days: int, count: int
) -> None:
    one = campaign()
    one.zone_name = zone.key
    one.milestone("reverify").day, one.milestone("reverify").cutoff = day, cutoff
    ends = milestone_at(one, "reverify")
    local_end = ends.astimezone(zone)
    skipped = local_end.replace(tzinfo=None) - dt.datetime.combine(day, cutoff or dt.time.max)
    assert skipped in (dt.timedelta(), HOUR)  # an hour that the clocks leave out is the one after it
    before = shifted(ends, -days, zone).astimezone(zone)
    assert abs((before.replace(tzinfo=None) + DAY * days) - local_end.replace(tzinfo=None)) <= HOUR
    workday = at_same_time(ends, SHIPPED.workdays_before(local_end.date(), count), zone).astimezone(zone)
    assert SHIPPED.is_workday(workday.date())
    assert workday < local_end


@pytest.mark.parametrize(
    ("values", "explain_day"),
    [
        ({"due_at": "2019-09-20", "explain_milestone": "explanation"}, 28),
        ({"due_at": "2019-09-20", "explain_milestone": "closing"}, 29),
        ({"due_at": "2019-09-20", "explain_milestone": None}, None),  # given in days: it stays
        ({"due_at": "2019-09-20"}, 28),  # not named: told by the date
        ({"due_at": "2019-09-26", "explain_by": "2019-09-26"}, 28),
        ({"due_at": "2019-09-20", "explain_by": "2019-09-23"}, None),
    ],
)
def test_the_date_of_an_explanation_follows_the_milestone_behind_it(
    values: dict[str, str | None], explain_day: int | None
) -> None:
    one = campaign()
    old = {name: milestone_at(one, name) for name in ("explanation", "closing")}
    one.milestone("explanation").day, one.milestone("closing").day = (
        dt.date(2019, 9, 28),
        dt.date(2019, 9, 29),
    )
    found = explanation_follows(one, {"explain_by": "2019-09-24", **values}, old)
    ends = None if explain_day is None else day_end(explain_day).isoformat()
    assert found.get("explain_by") == ends


def test_leap_days_and_year_ends_are_days_like_others() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    assert shifted("2020-02-28", 1, shanghai) == dt.date(2020, 2, 29)
    assert shifted("2019-12-31", 1, shanghai) == dt.date(2020, 1, 1)
    leap = dt.datetime(2020, 2, 29, 12, tzinfo=shanghai)
    assert duration("P1Y").after(leap, shanghai) == dt.datetime(2021, 2, 28, 12, tzinfo=shanghai)
    assert SHIPPED.workdays_after(dt.date(2019, 12, 31), 1) == dt.date(2020, 1, 2)
    assert hours_after("2019-12-31", 1, shanghai) == dt.datetime(
        2020, 1, 1, 0, 59, 59, 999_999, tzinfo=shanghai
    )


def test_diagrams_count_workdays_over_the_holidays(small: SmallCampaign) -> None:
    with small.database.reading() as session:
        one = session.get_one(Campaign, 1)
        assert workdays_after(session, local(12, 15), 1, one.zone, one.area_code) == local(16, 15)
        assert workdays_after(session, "2019-09-12", 1, one.zone, one.area_code) == dt.date(2019, 9, 16)
        assert workdays_before(session, local(16, 15), 1, one.zone, one.area_code) == local(12, 15)
        assert workdays_before(session, dt.date(2019, 9, 16), 0, one.zone, one.area_code) == dt.date(
            2019, 9, 16
        )
