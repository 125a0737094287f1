"""The ledger's conditions mean in SQL what they say, and never reach beyond the asker's scope."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from engine.errors import WrongValues
from rectification.households.model import Household
from rectification.ledger import filters as ledger
from rectification.ledger import pages
from rectification.ledger.columns import COLUMNS
from rectification.ledger.filters import SORTED_BY, Filters, Sort, matching
from rectification.ledger.pages import Figure
from rectification.matters.status import ENDED
from rectification.matters.ticket import Ticket
from rectification.places.units import Unit
from rectification.tickets.hung import HungTicket
from tests.rectification.campaign import COUNTY, EAST, TOWN, WEST, ZONE, SmallCampaign

NOW = dt.datetime(2019, 9, 22, 2, 30, tzinfo=dt.UTC)
STATUSES = ("draft", "listed", "in_progress", "submitted", "hung", "closed", "void", "invented_step", None)
TEXTS = ("住院缴纳押金", "家庭医生 100% 签约", "房屋_漏雨", "Deposit", None)


def a_ledger(small: SmallCampaign, count: int = 120) -> None:
    """Tickets with every kind of value and with none; some hang."""
    dice = random.Random(20190902)
    with small.database.writing() as session:
        for place in range(count):
            session.add(_ticket(small, dice, place))
        session.flush()
        for row in session.scalars(select(Ticket).where(Ticket.status == "hung")):
            day = dt.date(2019, 10, dice.randint(1, 28))
            for until in (NOW, None):
                session.add(HungTicket(ticket_id=row.id, since=NOW, review_date=day, note="", until=until))
                day += dt.timedelta(days=1)


def _ticket(small: SmallCampaign, dice: random.Random, place: int) -> Ticket:
    village = dice.choice((EAST, WEST))
    homes = [number for name, number in small.homes.items() if name.startswith(village[-3:])]
    people, units = [*small.people.values(), None], [*small.units.values(), None]
    status = dice.choice(STATUSES)
    closed = status == "closed"
    at = NOW + dt.timedelta(minutes=dice.randint(-9 * 1440, 9 * 1440))
    return Ticket(
        campaign_id=1, number=dice.choice((f"颍上-{place:03}", None)), household_id=dice.choice((*homes, None)), village=village, town=TOWN,
        county=COUNTY, item=dice.choice(("A5", "E3", "E4")), category=dice.choice(("1", "2")), line_dept_id=dice.choice(units),
        description=dice.choice(TEXTS) or "", source=dice.choice(("visit", "income")), found_on=dt.date(2019, 9, dice.randint(1, 20)),
        found_by_id=dice.choice(people), status=status, rect_type=dice.choice(("immediate", "staged", None)), measure=dice.choice(TEXTS),
        resp_unit_id=dice.choice(units), resp_person_id=dice.choice(people), due_at=dice.choice((at, None)), rounds=dice.randint(0, 3),
        escalation_level=dice.randint(0, 4), slow=dice.random() < 0.3, close_type=dice.choice(("rectified", "not_true")) if closed else None,
        closed_at=at if closed else None, closed_late=dice.choice((True, False)) if closed else None,
        record_channel="paper_archive" if closed else None, external_number=f"SB-{place}" if closed else None,
        external_date=dt.date(2019, 9, dice.randint(1, 28)) if closed else None, created_at=NOW,
        subject_kind=dice.choice(("household", "village", "unit")), subject_name=dice.choice(TEXTS),
    )  # fmt: skip


def facts(session: Session, ticket: Ticket, names: Mapping[str, Mapping[int, str]]) -> dict[str, Any]:
    """What each column holds of a ticket, worked out by hand."""
    home = session.get(Household, ticket.household_id) if ticket.household_id else None
    held = session.scalars(
        select(HungTicket).where(HungTicket.ticket_id == ticket.id, HungTicket.until.is_(None))
    ).one_or_none()
    is_open = ticket.status not in ENDED
    late = is_open and ticket.due_at is not None and ticket.due_at < NOW
    passed = NOW - ticket.due_at if late and ticket.due_at else dt.timedelta()
    return {
        "number": ticket.number, "status": ticket.status, "description": ticket.description, "head": home and home.head, "kind": home and home.kind,
        "county": ticket.county, "town": ticket.town, "village": ticket.village, "category": ticket.category, "item": ticket.item, "source": ticket.source,
        "found": ticket.found_on, "finder": names["people"].get(ticket.found_by_id or 0), "rect_type": ticket.rect_type, "measure": ticket.measure,
        "unit": names["units"].get(ticket.resp_unit_id or 0), "dept": names["units"].get(ticket.line_dept_id or 0),
        "person": names["people"].get(ticket.resp_person_id or 0), "due": ticket.due_at and ticket.due_at.astimezone(ZONE).date(), "overdue": late,
        "days_overdue": passed.days + (passed % dt.timedelta(days=1) > dt.timedelta()) if late else None, "rounds": ticket.rounds,
        "level": ticket.escalation_level, "slow": ticket.slow, "close_type": ticket.close_type,
        "closed": ticket.closed_at and ticket.closed_at.astimezone(ZONE).date(), "late": bool(ticket.closed_late), "channel": ticket.record_channel,
        "external": ticket.external_number, "recorded": ticket.external_date, "review": held and held.review_date,
        "subject": ticket.subject_kind, "about": ticket.subject_name, "open": is_open,
    }  # fmt: skip


def fits(found: Mapping[str, Any], pairs: list[tuple[str, str]]) -> bool:
    """The same question without SQL."""
    return all(_column_fits(found, name, pairs) for name in {_base(name) for name, _value in pairs})


def _base(name: str) -> str:
    return name.removesuffix("_from").removesuffix("_to")


def _column_fits(found: Mapping[str, Any], name: str, pairs: list[tuple[str, str]]) -> bool:
    plain = [value for one, value in pairs if one == name]
    if name in ("state", "area", "q"):
        return all(_WIDE[name](found, value) for value in plain)
    held = found[name]
    if "-" in plain and held in (None, ""):
        return True
    plain = [entry for entry in plain if entry != "-"]
    ranges = [(one, value) for one, value in pairs if one in (f"{name}_from", f"{name}_to")]
    if not plain and not ranges:
        return False
    if ranges and (held is None or not all(_in_range(held, one, value) for one, value in ranges)):
        return False
    if isinstance(held, bool):
        return held in [entry == "yes" for entry in plain]
    if COLUMNS[name].kind == "text":
        return held is not None and all(entry.lower() in held.lower() for entry in plain)
    return not plain or held in plain


def _in_range(held: Any, name: str, value: str) -> bool:
    bound = int(value) if isinstance(held, int) else dt.date.fromisoformat(value)
    return bool(held >= bound if name.endswith("_from") else held <= bound)


_WIDE: dict[str, Callable[[Mapping[str, Any], str], bool]] = {
    "state": lambda found, value: bool(
        {"open": found["open"], "overdue": found["overdue"]}.get(value, found["status"] == value)
    ),
    "area": lambda found, value: value in (found["village"], found["town"], found["county"], "341200"),
    "q": lambda found, value: any(value in (found[name] or "") for name in ("number", "description", "head")),
}


def a_condition(dice: random.Random, name: str) -> list[tuple[str, str]]:
    """Something to ask of a column: parts of texts, choices, bounds, nothing there."""
    if name in ("overdue", "slow", "late"):
        return [(name, dice.choice(("yes", "no")))]
    if dice.random() < 0.15:
        return [(name, "-")]
    match COLUMNS[name].kind:
        case "day":
            days = sorted(dt.date(2019, 9, 8) + dt.timedelta(days=dice.randint(0, 40)) for _ in range(2))
            return [(f"{name}_from", days[0].isoformat()), (f"{name}_to", days[1].isoformat())][
                dice.randint(0, 1) :
            ]
        case "number":
            low = dice.randint(0, 4)
            return [(f"{name}_from", str(low)), (f"{name}_to", str(low + dice.randint(0, 3)))][
                : dice.randint(1, 2)
            ]
        case "text":
            return [(name, dice.choice(("押金", "100%", "_漏", "颍上-0", "户主1", "DEPOSIT", "院", "SB-1")))]
    known = {
        "village": (EAST, WEST),
        "town": (TOWN,),
        "county": (COUNTY, "341299"),
        "kind": ("registered", "edge"),
    }
    result = {
        "category": ("1", "2"),
        "item": ("A5", "E3", "E4"),
        "source": ("visit", "income"),
        "subject": ("village", "unit"),
        "rect_type": ("immediate", "staged"),
    }
    rest = {
        "status": ("listed", "hung", "invented_step", "closed"),
        "close_type": ("rectified", "not_true"),
        "channel": ("paper_archive",),
    }
    options = {**known, **result, **rest}[name]
    return [(name, entry) for entry in dice.sample(options, dice.randint(1, min(2, len(options))))]


@pytest.mark.made_up_rows
def test_each_condition_and_their_combinations_mean_the_same_in_sql_as_in_words(small: SmallCampaign) -> None:
    a_ledger(small)
    dice = random.Random(7)
    conditions = [a_condition(dice, name) for name in COLUMNS for _ in range(3)]
    conditions += [[("state", entry)] for entry in ("open", "overdue", "hung", "closed")]
    conditions += [
        [("area", WEST)],
        [("area", TOWN)],
        [("area", "341200")],
        [("q", "押金")],
        [("q", "户主2")],
    ]
    conditions += [
        [pair for name in dice.sample(sorted(COLUMNS), 3) for pair in a_condition(dice, name)]
        for _ in range(60)
    ]
    with small.database.reading() as session:
        names = {"people": {n: one for one, n in small.people.items()}, "units": _unit_names(session)}
        told = {row.id: facts(session, row, names) for row in session.scalars(select(Ticket))}
        narrowed = 0
        for pairs in conditions:
            condition = matching(session, small.people["county"], NOW, Filters.read(pairs))
            result = set(session.scalars(select(Ticket.id).where(condition)))
            assert result == {number for number, one in told.items() if fits(one, pairs)}, pairs
            narrowed += 0 < len(result) < len(told)
        assert narrowed > len(conditions) / 3


def _unit_names(session: Session) -> dict[int, str]:
    return dict(session.execute(select(Unit.id, Unit.name)).all())


@pytest.mark.made_up_rows
def test_no_condition_shows_a_ticket_beyond_the_scope(small: SmallCampaign) -> None:
    a_ledger(small)
    dice = random.Random(11)
    with small.database.reading() as session:
        for who in ("west_lead", "helper", "clinic_leader", "health"):
            mine = set(
                session.scalars(select(Ticket.id).where(matching(session, small.people[who], NOW, Filters())))
            )
            assert mine
            for name in COLUMNS:
                condition = matching(session, small.people[who], NOW, Filters.read(a_condition(dice, name)))
                assert set(session.scalars(select(Ticket.id).where(condition))) <= mine, (who, name)


def test_a_filter_has_one_text_for_one_meaning() -> None:
    given = [
        ("due_to", "2019-09-20"),
        ("status", "listed"),
        ("status", "hung"),
        ("utm", "x"),
        ("head", " 张 "),
        ("sort", "due"),
    ]
    filters = Filters.read(given)
    assert filters.query == "status=hung&status=listed&head=%E5%BC%A0&due_to=2019-09-20&sort=due"
    assert Filters.from_query(filters.query) == filters == Filters.read(reversed(given))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("due_from", "soon"),
        ("rounds_to", "-1"),
        ("rounds_from", "²"),
        ("slow", "maybe"),
        ("state", "half"),
        ("found", "2019"),
    ],
)
def test_a_condition_that_cannot_be_read_is_refused_and_never_dropped(name: str, value: str) -> None:
    with pytest.raises(WrongValues) as wrong:
        Filters.read([("status", "hung"), (name, value)])
    assert set(wrong.value.problems) == {name}


@pytest.mark.made_up_rows
def test_pages_follow_each_other_in_every_order_without_gap_or_double(small: SmallCampaign) -> None:
    a_ledger(small, 60)
    who = small.people["county"]
    with small.database.reading() as session:
        orders = [f"{sign}{entry}" for entry in Sort for sign in ("", "-")]
        conditions: tuple[list[tuple[str, str]], ...] = (
            [],
            [("measure", "签约")],
            [("due_to", "2019-09-30")],
        )
        for order, condition in itertools.product(orders, conditions):
            filters = Filters.read([*condition, ("sort", order)])
            found: list[tuple[Any, int]] = []
            after = None
            while True:
                page = pages.page(session, who, NOW, filters, after, 7)
                found += [(row._mapping[SORTED_BY[filters.sort].key], row.id) for row in page.rows]
                after = page.after
                if after is None:
                    break
            result = [pair for pair in found if pair[0] is not None]
            assert result == sorted(result, reverse=order.startswith("-"))
            none = [number for value, number in found if value is None]
            assert found[len(result) :] == [(None, number) for number in none]
            assert none == sorted(none, reverse=order.startswith("-"))
            every = session.scalars(select(Ticket.id).where(matching(session, who, NOW, filters)))
            assert sorted(number for _value, number in found) == sorted(every)


@pytest.mark.made_up_rows
def test_figures_are_by_status_within_the_filter_and_say_when_they_stopped(small: SmallCampaign) -> None:
    a_ledger(small)
    who = small.people["county"]
    with small.database.reading() as session:
        filters = Filters.read([("village", EAST), ("status", "hung"), ("state", "hung")])
        told = pages.figures(session, who, NOW, filters)
        held = [row for row in session.scalars(select(Ticket)) if row.village == EAST]
        assert {one: figure.number for one, figure in told.by_status.items()} == Counter(
            entry.status for entry in held
        )
        still = [entry for entry in held if entry.status not in ENDED]
        assert told.open == Figure(len(still))
        assert told.overdue == Figure(sum(entry.due_at is not None and entry.due_at < NOW for entry in still))
        hung = sum(entry.status == "hung" for entry in held)
        assert pages.count(session, who, NOW, filters) == Figure(hung)
        assert pages.count(session, who, NOW, filters, hung - 1) == Figure(hung - 1, more=True)
        assert pages.figures(session, who, NOW, filters, 5).open.more
        assert pages.occurring(session) == sorted(status for status in STATUSES if status)


@pytest.mark.made_up_rows
def test_one_statement_serves_all_who_ask_alike_and_holds_nobodys_values(small: SmallCampaign) -> None:
    a_ledger(small, 60)
    with small.database.reading() as session:
        asked = [
            ledger.put(session, small.people[who], NOW, Filters.read([("status", status), ("sort", "due")]))
            for who, status in (("lead", "closed"), ("west_lead", "hung"))
        ]
        (question, values), (same, others) = asked
        assert question == same
        assert values != others
        kept = pages._by_number(question, False, False, 7)
        assert kept is pages._by_number(same, False, False, 7)
        for one, village in ((values, EAST), (others, WEST)):
            mine = session.scalars(select(Ticket).where(Ticket.id.in_(session.scalars(kept, one).all())))
            assert {row.village for row in mine} == {village}
        for missing in ("seen_person", "seen_villages", "condition0"):
            with pytest.raises(StatementError, match=f"required for bind parameter '{missing}'"):
                session.execute(kept, {name: value for name, value in values.items() if name != missing})


@pytest.mark.made_up_rows
def test_an_order_whose_index_finds_too_little_is_picked_out_of_all(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_ledger(small, 400)
    who = small.people["county"]
    monkeypatch.setattr(pages, "_REACH", 3)
    for entry in (pages._walked, pages._cut_off):
        entry.cache_clear()
        monkeypatch.setattr(pages, entry.__name__, entry.__wrapped__)
    with small.database.reading() as session:
        filters = Filters.read([("status", "closed"), ("sort", "due")])
        every = session.scalars(select(Ticket).where(matching(session, who, NOW, filters))).all()
        due = sorted((entry.due_at, entry.id) for entry in every if entry.due_at is not None)
        assert len(due) > 5
        first = pages.page(session, who, NOW, filters, None, 5)
        assert [row.id for row in first.rows] == [number for _due, number in due[:5]]
