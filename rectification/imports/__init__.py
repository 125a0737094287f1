"""Imports: spreadsheets of an office become rows of the domain, through one door for every kind."""

from __future__ import annotations

from typing import Final

from rectification.campaigns.model import Campaign, NoCampaign, get_current_campaign
from rectification.core.context import ActionContext
from rectification.imports.baseline import BASELINE, MEASURES
from rectification.imports.households import HOUSEHOLDS
from rectification.imports.importing import ImportOptions, import_file
from rectification.imports.kinds import ImportKind, Scene
from rectification.imports.ledger import LEDGER
from rectification.imports.ledger_changes import LEDGER_CHANGES
from rectification.imports.members import MEMBERS
from rectification.imports.offices import AREAS, UNITS
from rectification.imports.people import PEOPLE
from rectification.imports.report import ImportProblem, ImportReport, whole_file
from rectification.matters.timezone import local_zone

__all__ = ["KINDS", "ImportKind", "ImportOptions", "ImportProblem", "ImportReport", "bring_in"]

KINDS: Final[dict[str, ImportKind]] = {
    kind.code: kind
    for kind in (AREAS, UNITS, PEOPLE, HOUSEHOLDS, MEMBERS, BASELINE, MEASURES, LEDGER, LEDGER_CHANGES)
}
"""Every kind of sheet that can be imported, in the order in which a new campaign needs them."""


def bring_in(
    context: ActionContext, kind: str, data: bytes, file_name: str, options: ImportOptions = ImportOptions()
) -> ImportReport:
    """Import a file of a kind into a campaign, in the caller's transaction.

    Areas, units and people need none.
    """
    session, chosen = context.session, KINDS[kind]
    number = options.campaign_id
    campaign = get_current_campaign(session) if number is None else session.get(Campaign, number)
    if campaign is None and chosen.of_campaign:
        words = NoCampaign().words
        return whole_file(words.zh, words.en)
    scene = Scene(
        context.in_zone(local_zone(session) if campaign is None else campaign.zone), campaign, options.within
    )
    along = [KINDS[code] for code in chosen.along if code in KINDS]
    return import_file(scene, chosen, data, file_name, options, along)
