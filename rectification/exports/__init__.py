"""Exports: what the domain holds as workbooks, each made as a job and never wider than its asker's sight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.json import as_int, as_text
from engine.text import Language, LocalizedText
from rectification.access.permissions import may_see_village, visible_households
from rectification.calendar.deadlines import local_day
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.context import ActionContext
from rectification.core.jobs import Job, Run, enqueue
from rectification.exports.facts import Names
from rectification.exports.ledger import write_ledger
from rectification.exports.lists import write_issue_list, write_measures, write_name_lists, write_province
from rectification.ledger.filters import Filters, matching
from rectification.matters.ticket import Ticket
from rectification.places.areas import get_area

WORK: Final = "export"


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of workbook."""

    code: str
    words: LocalizedText
    about: LocalizedText
    make: Callable[[Run, Session, Campaign, str], int]
    of_village: bool = False


def _ledger(run: Run, session: Session, campaign: Campaign, name: str) -> int:
    names = Names.read(session, campaign, run.clock.now())
    return write_ledger(
        session, names, _tickets(run, session, campaign), run.file(name), _language(run), run.progress
    )


def _province(run: Run, session: Session, campaign: Campaign, name: str) -> int:
    names = Names.read(session, campaign, run.clock.now())
    return write_province(
        session, campaign, names, _tickets(run, session, campaign), run.file(name), run.progress
    )


def _name_lists(run: Run, session: Session, campaign: Campaign, name: str) -> int:
    now = run.clock.now()
    condition = visible_households(session, run.asked_by, local_day(now, campaign.zone))
    return write_name_lists(
        session, campaign, Names.read(session, campaign, now), condition, run.file(name), _language(run)
    )


def _measures(run: Run, session: Session, campaign: Campaign, name: str) -> int:
    now = run.clock.now()
    seen = visible_households(session, run.asked_by, local_day(now, campaign.zone))
    names = Names.read(session, campaign, now)
    return write_measures(session, campaign, names, seen, run.file(name), _language(run))


def _issue_list(run: Run, session: Session, campaign: Campaign, name: str) -> int:
    village = str(run.params["village"])
    if not may_see_village(session, run.asked_by, village, local_day(run.clock.now(), campaign.zone)):
        raise NotFound
    write_issue_list(session, campaign, village, run.file(name), _language(run))
    return 1


EXPORTS: Final[dict[str, Export]] = {
    export.code: export
    for export in (
        Export(
            "ledger",
            LocalizedText("整改台账", "Ledger"),
            LocalizedText(
                "四张表：整改台账、整改过程、退回记录、统计。修改备注等列后可以导回。",
                "Four sheets: ledger, process record, returns, statistics. Remarks can be changed there and imported again.",
            ),
            _ledger,
        ),
        Export(
            "province",
            LocalizedText("省办系统导入表", "In the province's columns"),
            LocalizedText(
                "按省办系统的列导出，列由专项行动设定。",
                "The columns are those of the provincial system; the campaign sets them.",
            ),
            _province,
        ),
        Export(
            "name_lists",
            LocalizedText("名单（纳入、回退、返贫等）", "Name lists"),
            LocalizedText(
                "每种处置结果一张表，证件号码已隐去中间位。",
                "One sheet for each outcome; identity numbers are masked.",
            ),
            _name_lists,
        ),
        Export(
            "measures",
            LocalizedText("历年帮扶措施", "Measures by year"),
            LocalizedText(
                "每户每年享受的帮扶措施，一行一项。",
                "What each household enjoyed in each year, a row for each measure.",
            ),
            _measures,
        ),
        Export(
            "issue_list",
            LocalizedText("村问题清单", "A village's issue list"),
            LocalizedText(
                "冻结的版本，带签字栏和校验码。", "As it was frozen, with a place to sign and its hash."
            ),
            _issue_list,
            of_village=True,
        ),
    )
}
"""Every workbook that can be asked for."""


def ask_for_export(
    context: ActionContext,
    code: str,
    campaign: Campaign,
    language: Language,
    *,
    query: str = "",
    village: str = "",
) -> Job:
    """Queue an export; ``query`` are the filters of the ledger as its address has them.

    Raises:
        WrongValues: a filter that cannot be read.
    """
    chosen = EXPORTS[code]
    Filters.from_query(query)
    name = chosen.words
    if chosen.of_village:
        person, today = context.actor.person, context.in_zone(campaign.zone).today
        if person is None or not may_see_village(context.session, person, village, today):
            raise NotFound(
                LocalizedText(
                    "没有这个村，或您无权查看。", "There is no such village, or it is not yours to see."
                )
            )
        place = get_area(context.session, village).name
        name = LocalizedText(f"{place}问题清单", f"Issue list of {place}")
    params = {
        "export": code,
        "campaign": campaign.id,
        "query": query,
        "village": village,
        "language": language,
    }
    return enqueue(context, WORK, name, **params)


def export(run: Run) -> None:
    """The job that writes a workbook."""
    chosen = EXPORTS[as_text(run.params["export"])]
    with run.database.reading() as session:
        campaign = get_campaign(session, as_int(run.params["campaign"]))
        day = local_day(run.clock.now(), campaign.zone)
        name = f"{chosen.words.in_language(_language(run))}-{day:%Y%m%d}.xlsx"
        count = chosen.make(run, session, campaign, name)
    run.finish(name, rows=count)


def how_many(session: Session, campaign: Campaign, person_id: int, now: Any, query: str) -> int:
    """How many tickets an export of these filters would hold."""
    condition = matching(session, person_id, now, Filters.from_query(query)) & (
        Ticket.campaign_id == campaign.id
    )
    return session.scalar(select(func.count()).select_from(Ticket).where(condition)) or 0


def _tickets(run: Run, session: Session, campaign: Campaign) -> ColumnElement[bool]:
    proposed = Filters.from_query(as_text(run.params.get("query", "")))
    return matching(session, run.asked_by, run.clock.now(), proposed) & (Ticket.campaign_id == campaign.id)


def _language(run: Run) -> Language:
    return "en" if run.params.get("language") == "en" else "zh"
