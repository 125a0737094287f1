"""Reminders on working days: a campaign says whether what would fall on a day off comes on the working day before."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.instances import store
from engine.text import LocalizedText
from engine.worklist.selectables import open_work
from rectification.campaigns.model import get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.jobs import Run, enqueue
from rectification.core.keys import campaign_key
from rectification.escalation.policy import EscalationPolicies
from rectification.escalation.schedule import ON_WORKDAYS, LevelSchedule, passed

AT_ONCE: Final = 500
"""Work items in one transaction."""


def on_workdays(settings: Mapping[str, object]) -> bool:
    """Whether a campaign's reminders keep to working days."""
    return bool(settings.get(ON_WORKDAYS))


def keep_to_workdays(context: ActionContext, number: int, yes: bool) -> None:
    """Say so for a campaign; what is open already is reckoned anew in the background.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = get_campaign(context.session, number)
    before = on_workdays(campaign.settings)
    if before == yes:
        return
    campaign.settings = {**campaign.settings, ON_WORKDAYS: yes}
    record_event(
        context, "changed", campaign_key(campaign.id),
        before={ON_WORKDAYS: before}, after={ON_WORKDAYS: yes}
    )  # fmt: skip
    if context.actor.person is not None:
        name = LocalizedText("按新规定重排提醒时间", "Reckon the reminders anew")
        enqueue(context, "retime_reminders", name)


def retime_reminders(run: Run) -> None:
    """The job: say anew when the next rule of open work falls due; done again it changes nothing."""
    last: int | None = 0
    while last is not None:
        with run.database.writing() as session:
            last = _retime(session, last)


def _retime(session: Session, after: int) -> int | None:
    """Some work items beyond a number; returns the last of them, None at the end."""
    work = open_work.c
    query = select(
        work.id,
        work.escalation,
        work.due_at,
        work.escalation_step,
        work.escalation_at,
        work.created_at,
        work.work_scope,
    ).where(work.escalation_at.is_not(None), work.id > after)
    items = session.execute(query.order_by(work.id).limit(AT_ONCE).with_for_update()).all()
    reckoning, escalations = LevelSchedule(), EscalationPolicies(session)
    places: dict[tuple[int, dt.datetime | None], list[int]] = defaultdict(list)
    for item in items:
        times = reckoning.of(session, item.work_scope).of(
            escalations.of(session, item.escalation, item.work_scope), item.due_at, item.created_at
        )
        behind = item.escalation_step or passed(times, 0, item.created_at, item.created_at)[1]
        next_at = times[behind] if behind < len(times) else None
        if next_at != item.escalation_at:
            places[behind, next_at].append(item.id)
    for (behind, next_at), numbers in places.items():
        store.set_levels(session, numbers, (behind, next_at))
    return items[-1].id if items else None
