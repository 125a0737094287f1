"""What the domain answers when the engine asks the world."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine.expressions import Functions, Value
from engine.host import Actor, Deadline, Guard, Handler, OpenWork, Step, Values
from engine.inputs import FormGuard, Service
from engine.iso import end_of_day
from engine.json import as_int
from engine.owners import person_owner, post_owner, unit_owner
from rectification.calendar.deadlines import (
    as_day,
    hours_after,
    local_day,
    milestone_at,
    shifted,
    workdays_after,
    workdays_before,
)
from rectification.campaigns.model import Campaign, get_campaign, get_current_campaign
from rectification.core.keys import kind_of, row_number
from rectification.escalation import offers, sweep
from rectification.issue_lists import submit, villages
from rectification.matters import consultation, work_scope
from rectification.matters.issue_list import TicketReturn
from rectification.matters.repeated_status import repeat_status
from rectification.matters.scope_of_work import scope_of
from rectification.matters.status import BEING_FIXED, TicketStatus
from rectification.matters.ticket import get_ticket
from rectification.matters.timezone import zone_of_campaign
from rectification.people.roles import Role
from rectification.places import scopes
from rectification.results import facts, outcomes, procedure, proposals
from rectification.tickets import (
    cancellations,
    closures,
    consulting,
    dispatch,
    explanations,
    extensions,
    hung,
    progress_statements,
    refused_explanations,
    requests,
    reverifications,
    transfers,
)
from rectification.visits import case_findings, forms, rechecks, village_forms

Counting = Callable[[Session, Any, int, ZoneInfo, str], Any]

HANDLERS: Final[dict[str, Service[Any]]] = {
    "record_visit": forms.record_visit,
    "check_visit_done": forms.check_visit_done,
    "report_unvisited": villages.report_unvisited,
    "submit_list": submit.submit_list,
    "freeze_list": submit.freeze_list,
    "enter_list": submit.enter_list,
    "void_line": submit.void_line,
    "dispatch": dispatch.dispatch,
    "acknowledged": dispatch.acknowledged,
    "apply_for_closure": closures.apply_for_closure,
    "record_reverification": reverifications.record_reverification,
    "close_ticket": closures.close_ticket,
    "explanation_submitted": explanations.explanation_submitted,
    "explanation_decided": explanations.explanation_decided,
    "hang": hung.hang_ticket,
    "unhang": hung.end_hanging,
    "step_up": refused_explanations.escalate_refusal,
    "count_results": villages.count_results,
    "report_issues": case_findings.report_issues,
    "record_outcome": outcomes.record_outcome,
    "record_facts": facts.record_facts,
    "take_proposal": procedure.take_proposal,
    "take_review": procedure.take_review,
    "record_result": procedure.record_result,
    "confirm_income": procedure.confirm_income,
    "take_old_problem": rechecks.take_old_problem,
    "record_old_problem": rechecks.record_old_problem,
    "sum_up_old_problems": rechecks.sum_up_old_problems,
    "report_findings": village_forms.report_findings,
    "transfer": transfers.transfer,
    "settle_transfer": transfers.settle_transfer,
    "extend": extensions.extend,
    "statement_submitted": progress_statements.statement_submitted,
    "statement_judged": progress_statements.statement_judged,
    "consultation_answered": consultation.consultation_answered,
    "ending_decided": cancellations.cancellation_decided,
    "statement_called_off": progress_statements.statement_called_off,
}
"""What service tasks do, by topic."""

GUARDS: Final[dict[str, FormGuard[Any]]] = {
    "visit_complete": forms.visit_complete,
    "village_ready": submit.village_ready,
    "dispatch_complete": dispatch.dispatch_complete,
    "outcome_complete": requests.outcome_complete,
    "evidence_complete": closures.evidence_complete,
    "settlement_complete": transfers.settlement_complete,
    "extension_bounded": extensions.extension_bounded,
    "line_judged": submit.line_judged,
    "form_complete": village_forms.form_complete,
    "reverify_complete": reverifications.reverify_complete,
    "closure_number": closures.closure_number,
    "explanation_complete": explanations.explanation_complete,
    "checklist_complete": case_findings.checklist_complete,
    "review_complete": procedure.review_complete,
    "notice_long_enough": procedure.notice_long_enough,
    "approval_numbered": procedure.approval_numbered,
    "did_not_repair": consulting.did_not_repair,
    "second_person": cancellations.second_person,
    "statement_complete": progress_statements.statement_complete,
}
"""What user tasks ask before they complete, by name."""


class DomainHost:
    """The campaign's facts as :class:`engine.host.ProcessHost`."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def zone_of(self, session: Session, variables: Mapping[str, Value]) -> ZoneInfo:
        """That of the campaign; of the one begun last where none is named."""
        return zone_of_campaign(session, variables.get("campaign"))

    def scope_of(self, session: Session, key: str, variables: Mapping[str, Value]) -> str:
        """The narrowest area in which it lies."""
        return scope_of(session, key, variables)

    def scopes_above(self, session: Session, scope: str) -> Sequence[str]:
        """The area and those above it, at last the installation."""
        return scopes.scopes_above(session, scope)

    def begins_with(self, session: Session, scope: str, others: Collection[str]) -> Values:
        """The area by its levels, and the areas inside it that have a version of their own."""
        return scopes.begins_with(session, scope, others)

    def functions(self, step: Step) -> Functions:
        """Named functions for the expressions of diagrams and tables."""
        return functions(step)

    def handler(self, topic: str) -> Handler | None:
        """What a service task with this topic does."""
        return HANDLERS.get(topic)

    def guard(self, name: str) -> Guard | None:
        """What a user task's guard checks."""
        return GUARDS.get(name)

    def status_changed(self, step: Step, status: str) -> None:
        """Repeat the diagram's status in the domain's row, where lists read it."""
        repeat_status(step.session, step.key, status)
        proposals.follow_status(step)
        if kind_of(step.key) == "ticket":
            if status not in BEING_FIXED:
                progress_statements.progress_made(step)
            _keep_return(step, status)

    def ended(self, step: Step, status: str | None) -> None:
        """Nothing follows an end that the diagram's own steps have not done."""

    def work_scope(self, variables: Mapping[str, Value]) -> str | None:
        """Campaign and area."""
        return work_scope.written(variables)

    def first_escalation(self, session: Session, deadline: Deadline) -> dt.datetime | None:
        """When the escalation first has somebody to tell."""
        return sweep.get_first_level(session, deadline)

    def escalation_after_move(
        self, session: Session, item: int, deadline: Deadline, now: dt.datetime
    ) -> tuple[int, dt.datetime | None]:
        """Where the escalation of work goes on whose deadline moved."""
        return sweep.get_level_after_move(session, item, deadline, now)

    def cancelled(self, session: Session, work: Sequence[int], actor: Actor, now: dt.datetime) -> None:
        """Nobody is asked about it any more."""
        consultation.work_gone(session, work, actor, now)

    def offered(self, session: Session, work: Sequence[OpenWork], now: dt.datetime) -> None:
        """Tell whoever new work is for."""
        offers.notify_offers(session, work, now)


