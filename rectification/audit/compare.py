"""Whether evidence, tickets, lists and results are what the history says of them (审计核对).

The audit chain proves the history; this proves that the rows which people work with still say what the history says.
Every check names the thing that differs, so that somebody can look at both.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session

from engine.text import LocalizedText
from engine.worklist.selectables import history
from rectification.audit.register import compare_register
from rectification.audit.results import compare_results
from rectification.audit.rows import compare_rows
from rectification.core.digest import digest_of
from rectification.core.keys import case_key, number_in, ticket_key
from rectification.evidence.files import kept_file, kept_small_picture
from rectification.evidence.model import KEPT, Evidence
from rectification.imports.ledger import BROUGHT_IN
from rectification.matters.issue_list import IssueList
from rectification.matters.ticket import Ticket
from rectification.papers.templates import PaperTemplate, kept_template
from rectification.results.outcomes import CaseOutcome
from rectification.tickets.dispatch import DESCRIBED
from rectification.tickets.recall import RESTORED

AT_ONCE: Final = 500
"""Things whose history is read with one statement."""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

Faults = Iterator[LocalizedText]


def compare(session: Session, data_dir: Path) -> Faults:
    """Everything that differs from what the history says, one sentence each."""
    yield from _evidence(session, data_dir)
    yield from _templates(session, data_dir)
    yield from _tickets(session)
    yield from compare_rows(session)
    yield from _lists(session)
    yield from _results(session)
    yield from compare_results(session)
    yield from compare_register(session)


# -- evidence --------------------------------------------------------------------------------------


def _evidence(session: Session, data_dir: Path) -> Faults:
    """Each file has the content by which it is named, and its row says what was said when it came."""
    for page in _pages(session, select(Evidence.__table__), Evidence.id):
        history_rows = {
            (row.key, detail.get("evidence")): (row, detail)
            for row, detail in _history_of(session, {evidence.about for evidence in page}, (KEPT,))
        }
        for evidence in page:
            yield from _one_evidence(data_dir, evidence, history_rows.get((evidence.about, evidence.id)))
    known = exists(select(Evidence.id).where(Evidence.about == history.c.key))
    for key in session.scalars(select(history.c.key).where(history.c.action == KEPT, ~known).distinct()):
        yield LocalizedText(
            f"{key} 的凭证已不在数据库里。", f"Evidence about {key} is no longer in the database."
        )
    counted = select(Evidence.about, func.count().label("rows")).group_by(Evidence.about).subquery()
    recorded = select(history.c.key, func.count().label("rows")).where(history.c.action == KEPT)
    said_rows = recorded.group_by(history.c.key).subquery()
    fewer = select(said_rows.c.key).join(counted, counted.c.about == said_rows.c.key)
    for key in session.scalars(fewer.where(counted.c.rows < said_rows.c.rows)):
        yield LocalizedText(f"{key} 的凭证少了。", f"Some evidence about {key} is no longer in the database.")


def _one_evidence(
    data_dir: Path, evidence: Row[Any], record: tuple[Row[Any], Mapping[str, Any]] | None
) -> Faults:
    name = LocalizedText(f"第 {evidence.id} 号凭证", f"Evidence {evidence.id}")
    if record is None:
        yield LocalizedText(
            f"{name.zh}（{evidence.about}）在历史记录里没有。",
            f"The history knows nothing of evidence {evidence.id} ({evidence.about}).",
        )
        return
    row, detail = record
    is_same = (evidence.sha256, evidence.media_type, evidence.size) == tuple(
        detail.get(each) for each in ("sha256", "media_type", "size")
    )
    if not is_same or (evidence.uploaded_by_id, evidence.on_behalf_of_id) != (row.person, row.on_behalf_of):
        yield LocalizedText(
            f"{name.zh}（{evidence.about}）与历史记录不符。",
            f"{name.en} ({evidence.about}) differs from the history.",
        )
    yield from _content(kept_file(data_dir, evidence.sha256), evidence.sha256, name)
    if detail.get("small"):
        small = LocalizedText(f"{name.zh}的小图", f"The small picture of evidence {evidence.id}")
        yield from _content(kept_small_picture(data_dir, evidence.sha256), detail["small"], small)


def _content(path: Path, digest: str, name: LocalizedText) -> Faults:
    try:
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        yield LocalizedText(f"{name.zh}的文件不在存储目录里。", f"{name.en}: the file is not in the store.")
    except OSError as fault:
        yield LocalizedText(
            f"{name.zh}的文件无法读取：{fault.strerror}。",
            f"{name.en}: the file cannot be read: {fault.strerror}.",
        )
    else:
        if actual != digest:
            yield LocalizedText(f"{name.zh}的文件被改动。", f"{name.en}: the file was changed.")


def _templates(session: Session, data_dir: Path) -> Faults:
    """The templates that offices put in place; papers are printed from them."""
    for row in session.execute(select(PaperTemplate.__table__).order_by(PaperTemplate.id)):
        if row.sha256 is not None:
            name = LocalizedText(f"文书模板“{row.name}”", f"The template “{row.name}”")
            yield from _content(kept_template(data_dir, row.sha256), row.sha256, name)


# -- tickets ---------------------------------------------------------------------------------------


@dataclass
class _TicketHistory:
    """What the history says of a ticket; a field that it does not know is not compared."""

    facts: dict[str, Any] = field(default_factory=dict)
    is_known: bool = False

    def add(self, action: str, detail: Mapping[str, Any]) -> None:
        """Take what one row says, the oldest first."""
        self.is_known = self.is_known or action in _FOUNDING
        if action in _LEVELS and "escalation_level" in self.facts:
            self.facts["escalation_level"] = _LEVELS[action](self.facts["escalation_level"], detail)
        if "status" in detail:
            self.facts["status"] = detail["status"][1]
        if action == "taken_back":
            self.facts.pop("described", None)  # it may be described anew before it is handed out again
        if action in _SAYS:
            self.facts |= _SAYS[action](detail)


_LEVELS: Final[Mapping[str, Callable[[int, Mapping[str, Any]], int]]] = {
    "stepped_up": lambda before, detail: detail["after"]["level"],
    "reopened": lambda before, detail: max(before, 1),
    "escalated": lambda before, detail: max(before, detail.get("level") or 0),
}
"""To what escalation level an action raises a ticket."""
_FOUNDING: Final = ("drafted", "closed")
"""A ticket begins as a draft, or is brought in closed from an existing ledger."""


def _after(*names: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda detail: {name: detail["after"][name] for name in names if name in detail.get("after", {})}


def _stated(*names: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What only newer rows state."""
    return lambda detail: {name: detail[name] for name in names if name in detail}


