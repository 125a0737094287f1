"""The installation of the matrix: a bit of everything in one county, and people who stand to it in every relation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine.authoring import drafts
from engine.clock import PushedClock
from engine.database import Database
from engine.host import Actor
from engine.schema import definitions, incidents, instances
from engine.text import LocalizedText
from notifications.devices import Device
from notifications.endpoints import Endpoint
from notifications.notices import Delivery, Notice
from notifications.outgoing_messages import DeliveryOutcome, OutgoingMessage
from rectification.calendar.holidays import Day
from rectification.campaigns.model import Campaign, Milestone, get_campaign
from rectification.core.context import ActionContext
from rectification.core.jobs import enqueue, job_folder
from rectification.escalation.acknowledgements import AcknowledgementRequest
from rectification.escalation.policy import EscalationStep
from rectification.households.measures import HouseholdMeasure
from rectification.households.model import Household
from rectification.imports.uploads import Upload, keep_upload
from rectification.ledger.saved_filters import SavedFilter
from rectification.matters.case import Case, open_cases
from rectification.matters.consultation import Consultation, ConsultedPerson
from rectification.matters.result import HouseholdResult, ResultDecision
from rectification.matters.ticket import Ticket
from rectification.matters.timezone import acting_now
from rectification.matters.visit import Visit
from rectification.people.deputies import Deputy
from rectification.people.model import Person
from rectification.people.posts import INSTALLATION, Post
from rectification.people.roles import UNIT_ROLES
from rectification.places.areas import Division, add_divisions
from rectification.places.units import Unit
from rectification.rescheduling.calendar import CalendarChange
from rectification.rescheduling.calendar import ask as ask_calendar
from rectification.rescheduling.model import Rescheduling, move_milestones
from rectification.tickets.carbon_copies import CarbonCopy
from rectification.work_streams.model import get_templates, take_up
from tests.rectification.campaign import (
    CITY,
    COUNTY,
    EAST,
    FAR,
    FAR_COUNTY,
    FAR_TOWN,
    MILESTONES,
    TOWN,
    SmallCampaign,
)
from tests.rectification.test_imports_books import book
from tests.web.application import START, TinyDemoClock, TinyHouse, TinySettings
from tests.web.conftest import Street
from tests.web.test_by_hand import HOUSEHOLD_CHECK as EXTRA
from web.app import create_app
from web.security.api_tokens import create_token
from web.security.feed_secrets import new_address
from web.security.tables import api_tokens

OTHER_CITY, OTHER_COUNTY, OTHER_TOWN, OTHER = "341300", "341321", "341321100", "341321100401"
SECRETS: Final = ("王查无此人", "13800001111", "半年未上门之事")
"""Of the household and of the ticket: whoever is not let in reads none of it."""
ROLES: Final = (
    "helper", "team_lead", "village_office", "town_office", "county_office", "city_office", "line_dept", "unit_leader", "inspector",
    "process_owner", "admin",
)  # fmt: skip
_PLACES: Final[Mapping[str, Mapping[str, str]]] = {
    "own": {"village": EAST, "town": TOWN, "county": COUNTY, "city": CITY},
    "county": {"village": FAR, "town": FAR_TOWN, "county": FAR_COUNTY, "city": OTHER_CITY},
    "campaign": {"village": OTHER, "town": OTHER_TOWN, "county": OTHER_COUNTY, "city": OTHER_CITY},
}
_LEVELS: Final = {
    "helper": "village", "team_lead": "village", "village_office": "village", "town_office": "town", "city_office": "city",
}  # fmt: skip
"""The level of a role's area; of the others it is the county."""
DAY_BEFORE: Final = START.date() - dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Matrix:
    """The street, its people by role and relation, and the numbers of its things."""

    street: Street
    people: Mapping[tuple[str, str], int]
    things: Mapping[str, Any]


class _Robot:
    """A channel that takes everything."""

    def send(self, letters: list[OutgoingMessage]) -> list[DeliveryOutcome]:
        return [DeliveryOutcome() for _one in letters]


