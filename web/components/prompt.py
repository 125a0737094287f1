"""The head of a page: what is asked, by when, what happens next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.engine import WorkItem
from web.components.next_steps import next_steps
from web.components.timeline import Date, dates_ahead
from web.names import item_ask

if TYPE_CHECKING:
    from web.context import RequestContext


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the reader is asked for, or somebody else is; ``next`` says what follows, ``ahead`` which dates come and who is told then."""

    what: str
    due: dt.datetime | None
    next: Sequence[str]
    ahead: Sequence[Date] = ()
    of_reader: bool = True


def prompt_of_item(context: RequestContext, session: Session, item: WorkItem) -> Prompt:
    """The head of a work item's page."""
    ahead = dates_ahead(context, session, [item.id]) if item.closed_at is None else []
    return Prompt(item_ask(item), item.due_at, next_steps(context.application.engine, session, item), ahead)
