"""What a piece of work is about, in a card: a household, a ticket, a village."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.owners import post_in
from rectification.access.unmasking import masked_phone, may_reveal
from rectification.campaigns.catalogue import CheckItem
from rectification.core.keys import case_key, household_key, result_key, split_key, ticket_key, village_key
from rectification.households.model import KINDS, Household
from rectification.matters.case import Case
from rectification.matters.result import HouseholdResult
from rectification.matters.ticket import Ticket
from rectification.people.model import names_of
from rectification.places.areas import Area, area_names, full_name
from rectification.places.units import Unit, unit_names
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
    by = {kind: [key for key in result if key.startswith(f"{kind}:")] for kind in _PLACED}
    places: dict[str, str] = {}
    for kind, keys in by.items():
        if keys:
            places.update(_PLACED[kind](session, keys))
    return places


def _homes(session: Session, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    query = select(Household.id, Household.head, Area.name).join(Area, Area.code == Household.village)
    rows = session.execute(query.where(Household.id.in_([_number(key) for key in keys])))
    return ((household_key(number), f"{village} · {head}") for number, head, village in rows)


def _tickets(session: Session, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    query = select(Ticket.id, Ticket.number, Ticket.description, Household.head, Area.name)
    query = query.join(Area, Area.code == Ticket.village)
    query = query.join(Household, Household.id == Ticket.household_id, isouter=True)
    for row in session.execute(query.where(Ticket.id.in_([_number(key) for key in keys]))):
        parts = (row.name, row.head, row.number, row.description[:40])
        yield ticket_key(row.id), " · ".join(part for part in parts if part)


def _cases(session: Session, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    query = select(Case.id, Household.head, Area.name).join(Household, Household.id == Case.household_id)
    query = query.join(Area, Area.code == Case.village)
    rows = session.execute(query.where(Case.id.in_([_number(key) for key in keys])))
    return ((case_key(number), f"{village} · {head}") for number, head, village in rows)


def _results(session: Session, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    query = select(HouseholdResult.id, Household.head, Area.name)
    query = query.join(Household, Household.id == HouseholdResult.household_id)
    query = query.join(Area, Area.code == HouseholdResult.village)
    rows = session.execute(query.where(HouseholdResult.id.in_([_number(key) for key in keys])))
    return ((result_key(number), f"{village} · {head}") for number, head, village in rows)


def _units(session: Session, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    names = unit_names(session, [_number(key) for key in keys])
    return ((f"unit:{number}", name) for number, name in names.items())


def _villages(session: Session, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    names = area_names(session, [key.partition(":")[2] for key in keys])
    return ((village_key(code), name) for code, name in names.items())


_PLACED: Final = {
    "household": _homes,
    "ticket": _tickets,
    "case": _cases,
    "result": _results,
    "unit": _units,
    "village": _villages,
}
"""By the kind of a business key: what says where such things lie."""


def path_of(key: str) -> str:
    """The page of what a business key names."""
    kind, name = split_key(key)
    pages = {
        "household": "/households",
        "ticket": "/tickets",
        "case": "/cases",
        "result": "/results",
        "village": "/villages",
    }
    return f"{pages[kind]}/{name}" if kind in pages else ""


def _home_of(session: Session, kind: str, key: str) -> Household | None:
    """The household that a key names, or whose result it names."""
    if kind == "household":
        return session.get(Household, _number(key))
    result = session.get(HouseholdResult, _number(key)) if kind == "result" else None
    return session.get(Household, result.household_id) if result is not None else None


def subject_of(session: Session, key: str, calendar: DateFormatter, viewer: int | None = None) -> SubjectCard:
    """The card of a business key."""
    kind = key.partition(":")[0]
    if (home := _home_of(session, kind, key)) is not None:
        return replace(household_card(session, home, viewer, calendar.today), path=path_of(key))
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
    helper = names_of(session, [home.helper_id] if home.helper_id else [])
    facts: Facts = [
        (_("Household no."), home.number),
        (_("Village"), full_name(session, home.village, home.county)),
        (_("Group"), home.group_no or ""),
        (_("Kind"), translate(KINDS.get(home.kind, home.kind))),
        (_("Members"), str(home.members_registered)),
        (_("Identity no."), "" if near else home.masked_id_number),
        (_("Phone"), (home.phone or "") if near else masked_phone(home.phone)),
        (_("Helper"), helper.get(home.helper_id or 0, "")),
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
    summary = issue.description.strip().partition("\n")[0][:40]
    title = " · ".join(part for part in (issue.number, place, head.head if head else "", summary) if part)
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
    people = names_of(
        session, (person_id for person_id in (issue.resp_person_id, issue.found_by_id) if person_id)
    )
    units = unit_names(session, (unit_id for unit_id in (issue.resp_unit_id, issue.line_dept_id) if unit_id))
    facts: Facts = [
        (_("Check item"), f"{issue.item} {item_name(session, issue)}"),
        (_("Household"), head.head if head else ""),
        (_("Village"), full_name(session, issue.village, issue.county)),
        (_("Found on"), calendar.day(issue.found_on)),
        (_("Found by"), people.get(issue.found_by_id or 0, "")),
        (_("Line department"), units.get(issue.line_dept_id or 0, "")),
        (_("Measure"), issue.measure or ""),
        (_("Responsible unit"), units.get(issue.resp_unit_id or 0, "")),
        (_("Responsible person"), people.get(issue.resp_person_id or 0, "")),
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
    return owners_words(session, [owner])[owner]


def owners_words(session: Session, owners: Iterable[str]) -> dict[str, str]:
    """The same for many owners, by owner."""
    everybody = list(dict.fromkeys(owners))
    people = names_of(session, [_number(owner) for owner in everybody if owner.startswith("person:")])
    posts = {owner: pair for owner in everybody if (pair := post_in(owner)) is not None}
    scopes = [scope for _role, scope in posts.values()]
    units = unit_names(session, [int(scope[1:]) for scope in scopes if _is_unit(scope)])
    areas = area_names(session, [scope for scope in scopes if not _is_unit(scope)])
    result = {}
    for owner in everybody:
        if owner.startswith("person:"):
            result[owner] = people.get(_number(owner), owner)
        elif owner in posts:
            role, scope = posts[owner]
            place = units.get(int(scope[1:]), "") if _is_unit(scope) else areas.get(scope, "")
            result[owner] = f"{place} {role_words(role)}".strip()
        else:
            result[owner] = _("several people")
    return result


def _is_unit(scope: str) -> bool:
    return scope.startswith("U") and scope[1:].isdigit()
