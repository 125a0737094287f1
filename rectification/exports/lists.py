"""Lists that go to other offices: a village's frozen issue list, the name lists of what came of the works,
and the ledger in the province's own columns.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.audit.chain import get_head
from engine.errors import NotFound, WrongValues
from engine.json import as_list, as_object, as_text
from engine.text import Language, LocalizedText
from rectification.campaigns.catalogue import Category, CheckItem
from rectification.campaigns.model import Campaign
from rectification.exports.columns import BY_CODE
from rectification.exports.facts import Names, batches, ordered
from rectification.exports.pages import Book, Cell, ColumnHeading
from rectification.households.measures import HouseholdMeasure
from rectification.households.model import KINDS, Household, masked
from rectification.matters.issue_list import IssueList
from rectification.matters.result import QUESTIONS, HouseholdResult, get_outcomes
from rectification.places.areas import full_name, get_area
from rectification.results.outcomes import CaseOutcome, outcome_words
from rectification.work_streams.model import WorkStream

Progress = Callable[[int, int], None]
_LIST_HEADS: Final = (
    (LocalizedText("序号", "No."), 6),
    (LocalizedText("问题编号", "Number"), 24),
    (LocalizedText("户编号", "Household no."), 14),
    (LocalizedText("户主", "Head"), 10),
    (LocalizedText("类别", "Category"), 18),
    (LocalizedText("检查项", "Check item"), 20),
    (LocalizedText("问题描述", "What was found"), 44),
    (LocalizedText("发现日期", "Found on"), 12),
)
_KIND: Final = {
    "main": LocalizedText("问题清单", "Issue list"),
    "supplement": LocalizedText("补充问题清单", "Supplement to the issue list"),
}
_SIGNED: Final = (
    LocalizedText(
        "驻村工作队长（签字）：＿＿＿＿＿＿＿＿　　村党组织书记（签字）：＿＿＿＿＿＿＿＿　　镇扶贫办（盖章）：＿＿＿＿＿＿＿＿　　＿＿＿＿年＿＿月＿＿日",
        "Village team lead (signature): ________   Village secretary (signature): ________   Town office (seal): ________   Date: ________",
    ),
)


# -- a village's issue list ---------------------------------------------------------------------


def write_issue_list(
    session: Session, campaign: Campaign, village: str, path: Path, language: Language
) -> None:
    """The frozen lists of a village as they were frozen, with a place to sign and the seal of the content.

    Raises:
        NotFound: nothing has been frozen there yet.
    """
    query = select(IssueList).where(
        IssueList.campaign_id == campaign.id, IssueList.village == village, IssueList.frozen_at.is_not(None)
    )
    result = list(session.scalars(query.order_by(IssueList.kind)))
    if not result:
        raise NotFound(
            LocalizedText("本村问题清单还没有冻结。", "The village's list has not been frozen yet.")
        )
    book = Book(path, get_head(session))
    for issue_list in result:
        _write_list(session, book, campaign, issue_list, language)
    book.close()


def _write_list(
    session: Session, book: Book, campaign: Campaign, issue_list: IssueList, language: Language
) -> None:
    place = full_name(session, issue_list.village, below=get_area(session, issue_list.village).above("city"))
    kind = _KIND[issue_list.kind].in_language(language)
    name = campaign.name if language == "zh" else campaign.name_en
    title = f"{place}{name}{kind}" if language == "zh" else f"{name}: {kind}, {place}"
    heads = [ColumnHeading(words.in_language(language), width) for words, width in _LIST_HEADS]
    page = book.page(kind, heads, title=title)
    catalogue = _catalogue(session, campaign)
    document: dict[str, Any] = orjson.loads(issue_list.lines or "{}")
    for line in document.get("lines", ()):
        category = catalogue["category"].get(line["category"])
        item = catalogue["item"].get(line["item"])
        page.add(
            (
                line["line"], line["number"], line["household"], line["head"],
                category.in_language(language) if category else line["category"], item.in_language(language) if item else line["item"],
                line["description"], dt.date.fromisoformat(line["found_on"]),
            )
        )  # fmt: skip
    if not document.get("lines"):
        words = _ZERO if document.get("zero_report") else _NO_LINE
        page.line(words.in_language(language), len(heads))
    at = issue_list.frozen_at.astimezone(campaign.zone) if issue_list.frozen_at else None
    frozen = f"{at:%Y-%m-%d %H:%M}" if at else ""
    day = f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}" if at else ""
    seal = LocalizedText(
        f"第 {issue_list.version} 版，{day} 冻结，校验码（SHA-256）：{issue_list.hash}",
        f"Version {issue_list.version}, frozen {frozen}, SHA-256: {issue_list.hash}",
    )
    page.line("", len(heads))
    for words in (*_SIGNED, seal):
        page.line(words.in_language(language), len(heads), 34)


_ZERO: Final = LocalizedText(
    "零报告：经排查，本村没有发现问题。", "Zero report: nothing was found in this village."
)
_NO_LINE: Final = LocalizedText("本清单没有列入问题。", "No line stands on this list.")


def _catalogue(session: Session, campaign: Campaign) -> dict[str, dict[str, LocalizedText]]:
    items = session.scalars(select(CheckItem).where(CheckItem.campaign_id == campaign.id))
    heads = session.scalars(select(Category).where(Category.campaign_id == campaign.id))
    return {
        "item": {item.code: item.name for item in items},
        "category": {head.code: head.title for head in heads},
    }


# -- name lists ---------------------------------------------------------------------------------

_NAME_HEADS: Final = (
    (LocalizedText("序号", "No."), 6),
    (LocalizedText("县区", "County"), 10),
    (LocalizedText("乡镇", "Town"), 10),
    (LocalizedText("村", "Village"), 10),
    (LocalizedText("组", "Group"), 8),
    (LocalizedText("户编号", "Household no."), 16),
    (LocalizedText("户主", "Head"), 10),
    (LocalizedText("证件号码", "Identity number"), 22),
    (LocalizedText("人口", "Members"), 6),
    (LocalizedText("户类型", "Kind"), 18),
    (LocalizedText("认定事项或重点工作", "Question or key work"), 24),
    (LocalizedText("处置结果", "Outcome"), 14),
    (LocalizedText("理由", "Reason"), 40),
    (LocalizedText("批准文号", "Approval no."), 18),
    (LocalizedText("批准日期", "Approved on"), 12),
    (LocalizedText("决定日期", "Decided on"), 12),
)
_NOBODY: Final = LocalizedText("没有名单", "Nobody")


def write_name_lists(
    session: Session,
    campaign: Campaign,
    names: Names,
    condition: ColumnElement[bool],
    path: Path,
    language: Language,
) -> int:
    """A page for each outcome with the households whose result it is, then one for each outcome of an office's own works.

    A household stands on one page for its result. Returns how many rows were written.
    """
    book = Book(path, get_head(session))
    heads = [ColumnHeading(words.in_language(language), width) for words, width in _NAME_HEADS]
    total = 0
    for name, rows in groupby(_named(session, campaign, names, condition, language), key=lambda row: row[0]):
        title = f"{name}名单" if language == "zh" else f"Households: {name}"
        page = book.page(name, heads, title=title)
        for place, (_name, cells) in enumerate(rows, start=1):
            page.add((place, *cells))
            total += 1
    if not total:
        book.page(_NOBODY.in_language(language), heads)
    book.close()
    return total


def _named(
    session: Session, campaign: Campaign, names: Names, condition: ColumnElement[bool], language: Language
) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """The page on which a household stands, and its cells, page after page."""
    place = (Household.county, Household.town, Household.village, Household.number)
    results = (
        select(HouseholdResult, Household)
        .join(Household, Household.id == HouseholdResult.household_id)
        .where(HouseholdResult.outcome.is_not(None), HouseholdResult.campaign_id == campaign.id, condition)
        .order_by(HouseholdResult.outcome, *place)
    )
    for result, home in session.execute(results.execution_options(yield_per=1000)):
        outcome = get_outcomes()[str(result.outcome)]
        about = (
            QUESTIONS[outcome.question].in_language(language),
            outcome.name.in_language(language),
            result.reason,
        )
        number = (result.approval_number, result.approved_on, names.day(result.decided_at))
        yield (
            outcome.name.in_language(language),
            (*_home(home, result.kind, names, language), *about, *number),
        )
    latest = select(func.max(CaseOutcome.id)).group_by(CaseOutcome.case_id)
    works = (
        select(CaseOutcome, Household, WorkStream)
        .join(Household, Household.id == CaseOutcome.household_id)
        .join(WorkStream, WorkStream.id == CaseOutcome.work_stream_id)
        .where(CaseOutcome.id.in_(latest), Household.campaign_id == campaign.id, condition)
        .order_by(CaseOutcome.kind, *place, CaseOutcome.id)
    )
    for entry, home, work in session.execute(works.execution_options(yield_per=1000)):
        name = outcome_words(entry.kind).in_language(language)
        number = (entry.approval_number, entry.approved_on, names.day(entry.at))
        cells = _home(home, home.kind, names, language)
        yield name, (*cells, work.name.in_language(language), name, entry.reason, *number)


def _home(home: Household, kind: str, names: Names, language: Language) -> tuple[Cell, ...]:
    return (
        names.areas.get(home.county), names.areas.get(home.town), names.areas.get(home.village), home.group_no,
        home.number, home.head, masked(home.head_id_number), home.members_registered,
        KINDS[kind].in_language(language) if kind in KINDS else kind,
    )  # fmt: skip


# -- measures by year -----------------------------------------------------------------------------

_MEASURE_HEADS: Final = (
    *_NAME_HEADS[:7],
    (LocalizedText("年度", "Year"), 8),
    (LocalizedText("帮扶措施", "Measure"), 24),
    (LocalizedText("享受人", "Who enjoyed it"), 12),
    (LocalizedText("金额（元）", "Amount (yuan)"), 12),
)


def write_measures(
    session: Session,
    campaign: Campaign,
    names: Names,
    condition: ColumnElement[bool],
    path: Path,
    language: Language,
) -> int:
    """What households enjoyed in each year (历年帮扶措施), a row for each measure; returns how many."""
    query = (
        select(HouseholdMeasure, Household)
        .join(Household, Household.id == HouseholdMeasure.household_id)
        .where(Household.campaign_id == campaign.id, condition)
        .order_by(Household.county, Household.town, Household.village, Household.number)
        .order_by(HouseholdMeasure.year, HouseholdMeasure.id)
    )
    book = Book(path, get_head(session))
    title = LocalizedText("历年帮扶措施", "Measures by year").in_language(language)
    heads = [ColumnHeading(words.in_language(language), width) for words, width in _MEASURE_HEADS]
    page, total = book.page(title, heads, title=title), 0
    for measure, home in session.execute(query.execution_options(yield_per=1000)):
        total += 1
        cells = _home(home, home.kind, names, language)[:6]
        page.add((total, *cells, measure.year, measure.kind, measure.person, measure.amount))
    book.close()
    return total


# -- the province's columns ---------------------------------------------------------------------


def province_columns(campaign: Campaign) -> list[tuple[str, str]]:
    """Heading and source of each column: those of the campaign, or the shipped ones.

    A source is the code of a column of the ledger, or ``=text`` for a text that is the same in every row.

    Raises:
        WrongValues: the campaign's columns name a source that does not exist.
    """
    own = campaign.settings.get("province_columns")
    rows = (
        [(as_text(as_object(item)["heading"]), as_text(as_object(item)["source"])) for item in as_list(own)]
        if own
        else _shipped()
    )
    for heading, source in rows:
        if not source.startswith("=") and source not in BY_CODE:
            words = LocalizedText(
                f"省级列“{heading}”的来源“{source}”不存在。", f"“{heading}”: there is no column “{source}”."
            )
            raise WrongValues({"province_columns": words})
    return rows


def _shipped() -> list[tuple[str, str]]:
    text = (
        resources.files("rectification").joinpath("data/province_columns.csv").read_text(encoding="utf-8-sig")
    )
    return [(line["heading"], line["source"]) for line in csv.DictReader(text.splitlines())]


def write_province(
    session: Session,
    campaign: Campaign,
    names: Names,
    condition: ColumnElement[bool],
    path: Path,
    progress: Progress = lambda done, total: None,
) -> int:
    """The tickets in the columns that the province's system takes; returns how many."""
    columns = province_columns(campaign)
    numbers = ordered(session, condition)
    book = Book(path, get_head(session))
    page = book.page("Sheet1", [ColumnHeading(heading, 18) for heading, _source in columns])
    done = 0
    for batch in batches(session, numbers):
        for fact in batch.facts:
            page.add(_source(source, fact, names) for _heading, source in columns)
        done += len(batch.facts)
        progress(done, len(numbers))
    book.close()
    return done


def _source(source: str, item: Any, names: Names) -> Cell:
    return source[1:] if source.startswith("=") else BY_CODE[source].says(item, names, "zh")
