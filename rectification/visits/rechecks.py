"""The safeguards, checked again: each old problem is visited by itself; what is not fixed becomes a ticket that names it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import select

from engine.errors import NotFound
from engine.host import Step, Values
from engine.inputs import HandlerInput, service
from engine.json import as_int, as_text
from engine.text import LocalizedText
from rectification.access.separation_of_duties import last_doer
from rectification.calendar.deadlines import as_day, local_day
from rectification.campaigns.catalogue import CheckItem, get_check_items
from rectification.campaigns.model import get_campaign
from rectification.core.history import record_event
from rectification.households.baseline import BaselineCheck, BaselineProblem, as_variables, baseline_of
from rectification.households.model import get_household
from rectification.matters.case import get_case
from rectification.matters.issue_list import hold_village
from rectification.matters.ticket import Ticket
from rectification.tickets.findings import Find, FindingPlace, open_finding, open_tickets

UNASKED: Final = "-"
"""The level of the check item under which old problems stand that match no question."""


def old_problems(step: Step, number: int) -> list[Values]:
    """A household's old problems, for the diagram to visit one by one."""
    return [as_variables(problem) for problem in baseline_of(step.session, number)]


class LaidOutProblem(HandlerInput):
    """The old problem whose form is laid out."""

    problem: Mapping[str, object]


class CaseInput(HandlerInput):
    """A case, with how many problems were found in it."""

    case: int
    problems_found: int = 0


class RecheckedProblem(HandlerInput):
    """What was found of one old problem."""

    campaign: int
    case: int
    work: str
    problem: Mapping[str, object]
    problem_state: str
    measure_in_place: bool = False
    measure_taken: str = ""
    problem_note: str = ""
    progress_percent: int | None = None
    record_channel: str | None = None
    record_number: str = ""
    recorded_on: str = ""
    slow_reason: str = ""
    plan: str = ""
    promised_on: str = ""


_EMPTY: Final = (
    "problem_state", "measure_in_place", "progress_percent", "problem_note", "record_channel", "record_number", "recorded_on",
    "slow_reason", "plan", "promised_on", "statement_ok",
)  # fmt: skip
"""The fields that each old problem's form begins without."""


@service(LaidOutProblem, *_EMPTY, "problem_told", "measure_taken")
def take_old_problem(_step: Step, given: LaidOutProblem) -> Values:
    """Lay an old problem's form out: what was reported, and nothing of what was said to the one before."""
    told, measure = as_text(given.problem["told"]), as_text(given.problem["measure"])
    return {**dict.fromkeys(_EMPTY), "problem_told": told, "measure_taken": measure}


@service(RecheckedProblem)
def record_old_problem(step: Step, given: RecheckedProblem) -> None:
    """Keep what was found of one old problem. What is not fixed has a ticket, an open one or a new one."""
    case = get_case(step.session, given.case)
    problem = step.session.get(BaselineProblem, as_int(given.problem["id"]))
    if problem is None:
        raise NotFound(LocalizedText("没有这个历史问题。", "There is no such old problem."))
    row = _check(step, given, problem)
    if row.state == "not_fixed":
        row.ticket_id = _ticket(step, given, problem, row).id
    step.session.add(row)
    facts = {"item": problem.item, "state": row.state, "ticket": row.ticket_id}
    record_event(step, "old_problem_checked", case.key, **facts)


def _check(step: Step, given: RecheckedProblem, problem: BaselineProblem) -> BaselineCheck:
    zone = get_campaign(step.session, given.campaign).zone
    slow = given.problem_state == "slow"
    day, promised = given.recorded_on, given.promised_on if slow else ""
    row = BaselineCheck(problem_id=problem.id, case_id=given.case, state=given.problem_state, at=step.now)
    row.measure_in_place = given.measure_in_place
    row.measure, row.note = given.measure_taken, given.problem_note
    row.percent = 100 if row.state == "fixed" else given.progress_percent
    row.record_channel = given.record_channel
    row.record_number = given.record_number or None
    row.recorded_on = as_day(day, zone) if day else None
    if slow:
        row.reason, row.plan = given.slow_reason, given.plan
        row.promised_on = as_day(promised, zone) if promised else None
        row.agreed_by_id = step.actor.person
    row.by_id = last_doer(step.session, step.instance, "recheck_problem") if slow else step.actor.person
    return row


def _ticket(step: Step, given: RecheckedProblem, problem: BaselineProblem, row: BaselineCheck) -> Ticket:
    """The household's open ticket of the same item, which then names the old problem too, or a new one."""
    home = get_household(step.session, problem.household_id)
    hold_village(step.session, home.village)
    item = _item_of(problem, _items(step, given))
    known = open_tickets(step.session, home.id).get(item.code) if item.levels != UNASKED else None
    text = f"基线问题：{problem.told}" + (f"。至今未整改到位：{row.note}" if row.note else "")
    if known is not None:
        if problem.told not in known.description:
            known.description = f"{known.description}\n{text}"
        return known
    day = local_day(step.now, get_campaign(step.session, given.campaign).zone)
    find = Find(item, {"reason": text}, day, step.actor.person, source=given.work[:20])
    return open_finding(step, FindingPlace.of(home), find)


def _items(step: Step, given: RecheckedProblem) -> Sequence[CheckItem]:
    return get_check_items(step.session, given.campaign, work=given.work)


def _item_of(problem: BaselineProblem, items: Sequence[CheckItem]) -> CheckItem:
    """The question that an old problem belongs to, by its code or its name; else the one for all others."""
    for item in items:
        if problem.item_code == item.code or item.name_zh in problem.item or problem.item in item.name_zh:
            return item
    return next((item for item in items if item.levels == UNASKED), items[0])


@service(CaseInput, "old_problems", "old_not_fixed", "old_slow", "outcome_reason")
def sum_up_old_problems(step: Step, given: CaseInput) -> Values:
    """How the old problems of a case were found: what its table decides by, and the sentence that says it."""
    query = select(BaselineCheck.state).where(BaselineCheck.case_id == given.case)
    counter = Counter(step.session.scalars(query))
    new = given.problems_found
    summary = (
        f"历史问题 {counter.total()} 个：已整改到位 {counter['fixed']} 个，尚未整改到位 {counter['not_fixed']} 个，"
        f"进度较慢 {counter['slow']} 个；" if counter else "没有历史问题；"
    )  # fmt: skip
    return {
        "old_problems": counter.total(),
        "old_not_fixed": counter["not_fixed"],
        "old_slow": counter["slow"],
        "outcome_reason": f"{summary}本次排查发现问题 {new} 个。",
    }