def _all(
    *says: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda detail: {name: value for say in says for name, value in say(detail).items()}


def _taken(**names: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda detail: {name: detail.get(there) for name, there in names.items()}


_SAYS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "drafted": _all(
        lambda detail: {"due_at": None, "close_type": None, "closed_at": None, "escalation_level": 0},
        _stated("found_on"),
    ),
    "draft_corrected": _stated("found_on"),
    "dispatched": _all(
        _taken(resp_unit_id="unit", resp_person_id="person", due_at="due_at"), _stated("described")
    ),
    "due_changed": _after("due_at"),
    "stepped_up": _after("due_at"),
    "extended": _after("due_at"),
    "transfer_accepted": _taken(resp_unit_id="unit", resp_person_id="person"),
    "transfer_settled": _taken(resp_unit_id="unit", resp_person_id="person"),
    "responsible_changed": lambda detail: {
        f"{name}_id": value for name, value in detail.get("after", {}).items()
    },
    "closed": _all(
        _taken(close_type="close_type", external_number="number"),
        lambda detail: {"closed_at": detail["closed_at"]} if "closed_at" in detail else {},
        _stated("found_on", "said"),
    ),
    "numbered": _stated("number"),
    "merged": lambda detail: {"close_type": "merged"},
    "ending_confirmed": lambda detail: {"status": "void", "close_type": "terminated"},
    "reopened": lambda detail: {"due_at": detail["due_at"], "close_type": None, "closed_at": None},
    RESTORED: _after("resp_unit_id", "resp_person_id", "due_at"),
}
"""What an action says about the columns of its ticket."""
_NAMES: Final = {
    "status": LocalizedText("状态", "status"),
    "resp_unit_id": LocalizedText("责任单位", "responsible unit"),
    "resp_person_id": LocalizedText("责任人", "responsible person"),
    "due_at": LocalizedText("整改时限", "due date"),
    "close_type": LocalizedText("销号方式", "closing"),
    "closed_at": LocalizedText("销号时间", "time of closing"),
    "external_number": LocalizedText("外部编号", "external number"),
    "escalation_level": LocalizedText("督办级别", "escalation level"),
    "found_on": LocalizedText("发现日期", "day of the find"),
    "number": LocalizedText("编号", "number"),
}
_OF_A_LINE: Final = {
    "line_no": ("line", LocalizedText("行号", "line")),
    "category": ("category", LocalizedText("类别", "category")),
    "item": ("item", LocalizedText("检查项", "check item")),
    "description": ("description", LocalizedText("问题描述", "description")),
    "found_on": ("found_on", _NAMES["found_on"]),
}


def _tickets(session: Session) -> Faults:
    table = Ticket.__table__.c
    names = dict.fromkeys((*_NAMES, *_OF_A_LINE, *BROUGHT_IN))
    columns = (table.id, table.list_id, *(table[name] for name in names))
    numbers: set[int] = set()
    for page in _pages(session, select(*columns), Ticket.id):
        numbers.update(ticket.id for ticket in page)
        recorded = {ticket_key(ticket.id): _TicketHistory() for ticket in page}
        for row, detail in _history_of(session, recorded):
            recorded[row.key].add(row.action, detail)
        on_lists = _lines_of_lists(session, {ticket.list_id for ticket in page if ticket.list_id is not None})
        for ticket in page:
            yield from _one_ticket(ticket, recorded[ticket_key(ticket.id)])
            if ticket.number is not None and ticket.list_id in on_lists:
                yield from _one_line(ticket, on_lists[ticket.list_id].get(ticket.number))
    drafted = select(history.c.key).where(history.c.action == "drafted").order_by(history.c.id)
    for key in session.scalars(drafted).yield_per(1_000):
        number = number_in(key, "ticket")
        if number not in numbers:
            yield LocalizedText(
                f"第 {number} 号工单已不在数据库里。", f"Ticket {number} is no longer in the database."
            )


def _one_line(row: Row[Any], line: Mapping[str, Any] | None) -> Faults:
    """A ticket against its line on the frozen list."""
    if line is None:
        yield LocalizedText(
            f"第 {row.id} 号工单的编号 {row.number} 不在其冻结的清单里。",
            f"The number {row.number} of ticket {row.id} does not stand on its frozen list.",
        )
        return
    for name, (there, words) in _OF_A_LINE.items():
        if there in line and _plain(getattr(row, name)) != line[there]:
            yield _differs(row, words, LocalizedText("其冻结的清单", "its frozen list"))


def _differs(row: Row[Any], what: LocalizedText, where: LocalizedText) -> LocalizedText:
    return LocalizedText(
        f"第 {row.id} 号工单的{what.zh}与{where.zh}不符。",
        f"The {what.en} of ticket {row.id} differs from {where.en}.",
    )


_HISTORY: Final = LocalizedText("历史记录", "the history")


def _one_ticket(row: Row[Any], record: _TicketHistory) -> Faults:
    if not record.is_known:
        yield LocalizedText(
            f"第 {row.id} 号工单在历史记录里没有来历。",
            f"The history does not say where ticket {row.id} comes from.",
        )
        return
    for name, words in _NAMES.items():
        if name in record.facts and _plain(getattr(row, name)) != record.facts[name]:
            yield _differs(row, words, _HISTORY)
    if record.facts.get("said", digest_of(row, BROUGHT_IN)) != digest_of(row, BROUGHT_IN):
        yield _differs(row, LocalizedText("问题描述或整改措施", "description or measure"), _HISTORY)
    if record.facts.get("described", digest_of(row, DESCRIBED)) != digest_of(row, DESCRIBED):
        yield _differs(row, _OF_A_LINE["description"][1], _HISTORY)


def _plain(value: Any) -> Any:
    """As it stands in the history, which is JSON."""
    return orjson.loads(orjson.dumps(value))


def _lines_of_lists(session: Session, lists: set[int]) -> dict[int, dict[str, Mapping[str, Any]]]:
    query = select(IssueList.id, IssueList.lines).where(
        IssueList.id.in_(lists), IssueList.frozen_at.is_not(None)
    )
    return {number: _lines(lines or "") for number, lines in session.execute(query)}


def _lines(lines: str) -> dict[str, Mapping[str, Any]]:
    try:
        return {str(line["number"]): line for line in orjson.loads(lines)["lines"]}
    except (ValueError, KeyError, TypeError):
        return {}


# -- lists and results -----------------------------------------------------------------------------


def _lists(session: Session) -> Faults:
    """A frozen list hashes to what the history says of its last version."""
    last: dict[int, str] = {}
    rows = select(history.c.detail).where(history.c.action.in_(("list_frozen", "numbered")))
    for text in session.scalars(rows.order_by(history.c.id)).yield_per(1_000):
        detail = orjson.loads(text)
        if "list" in detail:
            last[detail["list"]] = detail["hash"]
    query = select(IssueList.id, IssueList.village, IssueList.lines, IssueList.hash, IssueList.frozen_at)
    for row in session.execute(query.order_by(IssueList.id)).yield_per(100):
        recorded = last.pop(row.id, None)
        digest = None if row.lines is None else hashlib.sha256(row.lines.encode()).hexdigest()
        if not (row.hash == digest == recorded) or (row.frozen_at is None) != (recorded is None):
            yield LocalizedText(
                f"{row.village} 的第 {row.id} 号问题清单与历史记录不符。",
                f"Issue list {row.id} of {row.village} differs from the history.",
            )
        held = select(Ticket.number).where(Ticket.list_id == row.id)
        for gone in sorted(_lines(row.lines or "").keys() - set(session.scalars(held))):
            yield LocalizedText(
                f"清单上的编号 {gone} 没有工单。", f"No ticket has the number {gone} of its frozen list."
            )
    for number in last:
        yield LocalizedText(
            f"第 {number} 号问题清单已不在数据库里。", f"Issue list {number} is no longer in the database."
        )


def _results(session: Session) -> Faults:
    """Every result of a household is told in the history, in the same order, and none is missing."""
    query = select(CaseOutcome.case_id, CaseOutcome.kind, CaseOutcome.reason, CaseOutcome.approval_number)
    result: dict[str, list[list[Any]]] = {}
    for outcome in session.execute(query.order_by(CaseOutcome.id)).yield_per(1_000):
        result.setdefault(case_key(outcome.case_id), []).append(
            [outcome.kind, outcome.reason, outcome.approval_number]
        )
    recorded: dict[str, list[list[Any]]] = {}
    rows = select(history.c.key, history.c.detail).where(history.c.action == "outcome")
    for row in session.execute(rows.order_by(history.c.id)).yield_per(1_000):
        detail = orjson.loads(row.detail)
        recorded.setdefault(row.key, []).append([detail["outcome"], detail["reason"], detail["number"]])
    for key in sorted(result.keys() | recorded.keys()):
        if result.get(key) != recorded.get(key):
            number = key.removeprefix("case:")
            yield LocalizedText(
                f"第 {number} 号核查对象的处置结果与历史记录不符。",
                f"The result of case {number} differs from the history.",
            )


# -- reading ---------------------------------------------------------------------------------------


def _pages(session: Session, names: Any, key: Any) -> Iterator[Sequence[Row[Any]]]:
    after = 0
    while True:
        rows = session.execute(names.where(key > after).order_by(key).limit(AT_ONCE)).all()
        if not rows:
            return
        yield rows
        after = rows[-1].id


def _history_of(
    session: Session, keys: Iterable[str], actions: Sequence[str] = ()
) -> Iterator[tuple[Row[Any], Mapping[str, Any]]]:
    """The history rows of these business keys with their details, the oldest first."""
    query = select(history).where(history.c.key.in_(list(keys)))
    if actions:
        query = query.where(history.c.action.in_(actions))
    for row in session.execute(query.order_by(history.c.id)).yield_per(1_000):
        detail = orjson.loads(row.detail or "{}")
        yield row, detail if isinstance(detail, dict) else {}
