"""What a work's checklist finds: each failed item of a case becomes a ticket like any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.host import Step, Values
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


def report_issues(step: Step) -> Values:
    """Make a ticket of each failed item that has none; returns how many problems the household has now."""
    values = step.variables
    case = get_case(step.session, values["case"])
    home = get_household(step.session, case.household_id)
    hold_village(step.session, home.village)
    known = open_tickets(step.session, home.id)
    answers: Mapping[str, Any] = values.get("answers") or {}
    day = local_day(step.now, get_campaign(step.session, values["campaign"]).zone)
    failed = [
        item
        for item in get_check_items(step.session, values["campaign"], "H", values["work"])
        if item.fails(answers.get(item.code))
    ]
    new = [
        open_finding(
            step,
            FindingPlace.of(home),
            Find(item, answers.get(item.code) or {}, day, step.actor.person, source=values["work"][:20]),
        ).id
        for item in failed
        if item.code not in known
    ]
    record_event(step, "checked", case.key, problems=len(failed), tickets=new)
    return {"problems_found": len(failed)}


def checklist_complete(step: Step, values: Values) -> Mapping[str, LocalizedText]:
    """Guard: every question of the work answered, what failed with its reason and photo."""
    items = get_check_items(step.session, step.variables["campaign"], "H", step.variables["work"])
    wrong = wrong_answers(step, items, values.get("answers") or {})
    return {} if wrong is None else {"answers": wrong}
