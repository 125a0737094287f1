"""The facts of a household (事实): what key works and visits said of it, and what its tickets say now (DOMAIN.md 6.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from engine.expressions.value import as_json
from engine.host import Step
from engine.inputs import HandlerInput, service
from engine.json import Json, JsonObject, Values, as_float, as_int, as_list, as_object
from engine.text import LocalizedText
from rectification.campaigns.catalogue import CheckItem
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.history import record_event
from rectification.households.measures import keep_measures
from rectification.households.model import KINDS, Household
from rectification.matters.case import STILL_ASKED, Case
from rectification.matters.result import HouseholdStatement
from rectification.matters.ticket import Ticket

NEEDS: Final[dict[str, LocalizedText]] = {
    "food": LocalizedText("不愁吃", "food"),
    "clothing": LocalizedText("不愁穿", "clothing"),
    "education": LocalizedText("义务教育", "education"),
    "medical": LocalizedText("基本医疗", "medical care"),
    "housing": LocalizedText("住房安全", "housing"),
    "water": LocalizedText("饮水安全", "drinking water"),
}
"""两不愁三保障一安全: each is met, not met, being fixed, or fixed and re-verified."""
STATES: Final[dict[str, LocalizedText]] = {
    "met": LocalizedText("达标", "met"),
    "not_met": LocalizedText("未达标", "not met"),
    "being_fixed": LocalizedText("整改中", "being fixed"),
    "fixed": LocalizedText("已整改并复核", "fixed and re-verified"),
}
INDICATORS: Final[dict[str, LocalizedText]] = {
    "missed": LocalizedText("漏评", "missed"),
    "wrongly_admitted": LocalizedText("错评", "wrongly admitted"),
    "wrongly_exited": LocalizedText("错退", "wrongly exited"),
}
"""What a visit finds of the household's registration; each leads to its own procedure."""
STABLE: Final = "income_stable"
SUPPORT: Final = "edge_support"
BEARINGS: Final = frozenset({*NEEDS, *INDICATORS, STABLE, SUPPORT})
"""What a check item may bear on; an item that bears on nothing never touches a result."""

_GONE: Final = ("void", "verified")
_STILL_TRUE: Final = ("administrative", "handed_over")
"""Closed on paper alone: what was found is there still."""
_STANDS: Final = ("hung", "explaining")
_INCOMES: Final = ("income_wages", "income_business", "income_property", "income_transfers")


def bears(status: str | None, close_type: str | None) -> bool:
    """Whether a ticket's problem still bears on its household's result.

    Open, refused and hung ones do; re-verified, untrue and void ones no longer.
    """
    return status not in _GONE and (status != "closed" or close_type in _STILL_TRUE)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a proposal rests on. ``None`` is unknown: nobody was asked.

    ``income_per_head`` is in yuan for the campaign's window; ``being_repaired`` counts the problems that bear and
    that somebody may still repair.
    """

    kind: str
    income_per_head: float | None
    income_line: float | None
    estimated: bool
    income_stable: bool | None
    needs: Mapping[str, str]
    unresolved: int
    first_problem: str
    being_repaired: int
    difficulty: bool | None
    solvable: str | None
    later_event: str | None
    missed: bool
    wrongly_admitted: bool
    wrongly_exited: bool
    moderate_support: bool | None
    own_measures: bool | None
    verified: bool
    waiting: int
    """Key works that ask about the household and have no answer yet."""

    @property
    def income_above_line(self) -> bool | None:
        """一过线; unknown without an income or a line."""
        if self.income_per_head is None or self.income_line is None:
            return None
        return self.income_per_head >= self.income_line

    def as_json(self) -> Values:
        """As a proposal and a decision keep them."""
        return {**asdict(self), "needs": dict(self.needs), "income_above_line": self.income_above_line}


class SaidFacts(HandlerInput):
    """A household with what a form of a work said of it."""

    campaign: int
    household: int
    case: int | None = None
    work: str = ""
    answers: Mapping[str, object] = field(default_factory=dict)


@service(SaidFacts)
def record_facts(step: Step, given: SaidFacts) -> None:
    """Keep what a form said of its household: the variables that the task's property ``facts`` names."""
    said = get_named_facts(step)
    said |= _answered(_items(step.session, given.campaign, given.work), given.answers)
    keep_facts(step, given.household, given.work, said)
    measures = [as_object(line) for line in as_list(step.variables.get("measures_enjoyed"))]
    keep_measures(step.session, given.household, measures)
    record_event(step, "facts_recorded", step.key, household=given.household, case=given.case, facts=said)


