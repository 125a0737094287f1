"""What a work's checklist finds: each failed item of a case becomes a ticket like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from engine.host import Step, Values
from engine.inputs import HandlerInput, guard, service
from engine.json import as_object
from engine.text import LocalizedText
from rectification.calendar.deadlines import local_day
from rectification.campaigns.catalogue import get_check_items
from rectification.campaigns.model import get_campaign
from rectification.core.history import record_event
from rectification.households.model import get_household
from rectification.matters.case import get_case
from rectification.matters.issue_list import hold_village
from rectification.tickets.findings import Find, FindingPlace, open_finding, open_tickets
from rectification.visits.answers import wrong_answers


class WorkInput(HandlerInput):
    """The work whose questions are asked, and its campaign."""

    campaign: int
    work: str


class CheckedCase(WorkInput):
    """A case with the answers that were given."""

    case: int
    answers: Mapping[str, object] = field(default_factory=dict)


class ChecklistForm(HandlerInput):
    """The answers to the questions of a work."""

    answers: Mapping[str, object] | None


@service(CheckedCase, "problems_found")
def report_issues(step: Step, given: CheckedCase) -> Values:
    """Make a ticket of each failed item that has none; returns how many problems the household has now."""
    case = get_case(step.session, given.case)
    home = get_household(step.session, case.household_id)
    hold_village(step.session, home.village)
    known = open_tickets(step.session, home.id)
    day = local_day(step.now, get_campaign(step.session, given.campaign).zone)
    failed = [
        item
        for item in get_check_items(step.session, given.campaign, "H", given.work)
        if item.fails(as_object(given.answers.get(item.code)))
    ]
    new = [
        open_finding(
            step,
            FindingPlace.of(home),
            Find(
                item, as_object(given.answers.get(item.code)), day, step.actor.person, source=given.work[:20]
            ),
        ).id
        for item in failed
        if item.code not in known
    ]
    record_event(step, "checked", case.key, problems=len(failed), tickets=new)
    return {"problems_found": len(failed)}


@guard(ChecklistForm, reads=WorkInput)
def checklist_complete(step: Step, form: ChecklistForm) -> Mapping[str, LocalizedText]:
    """Guard: every question of the work answered, what failed with its reason and photo."""
    about = WorkInput.read(step.variables)
    items = get_check_items(step.session, about.campaign, "H", about.work)
    wrong = wrong_answers(step, items, form.answers or {})
    return {} if wrong is None else {"answers": wrong}
