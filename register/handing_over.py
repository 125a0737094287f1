"""Handing a person's work over (移交): tickets, households, desks and posts pass to others in one step.

A few things pass in one transaction; many as a job with a transaction for each. What may not pass (whoever
judged a repair does not become its fixer) is left where it is, with the reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.engine import Engine
from engine.errors import NotAllowed, WrongValues
from engine.history import record
from engine.words import Words
from engine.world import SYSTEM, Actor
from notifications.outbox import Telling, tell_many
from register.accounts import close_account
from register.areas import Area
from register.deadlines import local_day
from register.deputies import Deputy
from register.giving_back import give_back
from register.hanging import Hanging, hanging, may_hand_over, may_move_post, possible_successors, posts_ever
from register.jobs import Run, ask_for
from register.passing_on import Passing
from register.people import Person, person
from register.posts import Post, holders, pass_post
from register.row import Id, LongText, Row
from register.units import Unit
from register.zone import local_zone

AT_ONCE: Final = 60
"""More things than this pass as a job."""
REASONS: Final[dict[str, Words]] = {
    "leave": Words("离岗", "Leaves"),
    "moved": Words("调岗", "Moves to another post"),
    "closed": Words("账号停用", "The account is closed"),
}
GROUPS: Final = ("tickets", "households", "work")


class HandingOver(Row):
    """Once the work of a person was handed over: by whom, why, to whom, what passed and what was left."""

    __tablename__ = "handings_over"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id"), comment="NULL: whoever runs the machine"
    )
    at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(String(10))
    note: Mapped[LongText]
    successors: Mapped[dict[str, Any]] = mapped_column(JSON, comment="group to person")
    posts: Mapped[dict[str, Any]] = mapped_column(JSON, comment="post to its new holder, 0: it ends")
    moved: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, comment="group to how many passed")
    left: Mapped[list[Any]] = mapped_column(JSON, default=list, comment="key and why, in both languages")
    finished_at: Mapped[dt.datetime | None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. A group without a successor stays; a post that is not named stays."""

    person: int
    reason: str
    note: str
    successors: Mapping[str, int] = field(default_factory=dict)
    posts: Mapping[int, int] = field(default_factory=dict)
    """Post to its new holder; 0 ends it."""


def hand_over(
    session: Session, engine: Engine, actor: Actor, now: dt.datetime, today: dt.date, wish: Wish
) -> HandingOver:
    """Do it now, or queue a job when it is much; the row tells what came of it.

    Raises:
        NotAllowed: the actor has no right to.
        WrongValues: a sentence for each field that cannot be taken.
    """
    if actor.person is None or not may_hand_over(session, actor.person, wish.person, today):
        raise NotAllowed(Words("您无权移交此人的工作。", "You may not hand over this person's work."))
    hangs = hanging(session, wish.person, today)
    problems = _problems(session, actor.person, today, wish, hangs)
    if problems:
        raise WrongValues(problems)
    row = _row(session, actor.person, now, wish)
    if sum(1 for _one in _things(hangs, row)) > AT_ONCE:
        name = person(session, wish.person).name
        words = Words(f"移交{name}的工作", f"Hand over the work of {name}")
        ask_for(session, "hand_over", words, actor.person, now, number=row.id)
        return row
    _do(session, engine, row, hangs, actor, now, today)
    return row


def close_by_command(
    session: Session, engine: Engine, now: dt.datetime, today: dt.date, who: int, to: int, note: str
) -> HandingOver:
    """All work and all posts of a person pass to another, and the account closes: whoever runs the machine may."""
    hangs = hanging(session, who, today)
    wish = Wish(who, "closed", note, dict.fromkeys(GROUPS, to), {post.id: to for post in hangs.posts})
    row = _row(session, None, now, wish)
    _do(session, engine, row, hangs, SYSTEM, now, today)
    return row


def _row(session: Session, by: int | None, now: dt.datetime, wish: Wish) -> HandingOver:
    row = HandingOver(person_id=wish.person, by_id=by, at=now, reason=wish.reason, note=wish.note)
    row.successors = {name: who for name, who in wish.successors.items() if who}
    row.posts = {str(post): who for post, who in wish.posts.items()}
    row.moved, row.left = {}, []
    session.add(row)
    session.flush()
    return row


def _do(
    session: Session,
    engine: Engine,
    row: HandingOver,
    hangs: Hanging,
    actor: Actor,
    now: dt.datetime,
    today: dt.date,
) -> None:
    for group, thing in _things(hangs, row):
        _pass_on(session, engine, row, group, thing, actor, now, today)
    _finish(session, row, actor, now, today)


