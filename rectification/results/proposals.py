"""Proposals (建议): what the table says of a household's facts, renewed whenever they change before the decision.

After the decision a change raises that the result is to be looked at again; nothing is decided by the clock or by a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.decisions import Decision, parse_decisions
from engine.host import Step, Values
from engine.json import JsonObject
from engine.owners import post_owner
from engine.text import LocalizedText
from engine.worklist.selectables import definitions, processes
from notifications.outbox import NotificationRequest, notify_many
from rectification.calendar.deadlines import local_day
from rectification.campaigns.catalogue import CheckItem
from rectification.campaigns.model import get_campaign
from rectification.core.history import record_event
from rectification.core.keys import number_in
from rectification.households.model import Household, get_household
from rectification.matters.case import get_case
from rectification.matters.result import HouseholdResult, get_outcomes, result_of_household
from rectification.matters.ticket import Ticket
from rectification.people.posts import holders
from rectification.people.roles import Role
from rectification.places.scopes import scopes_above
from rectification.results.facts import Facts, facts_words, gather_facts

PROCESS: Final = "household_result"
_TABLE: Final = "household_outcome"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a table proposes, with its reason: one cause."""

    outcome: str
    reason: str


def propose(session: Session, facts: Facts, village: str) -> Proposal | None:
    """What the table that is in force in a village says of these facts; None: they ask no question."""
    answer = _table(session, village).evaluate({**facts.as_json()})
    if not isinstance(answer, Mapping) or answer.get("outcome") is None:
        return None
    return Proposal(str(answer["outcome"]), str(answer.get("reason") or ""))


def _table(session: Session, village: str) -> Decision:
    """The table of the version on which results start there; the shipped one where none is published."""
    query = (
        select(processes.c.scope, definitions.c.hash, definitions.c.id)
        .join(definitions, definitions.c.id == processes.c.definition_id)
        .where(processes.c.process == PROCESS, processes.c.current)
    )
    in_force = {row.scope: row for row in session.execute(query)}
    row = next((in_force[scope] for scope in scopes_above(session, village) if scope in in_force), None)
    if row is None:
        return _shipped()
    if row.hash not in _tables:
        files = session.scalars(select(definitions.c.files).where(definitions.c.id == row.id)).one()
        text = files.get(f"{_TABLE}.dmn")
        _tables[row.hash] = parse_decisions(text.encode())[_TABLE] if text else _shipped()
    return _tables[row.hash]


_tables: dict[str, Decision] = {}


@lru_cache(maxsize=1)
def _shipped() -> Decision:
    return parse_decisions(resources.files("bpmn").joinpath(f"{_TABLE}.dmn").read_bytes())[_TABLE]


def follow_status(step: Step) -> None:
    """A ticket or a case changed its status: its household's facts may have changed with it."""
    if (number := number_in(step.key, "ticket")) is not None:
        ticket = step.session.get(Ticket, number)
        if ticket is not None and ticket.household_id is not None and _bears(step.session, ticket):
            renew(step, ticket.household_id)
    elif (number := number_in(step.key, "case")) is not None:
        renew(step, get_case(step.session, number).household_id)


def _bears(session: Session, ticket: Ticket) -> bool:
    query = select(CheckItem.bears_on).where(
        CheckItem.campaign_id == ticket.campaign_id, CheckItem.code == ticket.item
    )
    return session.scalar(query) is not None


def renew(step: Step, household_id: int) -> None:
    """Propose anew from the facts as they are now; start the procedure with the first proposal."""
    session = step.session
    session.flush()
    household = get_household(session, household_id)
    result = result_of_household(session, household_id)
    kind = result.kind if result is not None and result.decided else household.kind
    facts = gather_facts(session, household, kind)
    proposal = propose(session, facts, household.village)
    if result is None:
        if proposal is not None and not facts.waiting:
            _begin(step, household, facts, proposal)
    elif result.decided:
        _look_again(step, result, facts, proposal)
    else:
        _change(step, result, facts, proposal)


