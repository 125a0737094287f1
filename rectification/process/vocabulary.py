"""What the checks of a diagram may know of this installation: posts, escalations, milestones, services, what work begins with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy.orm import Session

from engine.checks.facts import Vocabulary
from engine.errors import NotFound
from engine.host import SYSTEM, Step
from rectification.calendar.deadlines import milestone_at
from rectification.campaigns.model import Campaign, get_current_campaign
from rectification.people.roles import ROLES
from rectification.process.host import GUARDS, HANDLERS, functions
from rectification.published_models.tables import escalation_names

_NOWHERE = dt.datetime(2019, 9, 1, tzinfo=dt.UTC)


def get_vocabulary(session: Session, files: Mapping[str, bytes]) -> Vocabulary:
    """The facts for checking these files, in the campaign that is current."""
    return Vocabulary(
        roles=frozenset(ROLES),
        escalations=frozenset(escalation_names(files)),
        milestones=_milestones(get_current_campaign(session)),
        topics=frozenset(HANDLERS),
        guards=frozenset(GUARDS),
        functions=frozenset(functions(_anywhere(session))),
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
