"""Separation of duties (职责分离): nobody verifies, agrees to or closes what they fixed themselves.

Who may verify a repair (复核): not whoever repaired it, nor their deputy or whom they stand in for, nor anybody of the responsible
unit who does not act from a level above it. :func:`check_separation` refuses them for the step that a task names in
``separate_from``. Whoever has judged may not repair: :func:`unfit_to_repair`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, Protocol

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.errors import NotAllowed
from engine.sql_arrays import in_list
from engine.text import LocalizedText
from engine.worklist.selectables import history, instances, work_items
from rectification.calendar.deadlines import local_day
from rectification.core.keys import kind_of, row_number
from rectification.matters.consultation import did_for_others
from rectification.matters.ticket import Ticket
from rectification.matters.timezone import zone_of_campaign
from rectification.people.deputies import stood_in_for_people
from rectification.people.posts import Post, posts_of_people
from rectification.people.roles import Role
from rectification.places.areas import LEVELS, Area
from rectification.places.units import Unit

PropertyValues = Callable[[int, str | None, str], Collection[str]]
"""What a property says of an element of a version: ``Step.property_values``, or the engine's."""
FIXING: Final = frozenset({"rectify", "write_explanation", "write_statement"})
"""Tasks of the responsible person: those who judge them must come from elsewhere or from above."""


NAMING_WHO_REPAIRS: Final = frozenset({"dispatch_complete", "outcome_complete", "settlement_complete"})
"""Guards of tasks whose form names who is to repair."""