def get_named_facts(step: Step) -> Values:
    """The variables that the task's property ``facts`` names, separated by commas; what is not given is ``None``."""
    names = [name.strip() for name in step.properties.get("facts", "").split(",") if name.strip()]
    return {name: as_json(step.variables.get(name)) for name in names}


def keep_facts(step: Step, household: int, work: str, said: JsonObject) -> None:
    """Write down what somebody said in one form."""
    row = HouseholdStatement(
        household_id=household, facts=dict(said), work=work, by_id=step.actor.person, at=step.now
    )
    step.session.add(row)
    step.session.flush()


def _items(session: Session, campaign: int, work: str) -> Sequence[CheckItem]:
    query = select(CheckItem).where(
        CheckItem.campaign_id == campaign, CheckItem.work == work, CheckItem.bears_on.is_not(None)
    )
    return session.scalars(query).all()


def _answered(items: Sequence[CheckItem], answers: Mapping[str, object]) -> Values:
    """What the questions that bear on a fact were answered: met or not met."""
    return {
        item.bears_on: "not_met" if item.fails(as_object(answers[item.code])) else "met"
        for item in items
        if item.bears_on in (*NEEDS, STABLE) and answers.get(item.code)
    }


def get_latest_statements(session: Session, household: int) -> dict[str, HouseholdStatement]:
    """Where each fact was said last; a fact that a form left open says nothing."""
    query = select(HouseholdStatement).where(HouseholdStatement.household_id == household)
    rows = session.scalars(query.order_by(HouseholdStatement.id))
    return {name: row for row in rows for name, value in row.facts.items() if value is not None}


def gather_facts(session: Session, household: Household, kind: str) -> Facts:
    """Everything known of a household now; ``kind`` is the type as which it is asked about."""
    campaign = get_campaign(session, household.campaign_id)
    rows = get_latest_statements(session, household.id)
    said = {name: row.facts[name] for name, row in rows.items()}
    problems = _problems(session, household.id)
    needs = {name: _state(name, said, problems) for name in NEEDS}
    unresolved = [problem for problem in problems if problem.bears_on in NEEDS and problem.bears]
    steady = [problem for problem in problems if problem.bears_on == STABLE]
    event = said.get("later_event")
    return Facts(
        kind=kind,
        income_per_head=_per_head(said),
        income_line=_line(campaign),
        estimated=bool(said.get("estimated")),
        income_stable=_stable(said.get(STABLE), steady),
        needs={name: state for name, state in needs.items() if state is not None},
        unresolved=len(unresolved),
        first_problem=NEEDS[unresolved[0].bears_on].zh if unresolved else "",
        being_repaired=sum(problem.repairable for problem in (*unresolved, *steady) if problem.bears),
        difficulty=_difficulty(said.get("new_difficulty"), event),
        solvable=_text(said.get("solvable")),
        later_event=_text(event),
        missed=_found(problems, "missed"),
        wrongly_admitted=_found(problems, "wrongly_admitted"),
        wrongly_exited=_found(problems, "wrongly_exited"),
        moderate_support=_truth(said.get("moderate_support")),
        own_measures=_truth(said.get("own_measures")),
        verified=bool(rows),
        waiting=_waiting(session, household.id),
    )


def _text(said: Json) -> str | None:
    return None if said is None else str(said)


def _truth(said: Json) -> bool | None:
    return None if said is None else bool(said)


@dataclass(frozen=True, slots=True)
class _Problem:
    bears_on: str
    bears: bool
    repairable: bool
    untrue: bool


def _problems(session: Session, household: int) -> list[_Problem]:
    """The household's tickets whose items bear on a fact; a merged one counts as its target does."""
    target = aliased(Ticket)
    query = (
        select(
            CheckItem.bears_on, Ticket.merged_into_id, Ticket.status, Ticket.close_type,
            target.status.label("target_status"), target.close_type.label("target_close_type"),
        )
        .join(CheckItem, (CheckItem.campaign_id == Ticket.campaign_id) & (CheckItem.code == Ticket.item))
        .outerjoin(target, target.id == Ticket.merged_into_id)
        .where(Ticket.household_id == household, CheckItem.bears_on.is_not(None))
        .order_by(Ticket.id)
    )  # fmt: skip
    result = []
    for row in session.execute(query):
        merged = row.merged_into_id is not None
        status = row.target_status if merged else row.status
        close_type = row.target_close_type if merged else row.close_type
        untrue = status == "void" or close_type == "not_true"
        alive = bears(status, close_type)
        result.append(_Problem(row.bears_on, alive, status not in _STANDS, untrue))
    return result


