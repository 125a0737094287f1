"""When rungs fall due: reminders keep to working days, and no rung is climbed twice or lost."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from rectification.calendar.calendar import Calendar
from rectification.escalation.policy import EscalationLevel
from rectification.escalation.schedule import LevelTimes, passed

ZONE = ZoneInfo("Asia/Shanghai")
START = dt.datetime(2019, 9, 2, tzinfo=ZONE)
HOURS = st.integers(0, 40 * 24).map(lambda hours: START + dt.timedelta(hours=hours))
LADDERS = st.lists(st.integers(-240, 120), min_size=1, max_size=8).map(
    lambda offsets: [
        EscalationLevel(place, dt.timedelta(hours=hours), 0, "owner", "none", "app")
        for place, hours in enumerate(sorted(offsets))
    ]
)
CALENDARS = st.dictionaries(
    st.integers(-12, 45).map(lambda days: (START + dt.timedelta(days=days)).date()),
    st.sampled_from(["holiday", "makeup"]),
).map(Calendar)
RULES = st.one_of(st.just(LevelTimes(ZONE)), CALENDARS.map(lambda one: LevelTimes(ZONE, one)))


@given(LADDERS, HOURS, HOURS, CALENDARS)
def test_a_reminder_comes_on_a_working_day_unless_the_work_came_after_it(
    ladder: list[EscalationLevel], due: dt.datetime, offered: dt.datetime, calendar: Calendar
) -> None:
    times = LevelTimes(ZONE, calendar).of(ladder, due, offered)
    assert times == sorted(times)
    for rung, at in zip(ladder, times, strict=True):
        plain = due + rung.offset
        assert at <= plain
        assert not any(
            calendar.is_workday(at.astimezone(ZONE).date() + dt.timedelta(days=day))
            for day in range(1, (plain.astimezone(ZONE).date() - at.astimezone(ZONE).date()).days + 1)
        ), "no working day that is nearer was passed over"
        assert rung.offset < dt.timedelta() or at == plain, "what is not a reminder never moves"
        if not calendar.is_workday(at.astimezone(ZONE).date()) and rung.offset < dt.timedelta():
            before = calendar.workdays_before(at.astimezone(ZONE).date(), 0)
            assert dt.datetime.combine(before, dt.time(), ZONE) <= offered


@given(LADDERS, HOURS, HOURS, RULES, st.lists(HOURS, max_size=5))
def test_whenever_one_looks_each_rung_is_climbed_once(
    ladder: list[EscalationLevel],
    offered: dt.datetime,
    due: dt.datetime,
    rule: LevelTimes,
    looks: list[dt.datetime],
) -> None:
    times = rule.of(ladder, due, offered)
    climbed: list[int] = []
    behind, next_at = 0, min(times)
    for now in sorted([*looks, START + dt.timedelta(days=60)]):
        if now >= offered and next_at is not None and next_at <= now:
            some, behind, next_at = passed(times, behind, offered, now)
            climbed += some
    ahead = [place for place, at in enumerate(times) if at > offered]
    assert climbed == (ahead or [len(times) - 1]), "somebody is told, however late the work came"
    assert next_at is None


@given(LADDERS, HOURS, HOURS, st.lists(st.tuples(HOURS, RULES, st.integers(0, 96)), min_size=1, max_size=8))
def test_nothing_is_climbed_twice_or_left_behind_when_calendar_and_due_date_change(
    ladder: list[EscalationLevel],
    offered: dt.datetime,
    due: dt.datetime,
    nights: list[tuple[dt.datetime, LevelTimes, int]],
) -> None:
    climbed: list[int] = []
    behind = 0
    for now, rule, later in sorted(
        (night for night in nights if night[0] >= offered), key=lambda one: one[0]
    ):
        due += dt.timedelta(hours=later)
        times, before = rule.of(ladder, due, offered), behind
        some, behind, next_at = passed(times, before, offered, now)
        ahead = [place for place in range(before, behind) if times[place] > offered]
        assert some == (ahead or list(range(max(before, len(times) - 1), behind)))
        assert all(at > now for at in times[behind:])
        assert before <= behind
        assert next_at == (times[behind] if behind < len(times) else None)
        climbed += some
    assert climbed == sorted(set(climbed))
