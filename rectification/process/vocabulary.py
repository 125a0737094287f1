"""What the checks of a diagram may know of this installation: posts, escalations, milestones, services, what work begins with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from engine.checks.facts import Needs, Vocabulary
from engine.errors import NotFound
from engine.host import SYSTEM, Step
from rectification.calendar.deadlines import milestone_at
from rectification.campaigns.model import Campaign, get_current_campaign
from rectification.people.roles import ROLES
from rectification.process.host import GUARDS, HANDLERS, functions
from rectification.published_models.tables import escalation_names

_TICKET: Final = frozenset(
    {"campaign", "ticket", "household", "village", "town", "county", "item", "category", "description"}
    | {"office", "reporter", "list_submitted"}
)
_PLACE: Final = frozenset({"campaign", "village", "town", "county"})
_CASE: Final = _PLACE | {"work", "case", "household", "kind", "members_registered", "helper"}
BEGINS_WITH: Final[Mapping[str, frozenset[str]]] = {
    "village_lookback": _PLACE,
    "village_check": _PLACE,
    "household_visit": _PLACE | {"household", "helper"},
    "department_check": frozenset({"campaign", "county", "unit", "field", "desk"}),
    "rectification": _TICKET,
    "written_explanation": _TICKET,
    "progress_statement": _TICKET | {"statement", "statement_by", "reviewer", "resp_unit", "resp_person"},
    "ticket_ending": _TICKET | {"ending", "ending_reason", "confirmers"},
    "consultation": _TICKET
    | {"consultation", "consulted", "asked", "asked_as", "asked_about", "question"}
    | {"answer_by", "apart_from", "asked_in"},
    "household_result": _PLACE | {"result", "household", "kind", "helper", "members_registered"},
    "": _CASE | {"old_problem", "measures_enjoyed", "ticket"},
}
"""The variables with which each process begins; any other process is that of a work stream's case."""
SENT: Final = frozenset({"description", "resp_unit", "resp_person", "reviewer"})
"""What handlers and commands send along with messages."""
_NOWHERE = dt.datetime(2019, 9, 1, tzinfo=dt.UTC)


TOPIC_NEEDS: Final = {
    topic: Needs(handler.inputs.needed(), gives=handler.gives) for topic, handler in HANDLERS.items()
}
"""What each topic needs and gives, as its handler declares it."""
GUARD_NEEDS: Final = {
    name: Needs(guard.inputs.needed(), fields=guard.form.needed()) for name, guard in GUARDS.items()
}
"""What each guard needs, as it declares it."""


def get_vocabulary(session: Session, files: Mapping[str, bytes]) -> Vocabulary:
    """The facts for checking these files, in the campaign that is current."""
    return Vocabulary(
        roles=frozenset(ROLES),
        escalations=frozenset(escalation_names(files)),
        milestones=_milestones(get_current_campaign(session)),
        topics=frozenset(HANDLERS),
        guards=frozenset(GUARDS),
        functions=frozenset(functions(_anywhere(session))),
        topic_needs=TOPIC_NEEDS,
        guard_needs=GUARD_NEEDS,
        messages_bring=SENT,
        begins_with=BEGINS_WITH,
    )


def _milestones(campaign: Campaign | None) -> dict[str, dt.datetime]:
    if campaign is None:
        return {}
    return {milestone.name: milestone_at(campaign, milestone.name) for milestone in campaign.milestones}


def _anywhere(session: Session) -> Step:
    """A step of nothing: only the names of the functions are asked for."""

    def never(*_given: object) -> int:
        raise NotFound

    return Step(session, 0, "", "", "", "", {}, {}, SYSTEM, _NOWHERE, never, never, never)  # type: ignore[arg-type]