def hand_over_all(run: Run) -> None:
    """The job: what was done before it was stopped is not done again.

    Raises:
        NotAllowed: whoever asked no longer may; nothing more passes, and the row says so.
    """
    number = int(run.params["number"])
    with run.database.writing() as session:
        row = session.get_one(HandingOver, number)
        if row.finished_at is not None:
            return
        row.left = []
        today = local_day(run.clock.now(), local_zone(session))
        hangs = hanging(session, row.person_id, today)
        things = list(_things(hangs, row))
        who = person(session, run.asked_by)
        actor = Actor(who.name, who.id)
        refused = not _still_may(session, who, row, hangs, today)
        if refused:
            row.left = [[_key_of(group, thing), NO_LONGER.zh, NO_LONGER.en] for group, thing in things]
            row.finished_at = run.clock.now()
    if refused:
        raise NotAllowed(NO_LONGER)
    for done, (group, thing) in enumerate(things, 1):
        with run.database.writing() as session:
            row = session.get_one(HandingOver, number)
            _pass_on(session, run.engine, row, group, thing, actor, run.clock.now(), today)
        if done % 20 == 0:
            run.progress(done, len(things))
    with run.database.writing() as session:
        _finish(session, session.get_one(HandingOver, number), actor, run.clock.now(), today)
    run.progress(len(things), len(things))


def _still_may(session: Session, who: Person, row: HandingOver, hangs: Hanging, today: dt.date) -> bool:
    """What was let through when it was asked for is asked again: posts may have changed since."""
    posts = {int(post): to for post, to in row.posts.items()}
    wish = Wish(row.person_id, row.reason, row.note, row.successors, posts)
    may = who.active and may_hand_over(session, who.id, row.person_id, today)
    return may and not _problems(session, who.id, today, wish, hangs)


def handings_over(session: Session, person_id: int) -> list[HandingOver]:
    """Those of a person, the newest first."""
    wanted = select(HandingOver).where(HandingOver.person_id == person_id)
    return list(session.scalars(wanted.order_by(HandingOver.id.desc()).limit(20)))


# -- what cannot be asked ---------------------------------------------------------------------------


def _problems(session: Session, who: int, today: dt.date, wish: Wish, hangs: Hanging) -> dict[str, Words]:
    problems: dict[str, Words] = {}
    if wish.reason not in REASONS:
        problems["reason"] = Words("请选择原因。", "Choose why.")
    possible = possible_successors(session, wish.person, today)
    for name in GROUPS:
        if wish.successors.get(name) and wish.successors[name] not in possible:
            problems[name] = _NOT_NEAR
    by_id = {post.id: post for post in hangs.posts}
    for number, holder in wish.posts.items():
        if number not in by_id or not may_move_post(session, who, by_id[number], today):
            problems[f"post-{number}"] = Words(
                "这个岗位由上级机关或管理员调整。",
                "This post is changed by the office above or an administrator.",
            )
        elif holder and holder not in possible:
            problems[f"post-{number}"] = _NOT_NEAR
        elif not holder and number in hangs.lonely:
            problems[f"post-{number}"] = Words(
                "这个岗位没有其他人担任，还有待办事项，请指定接任人。",
                "Nobody else holds this post and work is open on its desk: say who follows.",
            )
    if wish.reason == "closed" and not problems:
        problems = _not_yet_closed(session, who, today, wish, hangs)
    return problems


def _not_yet_closed(
    session: Session, who: int, today: dt.date, wish: Wish, hangs: Hanging
) -> dict[str, Words]:
    """An account is closed by whoever may change its posts, when everything passes."""
    if who == wish.person or not all(may_move_post(session, who, post, today) for post in hangs.posts):
        words = Words("账号由上级机关或管理员停用。", "The office above or an administrator closes accounts.")
        return {"reason": words}
    stays = [name for name in GROUPS if getattr(hangs, name) and not wish.successors.get(name)]
    words = Words("停用账号前必须移交。", "An account is closed only when this passes to somebody.")
    found = dict.fromkeys(stays, words)
    found.update({f"post-{one.id}": words for one in hangs.posts if one.id not in wish.posts})
    return found


NO_LONGER: Final = Words(
    "提出移交的人已不再有权移交此人的工作，或所选接手人已变动，没有移交；请重新提出。",
    "Whoever asked may no longer hand this work over, or a successor has changed; nothing passed. Ask again.",
)
_NOT_NEAR: Final = Words(
    "只能选择本单位、本区域或上一级的在岗人员。",
    "Choose somebody of the same unit, of the area or of the level above.",
)


# -- one thing after the other ----------------------------------------------------------------------


def _things(hangs: Hanging, row: HandingOver) -> Iterator[tuple[str, int | str]]:
    for group in GROUPS:
        if row.successors.get(group):
            yield from ((group, one) for one in getattr(hangs, group))