def build(folder: Path, url: str) -> Matrix:
    """Two counties of a city with one campaign, and another city with another."""
    database = Database(url)
    database.create_all()
    small = SmallCampaign(database, PushedClock(START), folder)
    small.furnish()
    small.second_county("Asia/Shanghai")
    _other_city(small)
    ticket = small.in_progress()
    people = _people(small)
    things = _things(small, people, ticket)
    with database.writing() as session:
        session.execute(update(Household).where(Household.id == 1).values(head=SECRETS[0], phone=SECRETS[1]))
        session.execute(update(Ticket).where(Ticket.id == ticket).values(description=SECRETS[2]))
    application = TinyHouse(database, small.clock, small.engine, TinySettings(folder))
    application.demo_clock = TinyDemoClock(START)
    application.delivery.channels["webhook"] = _Robot()  # type: ignore[assignment]
    clock = PushedClock(START)
    return Matrix(Street(application, clock, create_app(application, machine_clock=clock)), people, things)


def _other_city(small: SmallCampaign) -> None:
    """A campaign of its own; that of the second county is the second county's alone."""
    with small.database.writing() as session:
        add_divisions(
            session,
            (
                Division(OTHER_CITY, "宿州市", "city", ""),
                Division(OTHER_COUNTY, "砀山县", "county", OTHER_CITY),
                Division(OTHER_TOWN, "砀城镇", "town", OTHER_COUNTY),
                Division(OTHER, "别村", "village", OTHER_TOWN),
            ),
        )
        session.execute(update(Campaign).where(Campaign.id == 2).values(area_code=FAR_COUNTY))
        dates = [
            Milestone(name=name, day=dt.date(2019, 9, day), cutoff=None) for name, day in MILESTONES.items()
        ]
        session.add(
            Campaign(name="别市回头看", name_en="x", year=2019, area_code=OTHER_CITY, milestones=dates)
        )


def _people(small: SmallCampaign) -> dict[tuple[str, str], int]:
    """By role and relation: with the post there, standing in for whoever has it, and with a post that has ended."""
    result: dict[tuple[str, str], int] = {}
    with small.database.writing() as session:
        units = {
            "own": small.units["health"],
            "county": _unit(session, FAR_COUNTY),
            "campaign": _unit(session, OTHER_COUNTY),
        }
        for role in ROLES:
            for relation in ("own", "county", "campaign", "former"):
                who = (
                    small.people["helper"]
                    if (role, relation) == ("helper", "own")
                    else _person(session, role, relation)
                )
                result[role, relation] = who
                where = "own" if relation == "former" else relation
                code = _PLACES[where][_LEVELS.get(role, "county")]
                unit = _unit_of(small, role, where, units)
                row = Post(
                    person_id=who, role=role, scope=f"U{unit}" if unit else code, unit_id=unit, area_code=code
                )
                row.since = dt.date(2019, 1, 1)
                row.until = DAY_BEFORE if relation == "former" else None
                if (role, relation) != ("helper", "own"):
                    session.add(row)
            result[role, "deputy"] = who = _person(session, role, "deputy")
            session.add(Deputy(person_id=who, stands_in_for_id=result[role, "own"], since=START.date()))
        result["admin", "installation"] = who = _person(session, "admin", "installation")
        row = Post(person_id=who, role="admin", scope=INSTALLATION, since=dt.date(2019, 1, 1))
        session.add(row)
    return result


def _unit_of(small: SmallCampaign, role: str, where: str, units: Mapping[str, int]) -> int | None:
    """The unit of roles that are held at one: at home the leader's is the one that repairs."""
    if role not in UNIT_ROLES:
        return None
    return small.units["team"] if (role, where) == ("unit_leader", "own") else units[where]


def _unit(session: Session, code: str) -> int:
    row = Unit(name=f"{code}卫健委", kind="line_dept", area_code=code, field="health")
    session.add(row)
    session.flush()
    return row.id


def _person(session: Session, role: str, relation: str) -> int:
    row = Person(name=f"{role}-{relation}", login=f"{role}-{relation}", language="zh")
    session.add(row)
    session.flush()
    return row.id


