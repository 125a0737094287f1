"""Imports: spreadsheets of an office become rows of the domain, through one door for every kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.host import Actor
from rectification.calendar.deadlines import local_day
from rectification.campaigns.model import Campaign, NoCampaign, get_current_campaign
from rectification.imports.baseline import BASELINE, MEASURES
from rectification.imports.households import HOUSEHOLDS
from rectification.imports.importing import Pieces, Progress, import_file
from rectification.imports.kinds import ImportKind, Scene
from rectification.imports.ledger import LEDGER
from rectification.imports.ledger_changes import LEDGER_CHANGES
from rectification.imports.members import MEMBERS
from rectification.imports.offices import AREAS, UNITS
from rectification.imports.people import PEOPLE
from rectification.imports.report import ImportProblem, ImportReport, whole_file
from rectification.matters.timezone import local_zone

__all__ = ["KINDS", "ImportKind", "ImportProblem", "ImportReport", "bring_in", "import_households"]

KINDS: Final[dict[str, ImportKind]] = {
    kind.code: kind
    for kind in (AREAS, UNITS, PEOPLE, HOUSEHOLDS, MEMBERS, BASELINE, MEASURES, LEDGER, LEDGER_CHANGES)
}
"""Every kind of sheet that can be imported, in the order in which a new campaign needs them."""


def bring_in(
    session: Session,
    kind: str,
    data: bytes,
    file_name: str,
    now: dt.datetime,
    actor: Actor,
    *,
    campaign_id: int | None = None,
    engine: Engine | None = None,
    trial: bool = False,
    skip_bad: bool = False,
    mapping: Mapping[str, str] | None = None,
    within: tuple[str, ...] | None = None,
    progress: Progress = lambda done: None,
    pieces: Pieces | None = None,
) -> ImportReport:
    """Import a file of a kind into a campaign (the one begun last), in the caller's transaction.

    Areas, units and people need none. With ``pieces`` it is committed batch by batch.
    """
    chosen = KINDS[kind]
    campaign = get_current_campaign(session) if campaign_id is None else session.get(Campaign, campaign_id)
    if campaign is None and chosen.of_campaign:
        words = NoCampaign().words
        return whole_file(words.zh, words.en)
    today = local_day(now, local_zone(session) if campaign is None else campaign.zone)
    scene = Scene(session, campaign, today, now, actor, engine, within)
    return import_file(
        scene,
        chosen,
        data,
        file_name,
        trial=trial,
        skip_bad=skip_bad,
        mapping=mapping,
        along=[KINDS[code] for code in chosen.along if code in KINDS],
        progress=progress,
        pieces=pieces,
    )


def import_households(
    session: Session, data: bytes, file_name: str, now: dt.datetime, actor: Actor, *, skip_bad: bool = False
) -> ImportReport:
    """Add and change the households of the campaign begun last."""
    return bring_in(session, "households", data, file_name, now, actor, skip_bad=skip_bad)