class SeparatedItem(Protocol):
    """A work item, as far as separation looks at it."""

    @property
    def instance(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def owner(self) -> str: ...


def check_separation(
    session: Session,
    person_id: int,
    item: SeparatedItem,
    element: str,
    variables: Mapping[str, object],
    today: dt.date,
    on_behalf_of: int | None = None,
) -> None:
    """Refuse somebody who did ``element`` of this instance, or who stands too near to whoever did.

    A deputy counts as everybody for whom they stand in, today or when it was done; and what a deputy did
    counts as done by both.

    Raises:
        NotAllowed: with the reason.
    """
    near = {person_id, on_behalf_of or person_id}
    words = kept_apart(session, {person_id: near}, item, element, variables, today).get(person_id)
    if words is not None:
        raise NotAllowed(words, "separation_of_duties")


def kept_apart(
    session: Session,
    people: Mapping[int, Collection[int]],
    item: SeparatedItem,
    element: str,
    variables: Mapping[str, object],
    today: dt.date,
) -> dict[int, LocalizedText]:
    """Who of these people would be refused, and why; each is given with those whose unit counts as theirs."""
    result: dict[int, LocalizedText] = {}
    doers: list[set[int | None]] = [{*did_for_others(session, item.instance, element)}]
    standing = stood_in_for_people(session, people, today)
    then: Mapping[int, Collection[int]] = {}
    doing = _last_doing(session, item.instance, element)
    if doing is not None:
        day = local_day(doing.at, zone_of_campaign(session, variables.get("campaign")))
        then = stood_in_for_people(session, people, day, doing.at)
        doers.insert(0, {doing.person, doing.on_behalf_of})
    if element in FIXING and kind_of(item.key) == "ticket":
        ticket = session.get_one(Ticket, row_number(item.key))
        doers.append({ticket.resp_person_id})
        near = {person for others in people.values() for person in others}
        too_near = _too_near(session, near, item.owner, ticket.resp_unit_id, today)
        result = {person: _SAME_UNIT for person, others in people.items() if not too_near.isdisjoint(others)}
    for person_id in people:
        counted = {person_id, *standing[person_id], *then.get(person_id, ())}
        if same := next((both for person in doers if (both := counted & person)), None):
            result[person_id] = _SAME_PERSON if person_id in same else _DEPUTY
    return result


def _last_doing(session: Session, instance: int, element: str) -> Row[int, int, dt.datetime] | None:
    """Who completed a task of an instance last, on whose behalf and when."""
    query = select(history.c.person, history.c.on_behalf_of, history.c.at).where(
        history.c.instance_id == instance, history.c.element == element, history.c.action == "completed"
    )
    return session.execute(query.order_by(history.c.id.desc()).limit(1)).one_or_none()


def last_doer(session: Session, instance: int, element: str) -> int | None:
    """Who completed a task of an instance last."""
    query = select(work_items.c.closed_by_person).where(
        work_items.c.instance_id == instance,
        work_items.c.element == element,
        work_items.c.outcome == "completed",
    )
    return session.scalars(query.order_by(work_items.c.id.desc()).limit(1)).first()


def unfit_to_repair(
    session: Session, property_values: PropertyValues, key: str, person_id: int, today: dt.date
) -> LocalizedText | None:
    """Why somebody must not repair what a ticket is about, nor help: they inspect, or have judged it already."""
    return unfit_people(session, property_values, key, (person_id,), today).get(person_id)


def unfit_people(
    session: Session, property_values: PropertyValues, key: str, people: Collection[int], today: dt.date
) -> dict[int, LocalizedText]:
    """Those of these people who must not, each with the reason."""
    judged = previous_judges(session, property_values, key)
    posts = posts_of_people(session, people, today)
    inspecting = {person for person in people if any(post.role == Role.INSPECTOR for post in posts[person])}
    return {
        person: INSPECTS if person in inspecting else JUDGED
        for person in people
        if person in inspecting | judged
    }


def previous_judges(session: Session, property_values: PropertyValues, key: str) -> set[int]:
    """Who re-verified or decided on a ticket, and on whose behalf: whose task is kept apart from repairing."""
    query = (
        select(history.c.element, instances.c.definition_id, history.c.person, history.c.on_behalf_of)
        .join(instances, instances.c.id == history.c.instance_id)
        .where(history.c.key == key, history.c.action == "completed")
        .distinct()
    )
    result: set[int | None] = set()
    for element, definition, *people_of_step in session.execute(query).all():
        if not FIXING.isdisjoint(property_values(definition, element, "separate_from")):
            result.update(people_of_step)
    return {person for person in result if person is not None}


def _too_near(
    session: Session, people: Collection[int], owner: str, unit_id: int | None, today: dt.date
) -> set[int]:
    """Those of these people who belong to the unit and do not act from a higher level."""
    if unit_id is None:
        return set()
    held = posts_of_people(session, people, today)
    members = {
        person: posts for person, posts in held.items() if any(post.unit_id == unit_id for post in posts)
    }
    if not members:
        return set()
    query = select(Area.level).join(Unit, Unit.area_code == Area.code).where(Unit.id == unit_id)
    unit_level = LEVELS.index(session.scalars(query).one())
    levels = _levels(session, [post for posts in members.values() for post in posts])
    acting = {
        person: [post for post in posts if post.owner == owner] or posts for person, posts in members.items()
    }
    return {
        person for person, posts in acting.items() if all(levels[post.id] >= unit_level for post in posts)
    }


def _levels(session: Session, posts: Sequence[Post]) -> dict[int, int]:
    """How far from the top each of these posts is held, by its number; a village's where that is not known."""
    codes = {post.id: post.area_code or post.scope for post in posts}
    query = select(Area.code, Area.level).where(in_list(Area.code, sorted(set(codes.values()))))
    known: dict[str, str] = dict(session.execute(query).all())
    return {number: LEVELS.index(known.get(code, "village")) for number, code in codes.items()}


INSPECTS: Final = LocalizedText("督导员只督导、不整改。", "An inspector looks at repairs and makes none.")
JUDGED: Final = LocalizedText(
    "此人复核或审批过这张工单，不能再参与整改。",
    "They re-verified or decided on this ticket and cannot take part in repairing it.",
)
_SAME_PERSON: Final = LocalizedText(
    "不能由整改、填报或初审的同一人办理，请由其他人办理。",
    "Whoever did the step before may not do this one; somebody else must.",
)
_DEPUTY: Final = LocalizedText(
    "您是整改、填报或初审人的代办人，不能代其复核自己的工作，请由其他人办理。",
    "You stand in, or stood in, for whoever did the step before; somebody else must do this one.",
)
_SAME_UNIT: Final = LocalizedText(
    "复核人与责任单位为同一单位，请由其他单位或上级办理。",
    "You belong to the responsible unit; somebody from another unit or a higher level must do this.",
)
