"""Handing a person's work over (移交): tickets, households, desks and posts pass to others in one step.

A few things pass in one transaction; many as a job with a transaction for each. What may not pass (whoever
judged a repair does not become its fixer) is left where it is, with the reason.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Final

from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.errors import NotAllowed, WrongValues
from engine.host import SYSTEM, Actor
from engine.instances.incidents import words_of
from engine.json import as_int
from engine.text import LocalizedText
from rectification.core.context import ActionContext
from rectification.core.jobs import Run, enqueue, in_turns
from rectification.handover.follow_up import Handover, finish
from rectification.handover.reassign import Reassignment
from rectification.handover.request import GROUPS, HandoverRequest, problems_of
from rectification.handover.workload import Workload, get_workload, may_hand_over
from rectification.matters.timezone import acting_now
from rectification.people.model import Person, get_person
from rectification.people.posts import LastAdministrator, administrators

logger = logging.getLogger("huitoukan.jobs")

AT_ONCE: Final = 60
"""More things than this pass as a job."""


def hand_over(context: ActionContext, proposal: HandoverRequest) -> Handover:
    """Do it now, or queue a job when it is much; the row tells what came of it.

    Raises:
        NotAllowed: the actor has no right to.
        WrongValues: a sentence for each field that cannot be taken.
    """
    session, actor = context.session, context.actor
    if actor.person is None or not may_hand_over(session, actor.person, proposal.person, context.today):
        raise NotAllowed(LocalizedText("您无权移交此人的工作。", "You may not hand over this person's work."))
    hangs = get_workload(session, proposal.person, context.today)
    problems = problems_of(context, proposal, hangs)
    if problems:
        raise WrongValues(problems)
    row = _row(context, proposal)
    if sum(1 for _one in _things(hangs, row)) > AT_ONCE:
        name = get_person(session, proposal.person).name
        words = LocalizedText(f"移交{name}的工作", f"Hand over the work of {name}")
        enqueue(context, "hand_over", words, number=row.id)
        return row
    _do(context, row, hangs)
    return row


def close_by_command(engine: Engine, person: int, to: int, note: str) -> Handover:
    """All work and all posts of a person pass to another, and the account closes: whoever runs the machine may.

    One thing after the other, so that others write meanwhile; ended on the way and called again, the rest passes.

    Raises:
        LastAdministrator: nobody who can sign in would administer the installation.
    """
    database = engine.database
    with database.writing() as session:
        context = acting_now(session, engine, SYSTEM)
        if (
            administrators(session, context.today) == [person]
            and get_person(session, to).password_hash is None
        ):
            raise LastAdministrator
        hangs = get_workload(session, person, context.today)
        proposal = HandoverRequest(
            person, "closed", note, dict.fromkeys(GROUPS, to), {post.id: to for post in hangs.posts}
        )
        row = _row(context, proposal)
        things = list(_things(hangs, row))
    refused: list[tuple[str, str, str]] = []

    def pass_on(session: Session) -> Callable[[tuple[str, int | str]], None]:
        context, kept = acting_now(session, engine, SYSTEM), session.get_one(Handover, row.id)
        return lambda thing: _pass_on(context, kept, *thing)

    def failed(thing: tuple[str, int | str], fault: Exception) -> None:
        words = words_of(fault)
        refused.append((_key_of(*thing), words.zh, words.en))

    in_turns(database, things, pass_on, failed)
    with database.writing() as session:
        row = session.get_one(Handover, row.id)
        row.left = [*row.left, *refused]
        finish(acting_now(session, engine, SYSTEM), row)
    return row


def _row(context: ActionContext, proposal: HandoverRequest) -> Handover:
    row = Handover(person_id=proposal.person, by_id=context.actor.person, at=context.now)
    row.reason, row.note = proposal.reason, proposal.note
    row.successors = {name: person for name, person in proposal.successors.items() if person}
    row.posts = {str(post): person for post, person in proposal.posts.items()}
    row.moved, row.left = {}, []
    context.session.add(row)
    context.session.flush()
    return row


def _do(context: ActionContext, row: Handover, hangs: Workload) -> None:
    for group, thing in _things(hangs, row):
        _pass_on(context, row, group, thing)
    finish(context, row)


def hand_over_all(run: Run) -> None:
    """The job: what was done before it was stopped is not done again.

    Raises:
        NotAllowed: whoever asked no longer may; nothing more passes, and the row says so.
    """
    number = as_int(run.params["number"])
    with run.database.writing() as session:
        row = session.get_one(Handover, number)
        if row.finished_at is not None:
            return
        row.left = []
        person = get_person(session, run.asked_by)
        actor = Actor(person.name, person.id)
        context = acting_now(session, run.engine, actor)
        hangs = get_workload(session, row.person_id, context.today)
        things = list(_things(hangs, row))
        refused = not _still_may(context, person, row, hangs)
        if refused:
            row.left = [(_key_of(group, thing), NO_LONGER.zh, NO_LONGER.en) for group, thing in things]
            row.finished_at = context.now
    if refused:
        raise NotAllowed(NO_LONGER)
    for done, (group, thing) in enumerate(things, 1):
        try:
            with run.database.writing() as session:
                row = session.get_one(Handover, number)
                _pass_on(acting_now(session, run.engine, actor), row, group, thing)
        except Exception as fault:  # whatever one thing does, the others pass
            logger.exception("%s did not pass", _key_of(group, thing))
            words = words_of(fault)
            with run.database.writing() as session:
                row = session.get_one(Handover, number)
                row.left = [*row.left, (_key_of(group, thing), words.zh, words.en)]
        if done % 20 == 0:
            run.progress(done, len(things))
    with run.database.writing() as session:
        finish(acting_now(session, run.engine, actor), session.get_one(Handover, number))
    run.progress(len(things), len(things))


def _still_may(context: ActionContext, person: Person, row: Handover, hangs: Workload) -> bool:
    """What was let through when it was asked for is asked again: posts may have changed since."""
    posts = {int(post): to for post, to in row.posts.items()}
    proposal = HandoverRequest(row.person_id, row.reason, row.note, row.successors, posts)
    may = person.active and may_hand_over(context.session, person.id, row.person_id, context.today)
    return may and not problems_of(context, proposal, hangs)


NO_LONGER: Final = LocalizedText(
    "提出移交的人已不再有权移交此人的工作，或所选接手人已变动，没有移交；请重新提出。",
    "Whoever asked may no longer hand this work over, or a successor has changed; nothing passed. Ask again.",
)


# -- one thing after the other ----------------------------------------------------------------------


def _things(hangs: Workload, row: Handover) -> Iterator[tuple[str, int | str]]:
    for group in GROUPS:
        if row.successors.get(group):
            yield from ((group, item) for item in getattr(hangs, group))


def _pass_on(context: ActionContext, row: Handover, group: str, thing: int | str) -> None:
    """Let one thing pass, or note why not."""
    passing = Reassignment(context, row.person_id, int(row.successors[group]), row.reason, row.note)
    key = _key_of(group, thing)
    match group:
        case "tickets":
            why_not = passing.ticket(int(thing))
        case "households":
            why_not = passing.household(int(thing))
        case _:
            why_not = passing.work(key)
    if why_not is not None:
        row.left = [*row.left, (key, why_not.zh, why_not.en)]
    else:
        row.moved = {**row.moved, group: int(row.moved.get(group, 0)) + 1}


def _key_of(group: str, thing: int | str) -> str:
    """The business key of one thing of a group."""
    kinds = {"tickets": "ticket", "households": "household"}
    return f"{kinds[group]}:{thing}" if group in kinds else str(thing)
