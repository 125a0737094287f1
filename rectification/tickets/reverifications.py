"""Re-verification: two people who did not do the fixing say whether it is fixed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.host import Step, Values
from engine.inputs import HandlerInput, guard, service
from engine.iso import end_of_day, instant
from engine.text import LocalizedText
from rectification.access.second_people import names_oneself, too_near
from rectification.calendar.deadlines import local_day, milestone_at, workdays_after
from rectification.campaigns.model import get_campaign
from rectification.core.digest import digest_of
from rectification.core.history import record_event
from rectification.core.model import Id, LongText, Model, Name
from rectification.evidence.model import unknown_evidence
from rectification.matters.ticket import get_ticket
from rectification.matters.work_scope import area_of
from rectification.people.posts import posts_of

EXPLANATION_WORKDAYS = 2
"""Working days for an explanation when re-verification leaves no time to go on."""


class Reverification(Model):
    """One finding: fixed, not_fixed (with a demand) or not_true."""

    __tablename__ = "reverifications"
    KEPT: ClassVar = ("result", "method", "second_verifier", "demand", "photos", "unit_id", "by_id")
    """What the history has a digest of."""

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    result: Mapped[str] = mapped_column(String(20))
    method: Mapped[str] = mapped_column(String(20))
    second_verifier: Mapped[Name]
    demand: Mapped[LongText] = mapped_column(default="")
    photos: Mapped[list[int]] = mapped_column(default=list)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


class ReverifyForm(HandlerInput):
    """A re-verification as its form asks about it."""

    second_verifier: str | None
    reverify_result: str | None
    demand: str | None
    reverify_photos: list[int] | None = None


class VerifiedTicket(HandlerInput):
    """A re-verification as it is kept."""

    campaign: int
    ticket: int
    reverify_result: str
    method: str = ""
    second_verifier: str = ""
    demand: str = ""
    reverify_photos: list[int] = field(default_factory=list)


class ExplainedUntil(HandlerInput):
    """A campaign, and the last date of a ticket's explanation where it has one of its own."""

    campaign: int
    explain_by: str = ""


@guard(ReverifyForm)
def reverify_complete(step: Step, form: ReverifyForm) -> Mapping[str, LocalizedText]:
    """Guard: two names, both of people who did not do the fixing, and a demand when it is not fixed."""
    problems: dict[str, LocalizedText] = {}
    second = (form.second_verifier or "").strip()
    if not second:
        problems["second_verifier"] = LocalizedText(
            "复核须两人，请填写同行复核人。", "Two people verify: name the second."
        )
    elif names_oneself(step, second):
        problems["second_verifier"] = LocalizedText(
            "同行复核人不能是您本人。", "The second verifier cannot be you."
        )
    elif (words := too_near(step, second, step.properties.get("separate_from") or "rectify")) is not None:
        problems["second_verifier"] = words
    if form.reverify_result == "not_fixed" and not (form.demand or "").strip():
        problems["demand"] = LocalizedText("请写明还要怎样整改。", "Say what is still demanded.")
    if unknown_evidence(step.session, form.reverify_photos or [], step.key):
        problems["reverify_photos"] = LocalizedText(
            "有照片没有上传成功，请重新上传。", "A photo was not received; please send it again."
        )
    return problems


@service(VerifiedTicket, "time_left", "explain_by", "explain_milestone")
def record_reverification(step: Step, given: VerifiedTicket) -> Values:
    """Keep the finding, and say whether there is time left to go on fixing.

    Without any, the explanation gets days of its own: its milestone may be the day of re-verification.
    """
    session = step.session
    ticket = get_ticket(session, given.ticket)
    result = given.reverify_result
    row = Reverification(ticket_id=ticket.id, result=result, method=given.method)
    row.second_verifier = given.second_verifier
    row.demand = given.demand if result == "not_fixed" else ""
    row.photos = given.reverify_photos
    row.unit_id, row.by_id, row.at = _unit_of(step, given.campaign), step.actor.person, step.now
    session.add(row)
    if result == "not_fixed":
        ticket.rounds += 1
    record_event(
        step,
        "reverified",
        ticket.key,
        result=result,
        demand=row.demand,
        rounds=ticket.rounds,
        kept=digest_of(row, row.KEPT),
    )
    if step.now < explain_by(step):
        return {"time_left": True}
    return {
        "time_left": False,
        "explain_by": _days_to_explain(step, given.campaign).isoformat(),
        "explain_milestone": None,
    }


def _days_to_explain(step: Step, number: int) -> dt.datetime:
    campaign = get_campaign(step.session, number)
    area = area_of(step.variables) or campaign.area_code
    day = workdays_after(
        step.session, local_day(step.now, campaign.zone), EXPLANATION_WORKDAYS, campaign.zone, area
    )
    return end_of_day(day, campaign.zone).astimezone(campaign.zone)


def explain_by(step: Step) -> dt.datetime:
    """Until when a ticket may go on without a written explanation: its own last deadline, or the milestone."""
    given = ExplainedUntil.read(step.variables)
    campaign, own = get_campaign(step.session, given.campaign), given.explain_by
    return instant(own, campaign.zone) if own else milestone_at(campaign, "explanation")


def _unit_of(step: Step, campaign: int) -> int | None:
    if step.actor.person is None:
        return None
    today = local_day(step.now, get_campaign(step.session, campaign).zone)
    posts = posts_of(step.session, step.actor.person, today)
    return next((post.unit_id for post in posts if post.unit_id is not None), None)
