"""The safeguards, checked again: each old problem is visited by itself; what is not fixed becomes a ticket that names it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from engine.errors import NotFound
from engine.host import Step, Values
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


def take_old_problem(step: Step) -> Values:
    """Lay an old problem's form out: what was reported, and nothing of what was said to the one before."""
    problem = step.variables["problem"]
    empty = (
        "problem_state", "measure_in_place", "progress_percent", "problem_note", "record_channel", "record_number", "recorded_on",
        "slow_reason", "plan", "promised_on", "statement_ok",
    )  # fmt: skip
    return {
        **dict.fromkeys(empty),
        "problem_told": problem["told"],
        "measure_taken": problem["measure"],
    }


def record_old_problem(step: Step) -> Values:
    """Keep what was found of one old problem. What is not fixed has a ticket, an open one or a new one."""
    values = step.variables
    case = get_case(step.session, values["case"])
    problem = step.session.get(BaselineProblem, int(values["problem"]["id"]))
    if problem is None:
        raise NotFound(LocalizedText("没有这个历史问题。", "There is no such old problem."))
    row = _check(step, case.id, problem)
    if row.state == "not_fixed":
        row.ticket_id = _ticket(step, problem, row).id
    step.session.add(row)
    facts = {"item": problem.item, "state": row.state, "ticket": row.ticket_id}
    record_event(step, "old_problem_checked", case.key, **facts)
    return {}


def _check(step: Step, case_id: int, problem: BaselineProblem) -> BaselineCheck:
    values = step.variables
    zone = get_campaign(step.session, values["campaign"]).zone
    slow = values["problem_state"] == "slow"
    day, promised = values.get("recorded_on"), values.get("promised_on") if slow else None
    row = BaselineCheck(
        problem_id=problem.id, case_id=case_id, state=str(values["problem_state"]), at=step.now
    )
    row.measure_in_place = bool(values.get("measure_in_place"))
    row.measure, row.note = str(values.get("measure_taken") or ""), str(values.get("problem_note") or "")
    row.percent = 100 if row.state == "fixed" else values.get("progress_percent")
    row.record_channel = values.get("record_channel")
    row.record_number = str(values.get("record_number") or "") or None
    row.recorded_on = as_day(day, zone) if day else None
    if slow:
        row.reason, row.plan = str(values.get("slow_reason") or ""), str(values.get("plan") or "")
        row.promised_on = as_day(promised, zone) if promised else None
        row.agreed_by_id = step.actor.person
    row.by_id = last_doer(step.session, step.instance, "recheck_problem") if slow else step.actor.person
    return row


def _ticket(step: Step, problem: BaselineProblem, row: BaselineCheck) -> Ticket:
    """The household's open ticket of the same item, which then names the old problem too, or a new one."""
    values = step.variables
    home = get_household(step.session, problem.household_id)
    hold_village(step.session, home.village)
    item = _item_of(problem, _items(step))
    known = open_tickets(step.session, home.id).get(item.code) if item.levels != UNASKED else None
    text = f"基线问题：{problem.told}" + (f"。至今未整改到位：{row.note}" if row.note else "")
    if known is not None:
        if problem.told not in known.description:
            known.description = f"{known.description}\n{text}"
        return known
    day = local_day(step.now, get_campaign(step.session, values["campaign"]).zone)
    find = Find(item, {"reason": text}, day, step.actor.person, source=str(values["work"])[:20])
    return open_finding(step, FindingPlace.of(home), find)


def _items(step: Step) -> Sequence[CheckItem]:
    return get_check_items(step.session, step.variables["campaign"], work=step.variables["work"])


def _item_of(problem: BaselineProblem, items: Sequence[CheckItem]) -> CheckItem:
    """The question that an old problem belongs to, by its code or its name; else the one for all others."""
    for item in items:
        if problem.item_code == item.code or item.name_zh in problem.item or problem.item in item.name_zh:
            return item
    return next((item for item in items if item.levels == UNASKED), items[0])


def sum_up_old_problems(step: Step) -> Values:
    """How the old problems of a case were found: what its table decides by, and the sentence that says it."""
    query = select(BaselineCheck.state).where(BaselineCheck.case_id == step.variables["case"])
    counter = Counter(step.session.scalars(query))
    new = int(step.variables.get("problems_found") or 0)
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
