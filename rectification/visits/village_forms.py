"""The forms of villages and departments: what they answer about themselves becomes tickets like any other."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.host import Step, Values
from engine.inputs import HandlerInput, guard, service
from engine.json import as_object
from engine.owners import post_owner, unit_owner
from engine.text import LocalizedText
from engine.worklist.selectables import running_instances
from rectification.calendar.deadlines import local_day
from rectification.campaigns.catalogue import CheckItem, get_check_items
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.history import record_event
from rectification.matters.issue_list import hold_village
from rectification.matters.status import GOING_ON
from rectification.matters.ticket import Ticket
from rectification.people.roles import Role
from rectification.places.areas import get_area, inside
from rectification.places.units import Unit
from rectification.tickets.findings import Find, FindingPlace, open_finding
from rectification.visits.answers import wrong_answers


class AskedPlace(HandlerInput):
    """The village, or the unit of a county with its field and its desk, that fills the form in."""

    campaign: int
    village: str = ""
    county: str = ""
    unit: int | None = None
    field: str = ""
    desk: str = ""


class FilledForm(AskedPlace):
    """The form as it was filled in."""

    answers: Mapping[str, object] = dataclasses.field(default_factory=dict)


class AnswersForm(HandlerInput):
    """The answers of the form."""

    answers: Mapping[str, object] | None


def questions_of(session: Session, place: AskedPlace, level: str) -> list[CheckItem]:
    """What a village or a department is asked; a department answers for its own field."""
    items = get_check_items(session, place.campaign, level)
    if level != "C":
        return items
    return [item for item in items if (item.field or "") == place.field]


@guard(AnswersForm, reads=AskedPlace)
def form_complete(step: Step, form: AnswersForm) -> Mapping[str, LocalizedText]:
    """Guard: every question answered, what failed with its reason and photo."""
    place = AskedPlace.read(step.variables)
    items = questions_of(step.session, place, "V" if place.unit is None else "C")
    wrong = wrong_answers(step, items, form.answers or {})
    return {} if wrong is None else {"answers": wrong}


@service(FilledForm, "problems_found")
def report_findings(step: Step, given: FilledForm) -> Values:
    """Make a ticket of each failed item that has none yet."""
    place = _place(step, given)
    hold_village(step.session, place.village)
    answers = {code: as_object(answer) for code, answer in given.answers.items()}
    day = local_day(step.now, get_campaign(step.session, place.campaign).zone)
    items = questions_of(step.session, given, "V" if place.kind == "village" else "C")
    failed = [item for item in items if item.fails(answers.get(item.code))]
    known = _open_items(step.session, place)
    new = [
        open_finding(
            step, place, Find(item, answers[item.code], day, step.actor.person, source=place.kind)
        ).id
        for item in failed
        if item.code not in known
    ]
    record_event(step, "checked", step.key, problems=len(failed), tickets=new)
    return {"problems_found": len(failed)}


def _place(step: Step, given: AskedPlace) -> FindingPlace:
    if given.unit is not None:
        name, county = step.session.get_one(Unit, given.unit).name, given.county
        return FindingPlace(given.campaign, county, county, county, kind="unit", name=name, desk=given.desk)
    village = get_area(step.session, given.village)
    place = FindingPlace(given.campaign, village.code, village.above("town"), village.above("county"))
    return FindingPlace(
        place.campaign, place.village, place.town, place.county, kind="village", name=village.name
    )


def _open_items(session: Session, place: FindingPlace) -> set[str]:
    query = select(Ticket.item).where(
        Ticket.campaign_id == place.campaign,
        Ticket.village == place.village,
        Ticket.subject_kind == place.kind,
        Ticket.subject_name == place.name,
        GOING_ON,
    )
    return set(session.scalars(query))


def begin_departments(session: Session, engine: Engine, campaign: Campaign) -> int:
    """Put the departments' form on the desk of each that has questions in its field; returns how many are new."""
    fields = {item.field for item in get_check_items(session, campaign.id, "C")}
    counties = [county.code for county in inside(session, campaign.area_code, "county")]
    kinds = ("line_dept", "county_office")
    query = select(Unit).where(Unit.kind.in_(kinds), Unit.area_code.in_(counties)).order_by(Unit.id)
    begun = 0
    for unit in session.scalars(query):
        key = f"unit:{unit.id}"
        running = select(running_instances.c.id).where(
            running_instances.c.key == key, running_instances.c.process == "department_check"
        )
        if unit.field not in fields or session.execute(running.limit(1)).first() is not None:
            continue
        desk = unit_owner(Role.LINE_DEPT, unit.id)
        if unit.kind == "county_office":
            desk = post_owner(Role.COUNTY_OFFICE, unit.area_code)
        values: Values = {
            "campaign": campaign.id,
            "county": unit.area_code,
            "unit": unit.id,
            "field": unit.field,
        }
        values["desk"] = desk
        engine.start(session, "department_check", key, values)
        begun += 1
    return begun
