"""The visit form: what makes it complete, what is kept of it, and what the team lead says to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field

from sqlalchemy import select

from engine.errors import NotFound
from engine.host import Step, Values
from engine.inputs import HandlerInput, guard, service
from engine.text import LocalizedText
from notifications.outbox import NotificationRequest, notify_many
from rectification.access.second_people import names_oneself
from rectification.calendar.deadlines import as_day, local_day, milestone_at
from rectification.campaigns.catalogue import get_check_items
from rectification.campaigns.first_day import first_day
from rectification.campaigns.milestone_order import too_far
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.digest import digest_of
from rectification.core.history import record_event
from rectification.core.keys import row_number
from rectification.households.model import Household, get_household
from rectification.matters.visit import Visit, VisitCheck
from rectification.tickets.findings import open_findings
from rectification.visits.answers import wrong_answers


class CampaignInput(HandlerInput):
    """The campaign."""

    campaign: int


class VisitForm(HandlerInput):
    """A visit as its form asks about it, before anything is known to be right."""

    visited_on: str | None
    second_visitor: str | None
    met: str | None
    members_found: int | None
    answers: Mapping[str, object] | None
    next_visit_on: str | None


class VisitMade(CampaignInput):
    """A visit as it is kept."""

    visited_on: str
    met: str
    second_visitor: str = ""
    next_visit_on: str = ""
    members_found: int | None = None
    answers: Mapping[str, object] = field(default_factory=dict)
    note: str = ""


class CheckedVisit(HandlerInput):
    """What the team lead said to a visit form."""

    check: str
    check_reason: str = ""


@guard(VisitForm, reads=CampaignInput)
def visit_complete(step: Step, form: VisitForm) -> Mapping[str, LocalizedText]:
    """Guard: every household item answered, failures with reason and photo, a second date when nobody was met."""
    campaign = get_campaign(step.session, CampaignInput.read(step.variables).campaign)
    problems = _wrong_day(step, form.visited_on, campaign)
    if names_oneself(step, form.second_visitor or ""):
        problems["second_visitor"] = LocalizedText(
            "同行人不能是您本人。", "The second visitor cannot be you."
        )
    if form.met == "home":
        if form.members_found is None:
            problems["members_found"] = LocalizedText("请填写实际人口。", "Say how many members were found.")
        items = get_check_items(step.session, campaign.id, "H")
        wrong = wrong_answers(step, items, form.answers or {})
        if wrong is not None:
            problems["answers"] = wrong
    elif not form.next_visit_on:
        problems["next_visit_on"] = LocalizedText(
            "没有见到家人，请定下再次入户的日期。", "Nobody was met: set a date for the second visit."
        )
    elif as_day(form.next_visit_on, campaign.zone) < (today := local_day(step.now, campaign.zone)):
        problems["next_visit_on"] = LocalizedText(
            "再次入户日期不能早于今天。", "The second visit cannot lie in the past."
        )
    elif words := too_far(as_day(form.next_visit_on, campaign.zone), today):
        problems["next_visit_on"] = words
    return problems


def _wrong_day(step: Step, visited_on: str | None, campaign: Campaign) -> dict[str, LocalizedText]:
    if not visited_on:
        return {}
    day, first = as_day(visited_on, campaign.zone), first_day(step.session, campaign)
    if day > local_day(step.now, campaign.zone):
        return {"visited_on": LocalizedText("入户日期不能晚于今天。", "The visit cannot lie in the future.")}
    if day < first:
        words = LocalizedText(
            f"入户日期不能早于专项行动的第一天（{first.isoformat()}）。",
            f"The visit cannot lie before the campaign's first day ({first.isoformat()}).",
        )
        return {"visited_on": words}
    return {}


@service(VisitMade, "visit", "helper")
def record_visit(step: Step, given: VisitMade) -> Values:
    """Keep the visit whole, and make drafts of what failed."""
    campaign = get_campaign(step.session, given.campaign)
    visited = get_household(step.session, row_number(step.key))
    visit = _visit(step, given, visited, campaign)
    step.session.add(visit)
    step.session.flush()
    drafts = open_findings(step, visited, visit) if visit.met == "home" else []
    new = [ticket.id for ticket in drafts]
    record_event(
        step,
        "visited",
        step.key,
        visit=visit.id,
        met=visit.met,
        tickets=new,
        late=visit.late,
        kept=digest_of(visit, visit.KEPT),
    )
    return {"visit": visit.id, **_helper(visited)}


def _helper(visited: Household) -> Values:
    """Whose desk the next visit stands on: the helper may have changed since the process began."""
    return {} if visited.helper_id is None else {"helper": visited.helper_id}


def _visit(step: Step, given: VisitMade, visited: Household, campaign: Campaign) -> Visit:
    home = given.met == "home"
    next_day = "" if home else given.next_visit_on
    return Visit(
        campaign_id=campaign.id,
        household_id=visited.id,
        person_id=step.actor.person,
        second_visitor=given.second_visitor,
        visited_on=as_day(given.visited_on, campaign.zone),
        met=given.met,
        next_visit_on=as_day(next_day, campaign.zone) if next_day else None,
        members_found=given.members_found if home else None,
        answers=dict(given.answers) if home else {},
        note=given.note,
        late=step.now > milestone_at(campaign, "visits"),
        at=step.now,
    )


@service(CheckedVisit, "helper")
def check_visit_done(step: Step, given: CheckedVisit) -> Values:
    """The team lead accepted the form, or returned it to the helper with a reason."""
    query = select(Visit).join(Household).where(Household.id == row_number(step.key))
    visit = step.session.scalars(query.order_by(Visit.id.desc()).limit(1)).first()
    if visit is None:
        raise NotFound(LocalizedText("没有入户记录可以核对。", "There is no visit to check."))
    accepted = given.check == "ok"
    reason = "" if accepted else given.check_reason
    check = VisitCheck(
        visit_id=visit.id, accepted=accepted, reason=reason, by_id=step.actor.person, at=step.now
    )
    step.session.add(check)
    if not accepted and visit.person_id is not None:
        _tell_returned(step, visit.person_id, reason, step.now)
    return _helper(get_household(step.session, visit.household_id))


def _tell_returned(step: Step, person_id: int, reason: str, now: dt.datetime) -> None:
    head = get_household(step.session, row_number(step.key)).head
    words = LocalizedText(
        f"{head}户的入户表被退回：{reason}", f"The visit form of {head}'s household was returned: {reason}"
    )
    link = f"/households/{step.key.removeprefix('household:')}"
    notify_many(
        step.session, [NotificationRequest(person_id, "returned", step.key, words, link, urgent=True)], now
    )