def _begin(step: Step, household: Household, facts: Facts, proposal: Proposal) -> None:
    result = HouseholdResult(
        campaign_id=household.campaign_id,
        household_id=household.id,
        village=household.village,
        town=household.town,
        county=household.county,
    )
    _take(result, step, facts, proposal)
    step.session.add(result)
    step.session.flush()
    _tell(step, result)
    step.start(PROCESS, result.key, variables_of(result, household))


def variables_of(result: HouseholdResult, household: Household) -> Values:
    """What the diagram of a result begins with."""
    return {
        "campaign": result.campaign_id,
        "result": result.id,
        "household": household.id,
        "kind": result.kind,
        "village": household.village,
        "town": household.town,
        "county": household.county,
        "helper": household.helper_id,
        "members_registered": household.members_registered,
    }


def _take(result: HouseholdResult, step: Step, facts: Facts, proposal: Proposal | None) -> None:
    result.kind, result.facts, result.proposed_at = facts.kind, facts.as_json(), step.now
    result.proposal = proposal.outcome if proposal else None
    result.proposal_reason = proposal.reason if proposal else ""


def _change(step: Step, result: HouseholdResult, facts: Facts, proposal: Proposal | None) -> None:
    """Before the decision: the proposal follows the facts, and says what changed."""
    before = (result.proposal, result.proposal_reason)
    changes = changed_facts(result.facts, facts.as_json())
    repaired = bool(result.facts.get("being_repaired")) != bool(facts.being_repaired)
    _take(result, step, facts, proposal)
    if before == (result.proposal, result.proposal_reason) and not repaired:
        return
    result.changes = changes.zh
    _tell(step, result)
    step.send("proposal_changed", result.key, {})


def _look_again(step: Step, result: HouseholdResult, facts: Facts, proposal: Proposal | None) -> None:
    """After the decision: say that it is to be looked at again, unless the facts lead to the same."""
    if proposal is None or proposal.outcome == result.outcome:
        result.look_again = None
        return
    why = changed_facts(result.facts, facts.as_json()).zh
    if result.look_again is not None:
        return
    name = get_outcomes()[proposal.outcome].name
    result.look_again = f"{why}；按现有情况应为“{name.zh}”：{proposal.reason}"
    record_event(step, "result_to_look_at", result.key, proposal=proposal.outcome, why=result.look_again)
    head = get_household(step.session, result.household_id).head
    words = LocalizedText(
        f"{head}户的结果需要复议：{result.look_again}",
        f"The result of {head}'s household is to be looked at again: the facts now lead to “{name.en}”.",
    )
    link = f"/results/{result.id}"
    office = deciding_office(step, result)
    requests = [NotificationRequest(person, "result", result.key, words, link) for person in office]
    notify_many(step.session, requests, step.now)


def deciding_office(step: Step, result: HouseholdResult) -> list[int]:
    """Who answers for a result: the county, where its outcome takes an approval, else the town."""
    by_county = result.outcome is not None and get_outcomes()[result.outcome].approved
    role, area = (Role.COUNTY_OFFICE, result.county) if by_county else (Role.TOWN_OFFICE, result.town)
    owner = post_owner(role, area)
    day = local_day(step.now, get_campaign(step.session, result.campaign_id).zone)
    return holders(step.session, [owner], day)[owner]


def changed_facts(before: JsonObject, after: JsonObject) -> LocalizedText:
    """Which facts changed, as they read now."""
    known = {words.zh for words in facts_words(before)}
    new = [words for words in facts_words(after) if words.zh not in known]
    return LocalizedText("；".join(words.zh for words in new), "; ".join(words.en for words in new))


def _tell(step: Step, result: HouseholdResult) -> None:
    record_event(
        step,
        "result_proposed",
        result.key,
        outcome=result.proposal,
        reason=result.proposal_reason,
        changes=result.changes,
        facts=result.facts,
    )
