"""When rules fall due: reminders keep to working days, and no rule is applied twice or lost."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from rectification.calendar.calendar import Calendar
from rectification.escalation.policy import EscalationRule
from rectification.escalation.schedule import EscalationTimes, passed

ZONE = ZoneInfo("Asia/Shanghai")
START = dt.datetime(2019, 9, 2, tzinfo=ZONE)
HOURS = st.integers(0, 40 * 24).map(lambda hours: START + dt.timedelta(hours=hours))
ESCALATIONS = st.lists(st.integers(-240, 120), min_size=1, max_size=8).map(
    lambda offsets: [
        EscalationRule(place, dt.timedelta(hours=hours), 0, "owner", "none", "app")
        for place, hours in enumerate(sorted(offsets))
    ]
)
CALENDARS = st.dictionaries(
    st.integers(-12, 45).map(lambda days: (START + dt.timedelta(days=days)).date()),
    st.sampled_from(["holiday", "makeup"]),
).map(Calendar)
RULES = st.one_of(st.just(EscalationTimes(ZONE)), CALENDARS.map(lambda one: EscalationTimes(ZONE, one)))


@given(ESCALATIONS, HOURS, HOURS, CALENDARS)
def test_a_reminder_comes_on_a_working_day_unless_the_work_came_after_it(
    escalation: list[EscalationRule], due: dt.datetime, offered: dt.datetime, calendar: Calendar
) -> None:
    times = EscalationTimes(ZONE, calendar).of(escalation, due, offered)
    assert times == sorted(times)
    for rule, at in zip(escalation, times, strict=True):
        plain = due + rule.offset
        assert at <= plain
        assert not any(
            calendar.is_workday(at.astimezone(ZONE).date() + dt.timedelta(days=day))
            for day in range(1, (plain.astimezone(ZONE).date() - at.astimezone(ZONE).date()).days + 1)
        ), "no working day that is nearer was passed over"
        assert rule.offset < dt.timedelta() or at == plain, "what is not a reminder never moves"
        if not calendar.is_workday(at.astimezone(ZONE).date()) and rule.offset < dt.timedelta():
            before = calendar.workdays_before(at.astimezone(ZONE).date(), 0)
            assert dt.datetime.combine(before, dt.time(), ZONE) <= offered


@given(ESCALATIONS, HOURS, HOURS, RULES, st.lists(HOURS, max_size=5))
def test_whenever_one_looks_each_rule_is_applied_once(
    escalation: list[EscalationRule],
    offered: dt.datetime,
    due: dt.datetime,
    rule: EscalationTimes,
    looks: list[dt.datetime],
) -> None:
    times = rule.of(escalation, due, offered)
    applied: list[int] = []
    behind = 0
    next_at: dt.datetime | None = min(times)
    for now in sorted([*looks, START + dt.timedelta(days=60)]):
        if now >= offered and next_at is not None and next_at <= now:
            some, behind, next_at = passed(times, behind, offered, now)
            applied += some
    ahead = [place for place, at in enumerate(times) if at > offered]
    assert applied == (ahead or [len(times) - 1]), "somebody is told, however late the work came"
    assert next_at is None


@given(
    ESCALATIONS, HOURS, HOURS, st.lists(st.tuples(HOURS, RULES, st.integers(0, 96)), min_size=1, max_size=8)
)
def test_nothing_is_applied_twice_or_left_behind_when_calendar_and_due_date_change(
    escalation: list[EscalationRule],
    offered: dt.datetime,
    due: dt.datetime,
    batches: list[tuple[dt.datetime, EscalationTimes, int]],
) -> None:
    applied: list[int] = []
    behind = 0
    for now, rule, later in sorted(
        (batch for batch in batches if batch[0] >= offered), key=lambda one: one[0]
    ):
        due += dt.timedelta(hours=later)
        times, before = rule.of(escalation, due, offered), behind
        some, behind, next_at = passed(times, before, offered, now)
        ahead = [place for place in range(before, behind) if times[place] > offered]
        assert some == (ahead or list(range(max(before, len(times) - 1), behind)))
        assert all(at > now for at in times[behind:])
        assert before <= behind
        assert next_at == (times[behind] if behind < len(times) else None)
        applied += some
    assert applied == sorted(set(applied))
