"""Work of one person passes to another: variables that name them, and the desks on which it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.host import Actor
from engine.instances import state, store
from engine.json import Json
from engine.rows import InstanceRow, WorkItemRow, get_rows
from engine.schema import candidates, instances, work_items


def hold(session: Session, key: str) -> None:
    """Lock what runs under a business key, before anything about it is read that must not change meanwhile."""
    live = select(instances.c.id).where(instances.c.key == key, instances.c.ended_at.is_(None))
    session.execute(live.order_by(instances.c.id).with_for_update()).all()


def reassign_all(
    session: Session,
    key: str,
    desks: Mapping[str, str],
    renaming: state.Rewriting,
    actor: Actor,
    now: dt.datetime,
    **reason: object,
) -> bool:
    """Rewrite everything that runs under a business key, in the caller's transaction; whether anything changed.

    ``desks`` says which owner takes the place of which. What somebody took from a post goes back to those it
    was offered to. Doing it again changes nothing.
    """
    changed = False
    live = select(instances).where(instances.c.key == key, instances.c.ended_at.is_(None))
    for row in get_rows(session, live.order_by(instances.c.id).with_for_update(), InstanceRow):
        variables = _rename(session, row, renaming)
        owners = _reseat(session, row.id, desks)
        if variables or owners:
            detail = {"variables": variables, "owners": owners, **reason}
            record(session, actor, now, "handed_over", key, instance=row.id, **detail)
            changed = True
    return changed


def _rename(session: Session, row: InstanceRow, renaming: state.Rewriting) -> dict[str, list[Json]]:
    """Each variable that changed, with its value before and after."""
    assert row.state is not None
    stored, renamed = state.rewritten(row.state, renaming)
    if renamed:
        store.rewrite_state(session, row.id, stored)
    return renamed


def _reseat(session: Session, instance: int, desks: Mapping[str, str]) -> list[list[str]]:
    """Move open work from desk to desk; returns (before, after) of each."""
    mine = work_items.c.instance_id == instance, work_items.c.closed_at.is_(None)
    owners: list[list[str]] = []
    for item in get_rows(session, select(work_items).where(*mine), WorkItemRow):
        offered = desks.get(item.offered_to, item.offered_to)
        owner = item.owner
        if owner in desks:
            owner = desks[owner] if item.offered_to == item.owner else offered
        if (owner, offered) != (item.owner, item.offered_to):
            store.set_owner_and_offer(session, item.id, owner, offered)
            owners.append([item.owner, owner])
        owners += _rename_candidates(session, item.id, desks)
    return owners


def _rename_candidates(session: Session, item: int, desks: Mapping[str, str]) -> list[list[str]]:
    owners = set(session.scalars(select(candidates.c.owner).where(candidates.c.work_item_id == item)))
    result = []
    for before in sorted(owners & desks.keys()):
        session.execute(
            delete(candidates).where(candidates.c.work_item_id == item, candidates.c.owner == before)
        )
        if desks[before] not in owners:
            session.execute(insert(candidates), {"work_item_id": item, "owner": desks[before]})
        result.append([before, desks[before]])
    return result