def _result(session: Session, now: dt.datetime, by: int) -> int:
    """The result of the first household: decided, and to be looked at again."""
    result = HouseholdResult(
        campaign_id=1, household_id=1, village=EAST, town=TOWN, county=COUNTY, kind="exit_planned"
    )
    result.proposal = result.outcome = "exit"
    result.proposed_at = result.decided_at = now
    result.status, result.look_again, result.facts = "decided", "情况有变化", {}
    session.add(result)
    session.flush()
    decision = {"how": "decided", "outcome": "exit", "reason": "达标", "facts": {}, "papers": []}
    session.add(ResultDecision(result_id=result.id, by_id=by, at=now, **decision))
    session.add(HouseholdMeasure(household_id=1, year=2017, kind="产业扶贫"))
    return result.id


def _things(small: SmallCampaign, people: Mapping[tuple[str, str], int], ticket: int) -> dict[str, Any]:
    """A thing of each kind, all of them in the first county."""
    key, helper, engine = f"ticket:{ticket}", people["helper", "own"], small.engine
    county, owner = people["county_office", "own"], people["process_owner", "own"]
    found: dict[str, Any] = {"ticket": ticket, "household": 1, "village": EAST, "area": COUNTY, "campaign": 1}
    found["item"] = small.item(key, "rectify").id
    found["evidence"] = small.photo(key)
    small.clock.push_to(START)
    with small.database.writing() as session:
        one, now = get_campaign(session, 1), small.clock.now()
        found["visit"] = session.scalars(select(Visit.id)).first()
        found["instance"] = session.scalars(select(instances.c.id).where(instances.c.key == key)).first()
        work = take_up(
            small.acting(session, "city"), one, next(t for t in get_templates() if t.code == "recheck")
        )
        session.flush()
        open_cases(session, engine, work, EAST)
        found["case"] = session.scalars(select(Case.id).where(Case.household_id == 1)).one()
        found["result"] = _result(session, now, helper)
        found["definition"] = session.scalars(select(definitions.c.id).order_by(definitions.c.id)).first()
        version = engine.definitions.version(session, found["definition"])
        found["draft"] = drafts.begin(session, version, "改一处", small.actor("county"), now, COUNTY)
        found["instances"] = list(session.scalars(select(instances.c.id)))
        _stopped(session, found["instance"], now)
        found["endpoint"] = _endpoint(session, COUNTY)
        found["device"] = _endpoint(session, EAST)
        session.add(Device(endpoint_id=found["device"], person_id=helper, fingerprint="x", added_at=now))
        notice = session.scalars(select(Notice).where(Notice.person_id == helper).order_by(Notice.id)).first()
        assert notice is not None
        row = Delivery(
            notice_id=notice.id,
            channel="mail",
            address="x@example.cn",
            state="dead",
            attempts=1,
            next_try_at=now,
        )
        session.add(row)
        session.flush()
        found["delivery"] = row.id
        change = ask_calendar(
            small.acting(session, "county"), COUNTY, [Day(dt.date(2019, 9, 10), "holiday", "停工")], "x"
        )
        found["calendar_change"] = change.id
        proposal = {"closing": {"day": "2019-10-30", "cutoff": None}}
        found["rescheduling"] = move_milestones(small.acting(session, "city"), one, proposal, "x").id
        copy = CarbonCopy(
            ticket_id=ticket, person_id=people["inspector", "own"], note="", by_id=helper, at=now
        )
        saved = SavedFilter(person_id=helper, name="我的", query="state=open", created_at=now)
        deputy = Deputy(
            person_id=people["village_office", "own"], stands_in_for_id=helper, since=dt.date(2020, 1, 1)
        )
        awaited = AcknowledgementRequest(
            work_item_id=found["item"], rule=1, level=1, who="unit_leader", colour="yellow", channel="app"
        )
        awaited.asked_at, awaited.due_at = now, now + dt.timedelta(days=2)
        told = EscalationStep(
            work_item_id=found["item"], rule=1, level=1, colour="yellow", who="unit_leader", escalation_at=now
        )
        told.person_id, told.at, told.late, told.batch_id = people["unit_leader", "own"], now, False, 0
        session.add_all([copy, saved, deputy, awaited, told])
        session.flush()
        found |= {"copy": copy.id, "filter": saved.id, "deputy": deputy.id, "awaited": awaited.id}
        create_token(session, helper, "tests", now)
        found["token"] = session.scalars(select(api_tokens.c.id).order_by(api_tokens.c.id.desc())).first()
        found["calendar_secret"] = new_address(session, people["inspector", "own"], now)
        found["asset"] = "app.js"
        draft = drafts.get_draft(session, engine.definitions, found["draft"], lock=True)
        extra = {"extra_check.bpmn": EXTRA.encode()}
        drafts.save(session, draft, extra, draft.revision, small.actor("county"), now)
        asked = Consultation(
            ticket_id=ticket,
            work_item_id=found["item"],
            step="整改",
            element="rectify",
            kind="opinion",
            needed=1,
        )
        asked.question, asked.by_id, asked.at, asked.due_at = "x", helper, now, now + dt.timedelta(days=2)
        session.add(asked)
        session.flush()
        session.add(ConsultedPerson(consultation_id=asked.id, person_id=people["inspector", "own"]))
        found["question"] = asked.id
        found["upload"] = _upload(acting_now(session, small.engine, Actor("x", county)), small.folder)
        found["job"] = _job(acting_now(session, small.engine, Actor("x", helper)), small.folder)
        asking = acting_now(session, small.engine, Actor("x", owner))
        moving = enqueue(asking, "migrate", LocalizedText("x", "x"), target=1, process="rectification", instances=[], places={}, rearm=[], reason="x")  # fmt: skip
        found["migration"] = moving.id
        found["helper"] = helper
        found["helper_post"] = session.scalars(select(Post.id).where(Post.person_id == helper)).first()
    return found


