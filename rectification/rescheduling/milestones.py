"""Moving the milestones of a campaign: what may be asked, the change itself, and which dates follow."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from sqlalchemy.orm import Session

from engine.commands.reschedule import Affected
from engine.expressions import Expression
from engine.instances.state import Rewriting
from engine.json import Json, JsonObject, Values, as_object, as_text
from engine.text import LocalizedText
from rectification.calendar.deadlines import explanation_follows, instant_on, local_day
from rectification.campaigns.milestone_order import too_far, wrong_order
from rectification.campaigns.model import Campaign, Milestone

Proposal = JsonObject
"""Milestone to its day and cut-off time as texts: ``{"reverify": {"day": "2019-09-26", "cutoff": "18:00"}}``."""

_EXPLAINED_BY: Final = frozenset({"explanation", "closing"})
"""Milestones that stand behind the variable ``explain_by``."""
_READS: Final = re.compile(r"milestone\s*\(\s*(?:['\"](\w+)['\"])?")


def written(milestone: Milestone) -> dict[str, str | None]:
    """A milestone as a proposal writes it."""
    return {
        "day": milestone.day.isoformat(),
        "cutoff": milestone.cutoff.strftime("%H:%M") if milestone.cutoff else None,
    }


def changed(campaign: Campaign, proposal: Proposal) -> Values:
    """The part of a proposal that differs from how things are."""
    now = {row.name: written(row) for row in campaign.milestones}
    return {name: to for name, to in proposal.items() if now.get(name) != to}


def as_they_are(campaign: Campaign, proposal: Proposal) -> Values:
    """The milestones that a proposal names, as they are."""
    return {row.name: written(row) for row in campaign.milestones if row.name in proposal}


def wrong_proposal(campaign: Campaign, proposal: Proposal, now: dt.datetime) -> dict[str, LocalizedText]:
    """What is wrong with moving milestones so, by milestone; the empty name is the whole."""
    unknown = proposal.keys() - {row.name for row in campaign.milestones}
    problems = dict.fromkeys(sorted(unknown), LocalizedText("没有这个节点。", "There is no such milestone."))
    for name, to in proposal.items():
        if _instant(campaign, as_object(to)) <= now:
            problems[name] = LocalizedText(
                "节点不能改到已经过去的时间。", "A milestone cannot be moved into the past."
            )
        elif words := too_far(_day(to), local_day(now, campaign.zone)):
            problems[name] = words
    if not problems:
        days = {row.name: row.day for row in campaign.milestones}
        days |= {name: _day(to) for name, to in proposal.items()}
        problems = wrong_order(days)
    if not proposal:
        problems[""] = LocalizedText("没有改动任何节点。", "No milestone was changed.")
    return problems


def move(session: Session, campaign: Campaign, proposal: Proposal) -> None:
    """Move them; doing it again changes nothing."""
    for row in campaign.milestones:
        if row.name in proposal:
            row.day = _day(proposal[row.name])
            row.cutoff = _time(as_object(proposal[row.name])["cutoff"])
    session.flush()


def kept_in_tickets(proposal: Proposal) -> bool:
    """Whether tickets keep one of them in their variables."""
    return not _EXPLAINED_BY.isdisjoint(proposal)


def affected(proposal: Proposal) -> Affected:
    """Whether a rule reads one of them."""
    explains = kept_in_tickets(proposal)

    def reads(rule: Expression) -> bool:
        if explains and "explain_by" in rule.names:
            return True
        named = _READS.findall(rule.text) if "milestone" in rule.calls else []
        return any(not name or name in proposal for name in named)

    return reads


def rewriting(campaign: Campaign, proposal: Proposal, before: Proposal) -> Rewriting:
    """What an instance keeps of them in its variables: until when a ticket is to be explained."""
    old = {name: _instant(campaign, as_object(was)) for name, was in before.items()}

    def rewritten(scope: JsonObject) -> JsonObject:
        return explanation_follows(campaign, scope, old) if kept_in_tickets(proposal) else {}

    return rewritten


def _instant(campaign: Campaign, to: JsonObject) -> dt.datetime:
    return instant_on(_day(to), _time(to["cutoff"]), campaign.zone)


def _day(to: Json) -> dt.date:
    return dt.date.fromisoformat(as_text(as_object(to)["day"]))


def _time(text: Json) -> dt.time | None:
    return dt.time.fromisoformat(as_text(text)) if text else None
