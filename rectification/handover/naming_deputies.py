"""Naming a deputy, and calling them back: whom somebody may name, for which days and which of their desks."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from engine.errors import NotAllowed, NotFound, WrongValues
from engine.host import Actor
from engine.owners import person_owner
from engine.text import LocalizedText
from notifications.outbox import NotificationRequest, notify_many
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.people.deputies import Deputy, deputies_about, own_desks
from rectification.people.model import Person, closed_accounts, get_person
from rectification.people.posts import Post, held_on, posts_of
from rectification.people.roles import Role
from rectification.places.areas import Area

LONGEST: Final = dt.timedelta(days=366)
"""Longer than this nobody is away: the work is handed over instead."""

ONLY_LOOK: Final = (Role.INSPECTOR, Role.PROCESS_OWNER, Role.ADMIN)
"""Roles that do no work of a campaign."""


@dataclass(frozen=True, slots=True)
class DeputyRequest:
    """Who is to stand in, from when until when, for which desks (None: for all)."""

    deputy: int | None
    since: dt.date | None
    until: dt.date | None
    owners: Sequence[str] | None = None


def possible_deputies(session: Session, person_id: int, day: dt.date) -> dict[int, str]:
    """Whom a person may name: colleagues of the same unit, and those with a post in the same area or above."""
    return dict(sorted(colleagues(session, person_id, posts_of(session, person_id, day), day).items()))


def colleagues(
    session: Session, person_id: int, posts: Sequence[Post], day: dt.date, also: Collection[str] = ()
) -> dict[int, str]:
    """Those who do work in the unit, the area (``also``: further areas) or the level above of somebody's posts."""
    here = {post.area_code for post in posts if post.area_code} | set(also)
    above = session.scalars(select(Area.parent_code).where(Area.code.in_(here)))
    places = here | {area for area in above if area}
    units = [post.unit_id for post in posts if post.unit_id is not None]
    query = select(Person.id, Person.name).join(Post, Post.person_id == Person.id)
    near = or_(Post.area_code.in_(places), Post.unit_id.in_(units))
    works = Post.role.not_in(ONLY_LOOK)
    rows = session.execute(query.where(near, works, held_on(day), Person.active, Person.id != person_id))
    return {row.id: row.name for row in rows}


def name_deputy(context: ActionContext, proposal: DeputyRequest) -> Deputy:
    """Let somebody stand in for the actor.

    Raises:
        WrongValues: a sentence for each field that cannot be taken.
    """
    session = context.session
    me = _person(context.actor)
    if session.get_bind().dialect.name == "postgresql":  # two that name each other at once see each other
        session.execute(text("LOCK TABLE deputies IN SHARE ROW EXCLUSIVE MODE"))
    problems = _problems(context, proposal)
    if problems or proposal.deputy is None or proposal.since is None or proposal.until is None:
        raise WrongValues(problems)
    owners = None if proposal.owners is None else list(proposal.owners)
    row = Deputy(person_id=proposal.deputy, stands_in_for_id=me, since=proposal.since, until=proposal.until)
    row.owners = owners
    session.add(row)
    session.flush()
    detail = {
        "person": proposal.deputy,
        "since": proposal.since.isoformat(),
        "until": proposal.until.isoformat(),
    }
    record_event(context, "deputy_named", person_owner(me), **detail, owners=owners)
    words = LocalizedText(
        f"{context.actor.name} 请您在 {proposal.since} 至 {proposal.until} 期间代为办理其事项。",
        f"{context.actor.name} asks you to stand in for them from {proposal.since} until {proposal.until}.",
    )
    about = person_owner(me)
    notify_many(
        session,
        [NotificationRequest(proposal.deputy, "deputy_named", about, words, "/deputies")],
        context.now,
    )
    return row


def end_deputy(context: ActionContext, number: int) -> None:
    """Let it be over now. Either of the two may; the other is told.

    Raises:
        NotFound: there is none that concerns the actor, or it is over.
    """
    me, row = _person(context.actor), context.session.get(Deputy, number)
    if row is None or me not in (row.person_id, row.stands_in_for_id) or row.ended_at is not None:
        raise NotFound
    row.ended_at = context.now
    other = row.person_id if me == row.stands_in_for_id else row.stands_in_for_id
    about = person_owner(row.stands_in_for_id)
    record_event(context, "deputy_ended", about, person=row.person_id)
    words = LocalizedText(
        f"{context.actor.name} 结束了代办安排。", f"{context.actor.name} ended the standing in between you."
    )
    notify_many(
        context.session, [NotificationRequest(other, "deputy_ended", about, words, "/deputies")], context.now
    )


