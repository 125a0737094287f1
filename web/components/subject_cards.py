"""What a piece of work is about, in a card: a household, a ticket, a village."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.owners import post_in
from rectification.access.unmasking import masked_phone, may_reveal
from rectification.campaigns.catalogue import CheckItem
from rectification.households.model import KINDS, Household
from rectification.matters.case import Case
from rectification.matters.ticket import Ticket
from rectification.people.model import Person
from rectification.places.areas import Area, full_name
from rectification.places.units import Unit
from rectification.work_streams.model import WorkStream
from web.components.evidence_views import pictures_about
from web.dates import DateFormatter
from web.fields.surroundings import StoredPicture
from web.i18n import gettext as _
from web.i18n import translate
from web.labels import role_words

Facts = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SubjectCard:
    """One card."""

    kind: str
    title: str
    path: str
    facts: Sequence[tuple[str, str]]
    text: str = ""
    photos: Sequence[StoredPicture] = ()
    masked: Sequence[Masked] = ()


@dataclass(frozen=True, slots=True)
class Masked:
    """A number that is shown in full on request, to those whose work needs it."""

    label: str
    text: str
    field: str
    path: str


def _number(key: str) -> int:
    number = key.partition(":")[2]
    return int(number) if number.isdigit() else 0


def places_of(session: Session, keys: Iterable[str]) -> dict[str, str]:
    """Where and with whom, for many keys at once."""
    result = set(keys)
    by = {
        kind: [key for key in result if key.startswith(f"{kind}:")]
        for kind in ("household", "ticket", "case", "unit", "village")
    }
    found: dict[str, str] = {}
    homes = select(Household.id, Household.head, Area.name).join(Area, Area.code == Household.village)
    for number, head, village in session.execute(
        homes.where(Household.id.in_([_number(k) for k in by["household"]]))
    ):
        found[f"household:{number}"] = f"{village} · {head}"
    issues = select(Ticket.id, Ticket.number, Ticket.description, Household.head, Area.name).join(
        Area, Area.code == Ticket.village
    )
    issues = issues.join(Household, Household.id == Ticket.household_id, isouter=True)
    for row in session.execute(issues.where(Ticket.id.in_([_number(k) for k in by["ticket"]]))):
        found[f"ticket:{row.id}"] = " · ".join(
            part for part in (row.name, row.head, row.number, row.description[:40]) if part
        )
    parts = select(Case.id, Household.head, Area.name).join(Household, Household.id == Case.household_id)
    parts = parts.join(Area, Area.code == Case.village)
    for number, head, village in session.execute(parts.where(Case.id.in_([_number(k) for k in by["case"]]))):
        found[f"case:{number}"] = f"{village} · {head}"
    bodies = select(Unit.id, Unit.name).where(Unit.id.in_([_number(k) for k in by["unit"]]))
    found.update({f"unit:{number}": name for number, name in session.execute(bodies)})
    places = select(Area.code, Area.name).where(Area.code.in_([k.partition(":")[2] for k in by["village"]]))
    found.update({f"village:{code}": name for code, name in session.execute(places)})
    return found


def path_of(key: str) -> str:
    """The page of what a business key names."""
    kind, _sign, name = key.partition(":")
    pages = {"household": "/households", "ticket": "/tickets", "case": "/cases", "village": "/villages"}
    return f"{pages[kind]}/{name}" if kind in pages else ""


def subject_of(session: Session, key: str, calendar: DateFormatter, viewer: int | None = None) -> SubjectCard:
    """The card of a business key."""
    kind = key.partition(":")[0]
    if kind == "household" and (home := session.get(Household, _number(key))):
        return household_card(session, home, viewer, calendar.today)
    if kind == "ticket" and (issue := session.get(Ticket, _number(key))):
        return ticket_card(session, issue, calendar)
    if kind == "case" and (part := session.get(Case, _number(key))):
        return case_card(session, part)
    if kind == "unit" and (unit := session.get(Unit, _number(key))):
        return SubjectCard(_("Unit"), unit.name, "", [(_("Area"), full_name(session, unit.area_code))])
    if kind == "village" and (place := session.get(Area, key.partition(":")[2])):
        return SubjectCard(
            _("Village"), full_name(session, place.code), f"/villages/{place.code}", [(_("Code"), place.code)]
        )
    return SubjectCard(_("About"), key, "", [])


def household_card(
    session: Session, home: Household, viewer: int | None = None, today: dt.date | None = None
) -> SubjectCard:
    """A household. Its numbers are masked; whose work is with it reads the phone and may ask for the other."""
    near = viewer is not None and today is not None and may_reveal(session, viewer, home, today)
    helper = session.get(Person, home.helper_id) if home.helper_id else None
    facts: Facts = [
        (_("Household no."), home.number),
        (_("Village"), full_name(session, home.village, home.county)),
        (_("Group"), home.group_no or ""),
        (_("Kind"), translate(KINDS.get(home.kind, home.kind))),
        (_("Members"), str(home.members_registered)),
        (_("Identity no."), "" if near else home.masked_id_number),
        (_("Phone"), (home.phone or "") if near else masked_phone(home.phone)),
        (_("Helper"), helper.name if helper else ""),
    ]
    path = f"/households/{home.id}"
    card = SubjectCard(_("Household"), home.head, path, [fact for fact in facts if fact[1]])
    if not near or not home.head_id_number:
        return card
    number = Masked(_("Identity no."), home.masked_id_number, "id_number", f"{path}/reveal")
    return replace(card, masked=[number])


def case_card(session: Session, case: Case) -> SubjectCard:
    """A household in a key work."""
    card = household_card(session, session.get_one(Household, case.household_id))
    name = translate(session.get_one(WorkStream, case.work_stream_id).name)
    return replace(card, path=f"/cases/{case.id}", facts=[(_("Key work"), name), *card.facts])


def ticket_card(session: Session, issue: Ticket, calendar: DateFormatter) -> SubjectCard:
    """A ticket with what was found."""
    head = session.get(Household, issue.household_id) if issue.household_id else None
    place = full_name(session, issue.village, issue.county)
    found = issue.description.strip().partition("\n")[0][:40]
    title = " · ".join(part for part in (issue.number, place, head.head if head else "", found) if part)
    facts = [fact for fact in ticket_facts(session, issue, calendar) if fact[1]]
    return SubjectCard(
        _("Ticket"),
        title,
        f"/tickets/{issue.id}",
        facts,
        issue.description,
        pictures_about(session, issue.key)[:6],
    )


def ticket_facts(session: Session, issue: Ticket, calendar: DateFormatter) -> Facts:
    """What is known about a ticket, in the order in which it becomes known."""
    head = session.get(Household, issue.household_id) if issue.household_id else None
    person = session.get(Person, issue.resp_person_id) if issue.resp_person_id else None
    unit = session.get(Unit, issue.resp_unit_id) if issue.resp_unit_id else None
    dept = session.get(Unit, issue.line_dept_id) if issue.line_dept_id else None
    finder = session.get(Person, issue.found_by_id) if issue.found_by_id else None
    facts: Facts = [
        (_("Check item"), f"{issue.item} {item_name(session, issue)}"),
        (_("Household"), head.head if head else ""),
        (_("Village"), full_name(session, issue.village, issue.county)),
        (_("Found on"), calendar.day(issue.found_on)),
        (_("Found by"), finder.name if finder else ""),
        (_("Line department"), dept.name if dept else ""),
        (_("Measure"), issue.measure or ""),
        (_("Responsible unit"), unit.name if unit else ""),
        (_("Responsible person"), person.name if person else ""),
        (_("Due"), calendar.due(issue.due_at) if issue.due_at else ""),
        (_("Closed on"), calendar.day(issue.closed_at)),
        (
            _("Recorded under"),
            " ".join(part for part in (issue.external_number, calendar.day(issue.external_date)) if part),
        ),
    ]
    return [fact for fact in facts if fact[1]]


def item_name(session: Session, issue: Ticket) -> str:
    """The short name of the check item that failed."""
    query = select(CheckItem).where(CheckItem.campaign_id == issue.campaign_id, CheckItem.code == issue.item)
    row = session.scalars(query).one_or_none()
    return translate(row.name) if row else ""


def owner_words(session: Session, owner: str) -> str:
    """Whose work it is: a person's name, or a post and its place."""
    if owner.startswith("person:"):
        person = session.get(Person, _number(owner))
        return person.name if person else owner
    pair = post_in(owner)
    if pair is None:
        return _("several people")
    role, scope = pair
    if scope.startswith("U") and scope[1:].isdigit():
        unit = session.get(Unit, int(scope[1:]))
        place = unit.name if unit else ""
    else:
        area = session.get(Area, scope)
        place = area.name if area else ""
    return f"{place} {role_words(role)}".strip()