def _pass_on(
    session: Session,
    engine: Engine,
    row: HandingOver,
    group: str,
    thing: int | str,
    actor: Actor,
    now: dt.datetime,
    today: dt.date,
) -> None:
    """Let one thing pass, or note why not."""
    passing = Passing(
        session, engine, row.person_id, int(row.successors[group]), row.reason, row.note, actor, now, today
    )
    key = _key_of(group, thing)
    match group:
        case "tickets":
            why_not = passing.ticket(int(thing))
        case "households":
            why_not = passing.household(int(thing))
        case _:
            why_not = passing.work(key)
    if why_not is not None:
        row.left = [*row.left, [key, why_not.zh, why_not.en]]
    else:
        row.moved = {**row.moved, group: int(row.moved.get(group, 0)) + 1}


def _key_of(group: str, thing: int | str) -> str:
    """The business key of one thing of a group."""
    kinds = {"tickets": "ticket", "households": "household"}
    return f"{kinds[group]}:{thing}" if group in kinds else str(thing)


# -- posts, deputies, the account, and telling -------------------------------------------------------


def _finish(session: Session, row: HandingOver, actor: Actor, now: dt.datetime, today: dt.date) -> None:
    passed = 0
    for number, to in row.posts.items():
        post = session.get(Post, int(number))
        if post is not None and post.person_id == row.person_id:
            passed += pass_post(session, post, int(to), actor, now, today)
    if passed:
        row.moved = {**row.moved, "posts": passed}
    if row.reason in ("leave", "closed"):
        _end_deputies(session, row, actor, now)
        give_back(session, now, today)
    row.finished_at = now
    detail = {"reason": row.reason, "text": row.note, "moved": row.moved, "left": len(row.left)}
    record(session, actor, now, "work_handed_over", f"person:{row.person_id}", **detail)
    session.flush()
    if row.reason == "closed" and not row.left:
        hangs = hanging(session, row.person_id, today)
        if not hangs.count and not hangs.posts:
            close_account(session, actor, now, today, row.person_id)
    _tell(session, row, actor, now, today)


def _end_deputies(session: Session, row: HandingOver, actor: Actor, now: dt.datetime) -> None:
    concerned = or_(Deputy.person_id == row.person_id, Deputy.stands_in_for_id == row.person_id)
    for one in session.scalars(select(Deputy).where(concerned, Deputy.ended_at.is_(None))):
        one.ended_at = now
        about = f"person:{one.stands_in_for_id}"
        record(session, actor, now, "deputy_ended", about, person=one.person_id)


def _tell(session: Session, row: HandingOver, actor: Actor, now: dt.datetime, today: dt.date) -> None:
    """Each successor once, the office once, and whose work it was."""
    name, counts = person(session, row.person_id).name, _counted(row.moved)
    new = {int(one) for one in (*row.successors.values(), *row.posts.values()) if one}
    words = Words(
        f"{name}的工作已移交给您：{counts.zh}。", f"The work of {name} was handed over to you: {counts.en}."
    )
    about, page = f"person:{row.person_id}", f"/people/{row.person_id}/handing-over"
    rows = [
        Telling(one, "handed_over", about, words, "/", urgent=True, dedupe=f"handed:{row.id}:{one}")
        for one in new
    ]
    told = Words(f"{name}的工作已移交：{counts.zh}。", f"The work of {name} was handed over: {counts.en}.")
    others = {*_offices(session, row.person_id, today), row.person_id} - {actor.person, *new}
    rows += [
        Telling(one, "handed_over", about, told, page, dedupe=f"handed:{row.id}:{one}")
        for one in sorted(one for one in others if one is not None)
        if person(session, one).active
    ]
    tell_many(session, rows, now)


def _offices(session: Session, person_id: int, today: dt.date) -> set[int]:
    """The town's office, or the county's for whoever works in no town."""
    codes = {post.area_code for post in posts_ever(session, person_id, today) if post.area_code}
    units = {post.unit_id for post in posts_ever(session, person_id, today) if post.unit_id}
    codes |= set(session.scalars(select(Unit.area_code).where(Unit.id.in_(units))))
    found: set[int] = set()
    for one in session.scalars(select(Area).where(Area.code.in_(codes))):
        level = "town" if one.level in ("village", "town") else "county"
        owner = f"post:{level}_office@{one.above(level)}" if one.level != "city" else ""
        found.update(holders(session, {owner}, today).get(owner, ()) if owner else ())
    return found


def _counted(moved: Mapping[str, Any]) -> Words:
    said = {
        "tickets": ("工单 {} 件", "{} tickets"),
        "households": ("农户 {} 户", "{} households"),
        "work": ("其他事项 {} 件", "{} other pieces of work"),
        "posts": ("岗位 {} 个", "{} posts"),
    }
    some = [
        (zh.format(moved[name]), en.format(moved[name])) for name, (zh, en) in said.items() if moved.get(name)
    ]
    if not some:
        return Words("没有事项", "nothing")
    return Words("、".join(zh for zh, _en in some), ", ".join(en for _zh, en in some))