def _state(name: str, said: JsonObject, problems: Sequence[_Problem]) -> str | None:
    own = [problem for problem in problems if problem.bears_on == name and not problem.untrue]
    bearing = [problem for problem in own if problem.bears]
    if bearing:
        return "being_fixed" if all(problem.repairable for problem in bearing) else "not_met"
    if own:
        return "fixed"
    return "met" if name in said else None


def _stable(said: Json, problems: Sequence[_Problem]) -> bool | None:
    if any(problem.bears for problem in problems):
        return False
    return None if said is None else True


def _found(problems: Sequence[_Problem], name: str) -> bool:
    """Whether a visit found it and nobody said that it is untrue."""
    return any(problem.bears_on == name and not problem.untrue for problem in problems)


def _difficulty(new: Json, event: Json) -> bool | None:
    if new is None and event is None:
        return None
    return bool(new) or event not in (None, "none")


def _per_head(said: JsonObject) -> float | None:
    """Income less costs, by head; None while a part of it is unknown."""
    try:
        members = as_int(said.get("members") or 0)
        parts = [Decimal(str(said[name])) for name in _INCOMES]
        costs = Decimal(str(said["income_costs"]))
    except (KeyError, InvalidOperation):
        return None
    return float(round((sum(parts) - costs) / members, 2)) if members else None


def _line(campaign: Campaign) -> float | None:
    line = campaign.settings.get("income_line")
    return as_float(line) if line is not None else None


def _waiting(session: Session, household: int) -> int:
    query = select(func.count()).where(Case.household_id == household, STILL_ASKED)
    return session.scalar(query) or 0


def facts_words(facts: JsonObject) -> list[LocalizedText]:
    """The facts of a proposal as lines to read; what is unknown is left out."""
    words = [_income_words(facts)] if facts.get("income_per_head") is not None else []
    if facts.get(STABLE) is not None:
        stable = facts[STABLE]
        words.append(
            LocalizedText(
                "收入稳定" if stable else "收入不稳定",
                "income is stable" if stable else "income is not stable",
            )
        )
    for name, state in as_object(facts.get("needs")).items():
        need, what = NEEDS[name], STATES[str(state)]
        words.append(LocalizedText(f"{need.zh}：{what.zh}", f"{need.en}: {what.en}"))
    if facts.get("difficulty") is not None:
        words.append(_difficulty_words(facts))
    for name, found in INDICATORS.items():
        if facts.get(name):
            words.append(LocalizedText(f"入户发现{found.zh}", f"found at a visit: {found.en}"))
    for name, zh, en in (
        ("moderate_support", "适度支持", "moderate support"),
        ("own_measures", "针对性帮扶措施", "measures of its own"),
    ):
        if facts.get(name) is not None:
            words.append(
                LocalizedText(
                    ("已有" if facts[name] else "没有") + zh, ("has " if facts[name] else "lacks ") + en
                )
            )
    return words


def _income_words(facts: JsonObject) -> LocalizedText:
    income, line = as_float(facts["income_per_head"]), facts.get("income_line")
    zh, en = f"人均纯收入 {income:,.2f} 元", f"income {income:,.2f} yuan a head"
    if facts.get("estimated"):
        zh, en = zh + "（含估算）", en + " (partly estimated)"
    if line is not None:
        line = as_float(line)
        above = income >= line
        zh += f"，{'过线' if above else '未过线'}（{line:,.0f} 元）"
        en += f", {'above' if above else 'below'} the line of {line:,.0f} yuan"
    return LocalizedText(zh, en)


def _difficulty_words(facts: JsonObject) -> LocalizedText:
    if not facts["difficulty"]:
        return LocalizedText("没有新困难", "no new difficulty")
    solvable = facts.get("solvable")
    if solvable is None:
        return LocalizedText("有新困难", "a new difficulty")
    return LocalizedText(
        "有新困难，年内" + ("能解决" if solvable == "yes" else "不能解决"),
        "a new difficulty that " + ("can" if solvable == "yes" else "cannot") + " be solved this year",
    )


def kind_words(kind: str) -> LocalizedText:
    """A type of household in words."""
    return KINDS.get(kind, LocalizedText(kind, kind))
