"""The ledger as a workbook: the tickets, what was done to them, what was sent back, and the figures.

Closed, hung and open are three figures. What hangs is never counted as closed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from engine.audit.chain import get_head
from engine.text import Language, LocalizedText
from rectification.exports.added_fields import added_fields, as_text
from rectification.exports.columns import LEDGER, RESULTS, said
from rectification.exports.facts import Batch, Names, TicketFacts, batches, ordered
from rectification.exports.pages import Book, ColumnHeading, Worksheet
from rectification.matters.issue_list import TicketReturn, TicketVoid
from rectification.matters.status import TicketStatus, is_open, is_overdue
from rectification.matters.ticket import ProgressNote
from rectification.tickets.closures import CLOSE_TYPES, Closure, ClosureRequest
from rectification.tickets.dispatch import Acknowledgement, Dispatch
from rectification.tickets.explanations import Explanation, ExplanationOpinion
from rectification.tickets.hung import HungTicket
from rectification.tickets.reverifications import Reverification

Progress = Callable[[int, int], None]
A3: Final = 8
LEDGER_PAGE: Final = LocalizedText("整改台账", "Ledger")
_STEPS_PAGE: Final = LocalizedText("整改过程", "Process record")
_RETURNS_PAGE: Final = LocalizedText("退回记录", "Returns")
_FIGURES_PAGE: Final = LocalizedText("统计", "Statistics")
_NOTES_PAGE: Final = LocalizedText("说明", "Notes")
_NUMBER: Final = LocalizedText("序号", "No.")
_NOTES: Final = (
    LocalizedText("“挂账”不是“已销号”：统计表分别列出已销号、挂账、未销号三个数。", "Hung is not closed: the figures name closed, hung and open apart."),
    LocalizedText("可以在本表中修改后导回的列：配合单位、责任领导、备注。其他列只读，改了也不会导入。", "Columns that may be changed here and imported again: supporting units, accountable leader, remark. All others are only to be read."),
    LocalizedText("导回：在“导入”页选择“台账改动”。导出后别人已改过的行会列为冲突，不会覆盖。", "To bring changes back: choose “Changes to the ledger” on the import page. Rows that somebody else has changed meanwhile are named as conflicts and left as they are."),
    LocalizedText("隐藏列“回导标记”用于识别行，请勿删除。清空单元格不会清除系统里的内容。", "The hidden column “Mark for the way back” tells the rows apart; leave it. Emptying a cell does not empty what is kept."),
)  # fmt: skip


def write_ledger(
    session: Session,
    names: Names,
    condition: ColumnElement[bool],
    path: Path,
    language: Language,
    progress: Progress = lambda done, total: None,
) -> int:
    """Write the workbook of the tickets that fit a condition; returns how many."""
    numbers = ordered(session, condition)
    added = added_fields(session, condition)
    fields = [field.id for field in added]
    book = Book(path, get_head(session))
    page = book.page(
        LEDGER_PAGE.in_language(language),
        _heads(language, [field.label for field in added]),
        paper=A3,
        across=3,
    )
    steps = book.page(_STEPS_PAGE.in_language(language), _titles(_STEP_HEADS, language))
    returns = book.page(_RETURNS_PAGE.in_language(language), _titles(_RETURN_HEADS, language))
    figures = TownFigures()
    done = 0
    for batch in batches(session, numbers, fields):
        said_steps = _steps(batch, names, language)
        for fact in batch.facts:
            done += 1
            more = [as_text(each, fact.values.get(each.id), language) for each in added]
            cells = [column.says(fact, names, language) for column in LEDGER]
            page.add([done, *cells[:-1], *more, cells[-1]])
            figures.count(fact, names)
            for step in said_steps.get(fact.ticket.id, ()):
                steps.add((_name(fact), fact.home.head if fact.home else fact.ticket.subject_name, *step))
        _write_returns(batch, returns, names, language)
        progress(done, len(numbers))
    figures.write(book, language)
    book.notes(_NOTES_PAGE.in_language(language), (words.in_language(language) for words in _NOTES))
    book.close()
    return done


def _heads(language: Language, added: Sequence[LocalizedText]) -> list[ColumnHeading]:
    heads = [
        ColumnHeading(column.words.in_language(language), column.width, column.hidden) for column in LEDGER
    ]
    more = [ColumnHeading(label.in_language(language), 16) for label in added]
    return [ColumnHeading(_NUMBER.in_language(language), 6), *heads[:-1], *more, heads[-1]]


def _titles(heads: Sequence[tuple[LocalizedText, int]], language: Language) -> list[ColumnHeading]:
    return [ColumnHeading(words.in_language(language), width) for words, width in heads]


def _name(ticket_facts: TicketFacts) -> str:
    return ticket_facts.ticket.number or f"#{ticket_facts.ticket.id}"


# -- what was done ------------------------------------------------------------------------------

_STEP_HEADS: Final = (
    (LocalizedText("工单编号", "Ticket no."), 22),
    (LocalizedText("户主/对象", "Household head"), 12),
    (LocalizedText("时间", "When"), 18),
    (LocalizedText("环节", "Step"), 16),
    (LocalizedText("经办人", "Who"), 12),
    (LocalizedText("内容", "What"), 60),
)
_AFTER_EXPLANATION: Final = 5
"""What three offices said stands before the hanging that came of it, at the same instant."""
_DECISIONS: Final = {"agree": LocalizedText("同意", "Agreed"), "reject": LocalizedText("不同意", "Refused")}
_STEPS: Final[tuple[tuple[type[Any], LocalizedText, Callable[[Any, Language], str]], ...]] = (
    (Dispatch, LocalizedText("交办", "Dispatched"), lambda row, language: row.measure),
    (Acknowledgement, LocalizedText("签收", "Acknowledged"), lambda row, language: ""),
    (ProgressNote, LocalizedText("进展", "Progress"), lambda row, language: f"{row.percent}% {row.text}"),
    (ClosureRequest, LocalizedText("申请销号", "Closure requested"), lambda row, language: row.result),
    (
        Reverification,
        LocalizedText("复核", "Re-verified"),
        lambda row, language: f"{said(RESULTS.get(row.result), language, row.result)} {row.demand}".strip(),
    ),
    (Explanation, LocalizedText("情况说明", "Explained"), lambda row, language: row.text),
    (HungTicket, LocalizedText("挂账", "On hold"), lambda row, language: row.note),
    (
        Closure,
        LocalizedText("销号", "Closed"),
        lambda row, language: (
            f"{said(CLOSE_TYPES.get(row.close_type), language, row.close_type)} {row.number or ''}".strip()
        ),
    ),
    (TicketVoid, LocalizedText("作废", "Voided"), lambda row, language: row.reason),
)


def _steps(batch: Batch, names: Names, language: Language) -> dict[int, list[tuple[str, ...]]]:
    """Every step of some tickets in the order of time."""
    events: dict[int, list[tuple[Any, int, tuple[str, ...]]]] = defaultdict(list)
    for rank, (model, words, says) in enumerate(_STEPS):
        name = words.in_language(language)
        for row in batch.rows(model):
            at = row.since if model is HungTicket else row.at
            events[row.ticket_id].append(
                (at, rank, (names.minute(at), name, names.person(row.by_id), says(row, language)))
            )
    explanations = {row.id: row.ticket_id for row in batch.rows(Explanation)}
    opinion = LocalizedText("说明审批", "Opinion").in_language(language)
    for row in batch.asked(ExplanationOpinion, "explanation_id", list(explanations)):
        what = f"{said(_DECISIONS.get(row.decision), language, row.decision)} {row.text}".strip()
        events[explanations[row.explanation_id]].append(
            (row.at, _AFTER_EXPLANATION, (names.minute(row.at), opinion, names.person(row.by_id), what))
        )
    return {number: [step for _at, _rank, step in sorted(steps)] for number, steps in events.items()}


# -- what was sent back -------------------------------------------------------------------------

_RETURN_HEADS: Final = (
    (LocalizedText("工单编号", "Ticket no."), 22),
    (LocalizedText("退回环节", "Sent back at"), 16),
    (LocalizedText("时间", "When"), 18),
    (LocalizedText("退回人", "By"), 12),
    (LocalizedText("原因或补充要求", "Reason or demand"), 60),
)
_IN_REVIEW: Final = LocalizedText("清单审核", "Review of the list")
_IN_VERIFICATION: Final = LocalizedText("复核", "Re-verification")


def _write_returns(batch: Batch, page: Worksheet, names: Names, language: Language) -> None:
    called = {fact.ticket.id: _name(fact) for fact in batch.facts}
    rows: list[tuple[int, Any, LocalizedText, int | None, str]] = [
        (back.ticket_id, back.at, _IN_REVIEW, back.by_id, back.reason) for back in batch.rows(TicketReturn)
    ]
    for back in batch.rows(Reverification):
        if back.result == "not_fixed":
            rows.append((back.ticket_id, back.at, _IN_VERIFICATION, back.by_id, back.demand))
    place = {number: position for position, number in enumerate(called)}
    for number, at, where, person, why in sorted(rows, key=lambda row: (place[row[0]], row[1])):
        page.add((called[number], where.in_language(language), names.minute(at), names.person(person), why))


# -- the figures --------------------------------------------------------------------------------


class TownFigures:
    """How many tickets are closed, hung and open, for each town."""

    HEADS = (
        (LocalizedText("县区", "County"), 14),
        (LocalizedText("乡镇", "Town"), 16),
        (LocalizedText("问题总数", "Tickets"), 10),
        (LocalizedText("已销号", "Closed"), 10),
        (LocalizedText("其中逾期销号", "of them late"), 12),
        (LocalizedText("挂账", "On hold"), 10),
        (LocalizedText("未销号", "Open"), 10),
        (LocalizedText("其中已逾期", "of them overdue"), 12),
        (LocalizedText("销号率", "Closed, %"), 10),
    )

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    def count(self, ticket_facts: TicketFacts, names: Names) -> None:
        """Count one ticket; what was void was never one."""
        ticket = ticket_facts.ticket
        if ticket.status == TicketStatus.VOID:
            return
        state = "open" if is_open(ticket.status) else str(ticket.status)
        counts = self._counts[names.areas.get(ticket.county, ""), names.areas.get(ticket.town, "")]
        counts["all"] += 1
        counts[state] += 1
        counts["late"] += state == "closed" and bool(ticket.closed_late)
        counts["overdue"] += is_overdue(ticket.status, ticket.due_at, names.now)

    def write(self, book: Book, language: Language) -> None:
        """The page of the figures."""
        page = book.page(_FIGURES_PAGE.in_language(language), _titles(self.HEADS, language))
        total: Counter[str] = Counter()
        for place, counts in self._counts.items():
            total.update(counts)
            page.add((*place, *self._row(counts)))
        page.add((LocalizedText("合计", "Total").in_language(language), " ", *self._row(total)), book.strong)

    def _row(self, counts: Counter[str]) -> tuple[int | float, ...]:
        share = round(100 * counts["closed"] / counts["all"], 1) if counts["all"] else 0
        names = ("all", "closed", "late", "hung", "open", "overdue")
        return (*(counts[name] for name in names), share)
