"""The only writer of the tables ``instances`` and ``work_items``: every INSERT and UPDATE of them stands here.

Each function is one statement a table, however many rows it changes, in the caller's transaction; nothing is ever deleted.
Whoever calls has locked what it changes, or says what it must still be and looks at what comes back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from sqlalchemy import ColumnElement, and_, bindparam, case, insert, update
from sqlalchemy.orm import Session

from engine.database import BigId
from engine.host import Actor
from engine.schema import END_OF_TIME, instances, work_items
from engine.sql_arrays import in_list, parameter_rows

Reached = tuple[int, dt.datetime | None]
"""How many levels of its escalation policy work has behind it, and when the next one falls due."""

_I, _W = instances.c, work_items.c
_IS_OPEN: Final = _W.closed_at.is_(None)

# -- instances -----------------------------------------------------------------------------------

_insert_instance = insert(instances).returning(_I.id)
_save = (
    update(instances)
    .where(_I.id == bindparam("number"))
    .values(
        state=bindparam("new_state"),
        status=bindparam("new_status"),
        version=_I.version + 1,
        ended_at=bindparam("ended"),
        incident=False,
        previous=None,
    )
)
_save_completion = _save.values(previous=_I.state, previous_version=_I.version + 1)


def open_instance(session: Session, definition: int, process: str, key: str, now: dt.datetime) -> int:
    """A new instance of a process of a version, still without a state; returns its id."""
    row = {"definition_id": definition, "process": process, "key": key, "version": 1, "started_at": now}
    return int(session.execute(_insert_instance, {**row, "incident": False}).scalar_one())


def save_instance(
    session: Session,
    number: int,
    state: bytes | None,
    status: str | None,
    ended_at: dt.datetime | None,
    *,
    keep_previous: bool,
) -> None:
    """The instance has moved: its state of now, without a failure; one that has ended has none.

    ``keep_previous``: the state of before stays beside it, so that the completion can be taken back (撤回).
    """
    values = {"number": number, "new_state": state, "new_status": status, "ended": ended_at}
    session.execute(_save_completion if keep_previous else _save, values)


def forget_previous(session: Session, number: int) -> None:
    """The last completion cannot be taken back: something went out of the instance."""
    _change_instance(session, number, previous=None)


def rewrite_state(session: Session, number: int, state: bytes) -> None:
    """Variables or dates inside an instance were changed, and it has not moved; no completion before can be taken back."""
    _change_instance(session, number, state=state, version=_I.version + 1)


def mark_incident(session: Session, number: int, stopped: bool) -> None:
    """Whether something about the instance has failed and nobody has seen to it (异常)."""
    _change_instance(session, number, incident=stopped)


def restore_completion(session: Session, number: int, state: bytes, status: str | None) -> None:
    """Put an instance back to the state before its last completion, which cannot be taken back again."""
    values = {"state": state, "status": status, "version": _I.version + 1}
    _change_instance(session, number, **values, previous=None, incident=False)


def restore_move(session: Session, number: int, definition: int, state: bytes, status: str | None) -> None:
    """Put an instance back to the version and state before it was moved."""
    values = {"definition_id": definition, "state": state, "status": status, "version": _I.version + 1}
    _change_instance(session, number, **values)


def change_version(session: Session, number: int, definition: int) -> None:
    """An instance and its open work go on by another version."""
    _change_instance(session, number, definition_id=definition)
    mine = (_W.instance_id == number, _IS_OPEN)
    session.execute(update(work_items).where(*mine).values(definition_id=definition))


def end_instance(session: Session, number: int, status: str | None, now: dt.datetime) -> None:
    """An instance ends before its diagram ends it (终止)."""
    values = {"status": status, "ended_at": now, "version": _I.version + 1}
    _change_instance(session, number, **values, state=None, previous=None, incident=False)


def _change_instance(session: Session, number: int, **values: object) -> None:
    session.execute(update(instances).where(_I.id == number).values(**values))


# -- work items ----------------------------------------------------------------------------------

_insert_item = insert(work_items).returning(_W.id)
_close_item = (
    update(work_items)
    .where(_W.instance_id == bindparam("instance"), _W.token == bindparam("at_token"))
    .values(
        closed_at=bindparam("at"),
        outcome=bindparam("how"),
        closed_by=bindparam("by"),
        closed_by_person=bindparam("person"),
    )
    .returning(_W.id)
)


def open_work_item(session: Session, row: Mapping[str, object]) -> int:
    """Work that a diagram offers: on a desk from now on; returns its id."""
    return int(session.execute(_insert_item, row).scalar_one())


def close_work_item(
    session: Session, instance: int, token: int, outcome: str, actor: Actor, now: dt.datetime
) -> Sequence[int]:
    """The work of a token that is gone is over: ``completed``, or ``cancelled``; returns its id."""
    values = {"instance": instance, "at_token": token, "at": now, "how": outcome}
    values |= {"by": actor.name, "person": actor.person}
    return session.scalars(_close_item, values).all()


def cancel_open_work(
    session: Session, which: ColumnElement[bool], by: str, now: dt.datetime, person: int | None = None
) -> Sequence[int]:
    """Open work for which a condition holds is not to be done any more; returns the ids of what was open."""
    values = {"closed_at": now, "outcome": "cancelled", "closed_by": by, "closed_by_person": person}
    closing = update(work_items).where(which, _IS_OPEN).values(**values)
    return session.scalars(closing.returning(_W.id)).all()


def reopen_work(session: Session, instance: int, tokens: Sequence[int]) -> None:
    """The work of these tokens stands open where it stood."""
    values = dict.fromkeys(("closed_at", "outcome", "closed_by", "closed_by_person"))
    mine = (_W.instance_id == instance, _W.token.in_(tokens))
    session.execute(update(work_items).where(*mine).values(**values))


def set_owner(session: Session, number: int, owner: str, *, before: str | None = None) -> bool:
    """Put open work on another desk; False: it is over, or stands no longer on the desk ``before``."""
    still = [_W.id == number, _IS_OPEN]
    if before is not None:
        still.append(_W.owner == before)
    moved = update(work_items).where(*still).values(owner=owner).returning(_W.id)
    return session.execute(moved).one_or_none() is not None


def set_owner_and_offer(session: Session, number: int, owner: str, offered_to: str) -> None:
    """Work passes to another desk for good: it goes back to that one when it is released."""
    values = {"owner": owner, "offered_to": offered_to}
    session.execute(update(work_items).where(_W.id == number).values(**values))


def move_open_work(session: Session, key: str, before: str, owner: str) -> list[tuple[int, str]]:
    """Move what a business key has on one desk to another; returns (instance, element) of each."""
    mine = (_W.key == key, _W.owner == before, _IS_OPEN)
    moved = update(work_items).where(*mine).values(owner=owner)
    rows = session.execute(moved.returning(_W.instance_id, _W.element))
    return [(instance, element) for instance, element in rows]


def set_due_date(
    session: Session, number: int, due_at: dt.datetime | None, reached: Reached | None = None
) -> None:
    """Another due date (办理期限), and where the escalation goes on then; None: the work has no escalation."""
    values: dict[str, object] = {"due_at": due_at, "sort_at": due_at or END_OF_TIME}
    if reached is not None:
        values |= {"escalation_step": reached[0], "escalation_at": reached[1]}
    session.execute(update(work_items).where(_W.id == number).values(**values))


def rewrite_work_of_token(session: Session, instance: int, token: int, values: Mapping[str, object]) -> int:
    """The token stands on another task, or on a task that changed: its row says so; returns its id."""
    mine = (_W.instance_id == instance, _W.token == token)
    return int(
        session.execute(update(work_items).where(*mine).values(**values).returning(_W.id)).scalar_one()
    )


def restore_work(session: Session, number: int, values: Mapping[str, object]) -> None:
    """Columns get the values that they had before a move of the instance."""
    session.execute(update(work_items).where(_W.id == number).values(**values))


# -- how far escalation has come -----------------------------------------------------------------

_owned: Final = parameter_rows("owned", item=BigId, owner=_W.owner.type)
_unchanged: Final = and_(
    _IS_OPEN,
    _W.escalation_at.is_not(None),
    _W.escalation_at <= bindparam("now", type_=_W.escalation_at.type),
    _W.owner == _owned.c.owner,
    _W.escalation == bindparam("was_on"),
    _W.due_at == bindparam("was_due"),
    _W.escalation_step == bindparam("was"),
)
# In a case, for by an index of dates either database would look through everything that is due rather than at these few.
_advance: Final = (
    update(work_items)
    .where(_W.id == _owned.c.item, case((_unchanged, 1), else_=0) == 1)
    .values(escalation_step=bindparam("behind"), escalation_at=bindparam("next_at"))
)


class EscalatingWork(Protocol):
    """What is known of work whose next level is due, as it was read."""

    @property
    def id(self) -> int: ...
    @property
    def owner(self) -> str: ...
    @property
    def escalation(self) -> str | None: ...
    @property
    def due_at(self) -> dt.datetime | None: ...
    @property
    def escalation_step(self) -> int: ...


def advance_levels(
    session: Session, rows: Sequence[EscalatingWork], now: dt.datetime, reached: Reached
) -> int:
    """Work whose next level is due has reached it; returns how many rows were still what they are given as.

    ``rows`` were read alike in ``escalation``, ``due_at`` and ``escalation_step``; each has its own ``id`` and ``owner``.
    """
    alike = rows[0]
    values = {"owned": [(row.id, row.owner) for row in rows], "now": now}
    values |= {"was_on": alike.escalation, "was_due": alike.due_at, "was": alike.escalation_step}
    values |= {"behind": reached[0], "next_at": reached[1]}
    return session.connection().execute(_advance, values).rowcount


def set_levels(session: Session, numbers: Sequence[int], reached: Reached) -> None:
    """How far the escalation of these work items has come, when its policy or its calendar changed."""
    moved = update(work_items).where(in_list(_W.id, numbers))
    session.execute(moved.values(escalation_step=reached[0], escalation_at=reached[1]))


def put_off_level(session: Session, number: int, until: dt.datetime) -> None:
    """The next level of a work item could not be reached; it is looked at again then."""
    session.execute(update(work_items).where(_W.id == number).values(escalation_at=until))


def look_at_levels(session: Session, instance: int, now: dt.datetime) -> None:
    """Let the next sweep look at the escalation of an instance's open work, whenever it was put off to."""
    waits = (_W.instance_id == instance, _IS_OPEN, _W.escalation_at > now)
    session.execute(update(work_items).where(*waits).values(escalation_at=now))