def _stopped(session: Session, instance: int, now: dt.datetime) -> None:
    said = {
        "doing": "timer",
        "detail": "",
        "happened_at": now,
        "words_zh": "停了。",
        "words_en": "It stopped.",
    }
    row = {"instance_id": instance, "subject": f"instance:{instance}", "element": "rectify", "name": "整改"}
    session.execute(insert(incidents), {**said, **row})


def _endpoint(session: Session, code: str) -> int:
    row = Endpoint(kind="webhook", name=code, address="https://example.invalid/x", area_code=code)
    session.add(row)
    session.flush()
    return row.id


def _upload(context: ActionContext, folder: Path) -> int:
    data = book(
        ("农户", [("户编号", "村", "户主", "户类型", "人口"), ("N-1", "无此村", "王一", "边缘户", 2)])
    )
    upload: Upload = keep_upload(context, folder, 1, "households", data, "农户.xlsx")
    upload.state, upload.counts = (
        "tried",
        {"whole": 0, "bad": 1, "created": 0, "changed": 0, "unchanged": 0, "ignored": 0, "doubtful": 0},
    )
    context.session.flush()
    return upload.id


def _job(context: ActionContext, folder: Path) -> int:
    row = enqueue(context, "export", LocalizedText("台账", "Ledger"))
    row.state, row.result = "done", "台账.xlsx"
    place = job_folder(folder, row.id)
    place.mkdir(parents=True, exist_ok=True)
    (place / row.result).write_bytes(b"PK")
    return row.id


def renew(matrix: Matrix) -> None:
    """What an act ended is there again for the next one who is let in."""
    things, now = matrix.things, START
    with matrix.street.application.database.writing() as session:
        session.execute(update(Delivery).values(state="dead"))
        session.execute(update(Endpoint).values(active=True))
        session.execute(update(Deputy).values(ended_at=None))
        session.execute(update(Consultation).values(called_off_at=None))
        session.execute(
            update(AcknowledgementRequest).values(acknowledged_at=None, passed_over_at=None, by_id=None)
        )
        session.execute(update(Upload).values(state="tried"))
        session.execute(update(Post).where(Post.id == things["helper_post"]).values(until=None))
        session.execute(update(CalendarChange).values(state="open"))
        session.execute(update(Rescheduling).values(state="looking"))
        if session.get(SavedFilter, things["filter"]) is None:
            row = SavedFilter(
                id=things["filter"], person_id=things["helper"], name="我的", query="", created_at=now
            )
            session.add(row)
