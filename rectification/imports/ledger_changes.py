"""The way back of an exported ledger: only what no decision rests on may be changed in a spreadsheet.

Each row carries a mark of the state from which it was exported. A row whose ticket was changed by somebody
else since then is a conflict: it is named, and what the other wrote stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from engine.text import LocalizedText
from rectification.access.permissions import visible_tickets
from rectification.core.history import record_event
from rectification.core.keys import ticket_key
from rectification.imports.cells import WrongCell, short
from rectification.imports.kinds import ImportKind, Lookup, Notes, Scene, Take
from rectification.imports.sheets import ImportColumn
from rectification.matters.remarks import FIELDS, Remark, mark_of
from rectification.matters.ticket import Ticket

_LONGEST: Final = {"leader": 200, "support": 400, "remark": 4_000}


class ChangeRows:
    """The rows of one import."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._seen: dict[int, int] = {}
        self._kept: dict[int, Any] = {}

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        return {}

    def match(self, takes: Sequence[Take], notes: Notes) -> None:
        session = self._scene.session
        numbers = [take.values["mark"][0] for take in takes]
        visible = self._sight(numbers)
        rows = session.execute(select(Remark.__table__).where(Remark.ticket_id.in_(numbers)))
        self._kept = {row.ticket_id: row for row in rows}
        for take in takes:
            number, _digest = take.values["mark"]
            first = self._seen.setdefault(number, take.row)
            if first != take.row:
                notes.refuse(
                    take, "number", LocalizedText(f"与第 {first} 行重复。", f"is the same as in row {first}.")
                )
            elif number not in visible:
                words = LocalizedText(
                    "没有这张工单，或不在您负责的范围内。",
                    "there is no such ticket, or it is not yours to see.",
                )
                notes.refuse(take, "number", words)
            else:
                self._compare(take, number, notes)

    def place_of(self, take: Take) -> None:
        """Which tickets may be changed follows from what the importer sees."""

    def _sight(self, numbers: Sequence[int]) -> set[int]:
        scene = self._scene
        query = select(Ticket.id).where(Ticket.id.in_(numbers), Ticket.campaign_id == scene.campaign.id)
        if scene.context.actor.person is not None:
            query = query.where(
                visible_tickets(scene.session, scene.context.actor.person, scene.context.today)
            )
        return set(scene.session.scalars(query))

    def _compare(self, take: Take, number: int, notes: Notes) -> None:
        kept = self._kept.get(number)
        now = {name: getattr(kept, name) if kept else "" for name in FIELDS}
        take.compare(number, now, FIELDS)
        written = "-".join(map(str, take.values["mark"]))
        if take.after and written not in (mark_of(number, **now), mark_of(number, **{**now, **take.after})):
            what = "、".join(f"{_COLUMNS[name].names[0]}现为“{value}”" for name, value in take.before.items())
            what_en = ", ".join(
                f"{_COLUMNS[name].english} is now “{value}”" for name, value in take.before.items()
            )
            words = LocalizedText(
                f"导出后别人已改过：{what}。请重新导出再改。",
                f"somebody changed it after your export: {what_en}. Export again first.",
            )
            notes.refuse(take, next(iter(take.after)), words)

    def write(self, takes: Sequence[Take]) -> None:
        scene = self._scene
        for take in takes:
            number = take.values["mark"][0]
            row = scene.session.get(Remark, number)
            if row is None:
                row = Remark(ticket_id=number, leader="", support="", remark="")
                scene.session.add(row)
            for name, value in take.after.items():
                setattr(row, name, value)
            record_event(
                scene.context,
                "remarked",
                ticket_key(number),
                before=take.before,
                after=take.after,
            )
        scene.session.flush()


def _mark(text: str) -> tuple[int, str]:
    number, _, digest = text.partition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 18 or len(digest) != 10:
        raise WrongCell(
            "不是导出时的标记，请从系统重新导出。", "is not the mark of an export; please export again."
        )
    return int(number), digest


COLUMNS: Final = (
    ImportColumn("mark", ("回导标记（勿改）", "回导标记", "mark for the way back", "mark"), "mark for the way back", True, _mark,
           note=LocalizedText("导出的台账里的隐藏列，请勿改动。", "A hidden column of the exported ledger; leave it as it is.")),
    ImportColumn("number", ("工单编号", "ticket no.", "ticket no"), "ticket no."),
    ImportColumn("leader", ("责任领导", "accountable leader"), "accountable leader", read=short(_LONGEST["leader"])),
    ImportColumn("support", ("配合单位", "supporting units"), "supporting units", read=short(_LONGEST["support"])),
    ImportColumn("remark", ("备注", "remark"), "remark", read=short(_LONGEST["remark"])),
)  # fmt: skip
_COLUMNS: Final = {column.code: column for column in COLUMNS}

LEDGER_CHANGES: Final = ImportKind(
    "ledger_changes",
    LocalizedText("台账改动（导出后改的备注等）", "Changes to the ledger"),
    LocalizedText(
        "先导出整改台账，改好配合单位、责任领导、备注后传回；其他列不导入。",
        "Export the ledger, change supporting units, accountable leader or remark, and send it back; nothing else is read.",
    ),
    COLUMNS,
    ChangeRows,
)