def end_deputies(context: ActionContext, person_id: int) -> None:
    """Let nobody stand in for a person any more who leaves, nor them for anybody."""
    concerned = or_(Deputy.person_id == person_id, Deputy.stands_in_for_id == person_id)
    for row in context.session.scalars(select(Deputy).where(concerned, Deputy.ended_at.is_(None))):
        row.ended_at = context.now
        record_event(context, "deputy_ended", person_owner(row.stands_in_for_id), person=row.person_id)


def end_deputies_of_closed(context: ActionContext, person_id: int) -> None:
    """The same for an account that closes, except where somebody stands in for them: their deputy goes on for the others."""
    rows = deputies_about(context.session, person_id, context.today)
    behind = {row.person_id for row in rows if row.stands_in_for_id == person_id}
    goes_on = behind.difference(closed_accounts(context.session, behind))
    if not goes_on or all(row.stands_in_for_id == person_id for row in rows):
        end_deputies(context, person_id)


def _problems(context: ActionContext, proposal: DeputyRequest) -> dict[str, LocalizedText]:
    session, me, today = context.session, _person(context.actor), context.today
    problems = {**_wrong_days(today, proposal), **_wrong_desks(session, me, today, proposal.owners)}
    if proposal.deputy is None:
        problems["deputy"] = LocalizedText("请选择代办人。", "Choose who is to stand in.")
    elif proposal.deputy not in possible_deputies(session, me, today):
        problems["deputy"] = LocalizedText(
            "只能选择本单位、本区域或上一级的在岗人员。",
            "Choose somebody of your own unit, of your area or of the level above.",
        )
    elif not problems and _goes_round(session, me, proposal):
        name = get_person(session, proposal.deputy).name
        problems["deputy"] = LocalizedText(
            f"这段时间您正在（直接或间接）为{name}代办，不能再请对方为您代办。",
            f"On some of these days you stand in for {name} yourself, directly or through others.",
        )
    return problems


def _wrong_days(today: dt.date, proposal: DeputyRequest) -> dict[str, LocalizedText]:
    since, until = proposal.since, proposal.until
    if since is None or until is None:
        missing = LocalizedText("请填写日期。", "A date is needed.")
        return {name: missing for name, day in (("since", since), ("until", until)) if day is None}
    if since < today:
        return {"since": LocalizedText("不能早于今天。", "Not before today.")}
    if until < since:
        return {"until": LocalizedText("不能早于开始日期。", "Not before the first day.")}
    if until - since > LONGEST:
        return {
            "until": LocalizedText(
                "最长一年；更久请移交工作。", "A year at most; for longer, hand your work over."
            )
        }
    return {}


def _wrong_desks(
    session: Session, me: int, today: dt.date, owners: Collection[str] | None
) -> dict[str, LocalizedText]:
    if owners is None:
        return {}
    if not owners:
        return {"owners": LocalizedText("请至少选择一项工作。", "Choose at least one part of your work.")}
    if not set(owners) <= set(own_desks(session, me, today)):
        return {"owners": LocalizedText("只能委托您自己的岗位。", "Only your own posts can be given.")}
    return {}


def _goes_round(session: Session, me: int, proposal: DeputyRequest) -> bool:
    """Whether on some day of the range I would stand in for my own deputy."""
    since, until = proposal.since or dt.date.min, proposal.until or dt.date.max
    hands: dict[int, list[Deputy]] = defaultdict(list)
    overlap = (Deputy.since <= until) & or_(Deputy.until.is_(None), Deputy.until >= since)
    for row in session.scalars(select(Deputy).where(overlap, Deputy.ended_at.is_(None))):
        hands[row.person_id].append(row)
    ways, visited = [(me, since, until)], set()
    while ways:
        way = ways.pop()
        if way in visited:
            continue
        visited.add(way)
        person, first, last = way
        if person == proposal.deputy:
            return True
        ways += _onward(hands[person], first, last)
    return False


def _onward(rows: Iterable[Deputy], first: dt.date, last: dt.date) -> list[tuple[int, dt.date, dt.date]]:
    met = [(row.stands_in_for_id, max(first, row.since), min(last, row.until or last)) for row in rows]
    return [way for way in met if way[1] <= way[2]]


def _person(actor: Actor) -> int:
    if actor.person is None:
        raise NotAllowed(LocalizedText("需要先登录。", "Sign in first."))
    return actor.person
