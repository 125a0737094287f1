"""What on a thing's page stands on the reader's own desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.worklist.selectables import candidates, open_work
from rectification.rescheduling.timeline import timeline_of
from web.components.prompt import Prompt
from web.components.subject_cards import owner_words
from web.components.timeline import dates_of
from web.i18n import gettext as _
from web.names import step_name

if TYPE_CHECKING:
    from web.context import RequestContext


@dataclass(frozen=True, slots=True)
class MyItem:
    """A link to a work item of mine."""

    id: int
    name: str


def open_items(session: Session, key: str) -> Sequence[Row[Any]]:
    """Open work about a business key, the most urgent first."""
    query = select(open_work).where(open_work.c.key == key)
    return session.execute(query.order_by(open_work.c.sort_at, open_work.c.id)).all()


def my_items(context: RequestContext, session: Session, rows: Sequence[Row[Any]]) -> list[MyItem]:
    """Those that stand on the reader's desk."""
    owners = context.user.owners
    offered = [row.id for row in rows if "many" in (row.owner, row.offered_to)]
    shared = select(candidates.c.work_item_id).where(candidates.c.work_item_id.in_(offered))
    mine = set(session.scalars(shared.where(candidates.c.owner.in_(owners)))) if offered else set()
    return [
        MyItem(row.id, name_of(context, session, row))
        for row in rows
        if row.owner in owners or row.id in mine
    ]


def name_of(context: RequestContext, session: Session, row: Row[Any]) -> str:
    """The name of a step in the reader's language."""
    return step_name(
        context.application.engine, session, row.definition_id, row.process, row.element, row.name
    )


def prompt_about(
    context: RequestContext,
    session: Session,
    rows: Sequence[Row[Any]],
    mine: Sequence[MyItem],
    otherwise: str,
) -> Prompt:
    """The head of a thing's page: whose turn it is (``mine`` stand on the reader's desk), by when, and what lies ahead."""
    if not rows:
        return Prompt(otherwise, None, [], of_reader=False)
    own = {item.id for item in mine}
    first = next((row for row in rows if row.id in own), rows[0])
    name = name_of(context, session, first)
    what = (
        name
        if first.id in own
        else _("%(step)s: the work of %(owner)s.")
        % {"step": name, "owner": owner_words(session, first.owner)}
    )
    timeline = timeline_of(session, context.application.engine, rows, context.calendar.now)
    return Prompt(what, first.due_at, [], dates_of(context, timeline), of_reader=first.id in own)