def functions(step: Step) -> Functions:
    """The functions that expressions may call, bound to one step."""

    def here() -> Campaign:
        number = as_int(step.variables.get("campaign") or 0)
        campaign = get_campaign(step.session, number) if number else get_current_campaign(step.session)
        return campaign if campaign is not None else get_campaign(step.session, 0)

    def days(value: object, count: Any, counting: Counting) -> Any:
        place = here()
        area = work_scope.area_of(step.variables) or place.area_code
        return counting(step.session, value, int(count), place.zone, area)

    return {
        "milestone": lambda name: milestone_at(here(), str(name)),
        "days_before": lambda value, days: shifted(value, -int(days), here().zone),
        "days_after": lambda value, days: shifted(value, int(days), here().zone),
        "hours_after": lambda value, hours: hours_after(value, int(hours), here().zone),
        "workdays_before": lambda value, count: days(value, count, workdays_before),
        "workdays_after": lambda value, count: days(value, count, workdays_after),
        "end_of_day": lambda value: end_of_day(as_day(value, here().zone), here().zone),
        "now": lambda: step.now,
        "today": lambda: local_day(step.now, here().zone),
        "person": lambda number: person_owner(int(number)),
        "post": lambda role, scope: post_owner(role, scope),
        "unit_leader": lambda unit: unit_owner(Role.UNIT_LEADER, int(unit)),
        "old_problems": lambda household: rechecks.old_problems(step, int(household)),
        "setting": lambda name: here().settings.get(str(name)),
        "verifier": lambda number: dispatch.verifier_of(step.session, get_ticket(step.session, int(number))),
        "extender": lambda number, day: extensions.extender_of(step.session, int(number), day),
        "judge": lambda level, number: dispatch.reviewer_of(
            step.session, get_ticket(step.session, int(number)), str(level)
        ),
    }


def _keep_return(step: Step, status: str) -> None:
    """A line that came back from the town, or a ticket that its person did not accept."""
    values = step.variables
    if status == TicketStatus.RETURNED:
        reason = values.get("review_reason")
    elif status == TicketStatus.LISTED and values.get("acknowledged") == "no":
        reason = values.get("refusal")
    else:
        return
    number = row_number(step.key)
    row = TicketReturn(ticket_id=number, reason=str(reason or ""), by_id=step.actor.person, at=step.now)
    step.session.add(row)
