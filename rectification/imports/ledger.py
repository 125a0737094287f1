"""An office's own ledger (整改台账): its rows become tickets.

What is still open begins its diagram like any find of a visit, and goes the whole way: nobody's measure or
due date is taken over unseen, it is proposed in the form of the dispatch. What was closed before is kept as
a closed fact with its number and date; no diagram runs for it. A row that came in once is known by its number
in that ledger (or by what it says) and never comes in twice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.iso import end_of_day
from engine.text import LocalizedText
from rectification.campaigns.catalogue import CheckItem
from rectification.core.digest import digest_of
from rectification.core.history import record_event
from rectification.core.model import Id, Model
from rectification.households.model import Household
from rectification.imports.cells import choice, day, short
from rectification.imports.kinds import ImportKind, Lookup, Notes, Scene, Take, Values
from rectification.imports.places import Items, People, Units, Villages
from rectification.imports.sheets import ImportColumn, SheetRow
from rectification.matters.issue_list import hold_village
from rectification.matters.status import GOING_ON
from rectification.matters.ticket import Ticket
from rectification.places.areas import Area
from rectification.places.units import line_dept_of
from rectification.tickets.closures import Closure
from rectification.tickets.findings import variables_of

STATUSES: Final = {
    "closed": LocalizedText("已销号", "closed"),
    "open": LocalizedText("未销号", "open"),
    "hung": LocalizedText("挂账", "hung"),
}
_OTHER_STATUSES: Final = {
    **dict.fromkeys(("销号", "已完成", "已整改", "已整改到位", "已办结", "完成", "整改到位", "是"), "closed"),
    **dict.fromkeys(
        ("整改中", "未完成", "尚未整改到位", "正在整改", "未整改", "进行中", "待复核", "已交办", "否"), "open"
    ),
}
_CHANNELS: Final = {
    "provincial_system": LocalizedText("省办系统", "provincial system"),
    "paper_archive": LocalizedText("纸质档案", "paper archive"),
}


BROUGHT_IN: Final = ("description", "measure")
"""What a closed row of the ledger says, and no list and no dispatch says again."""


class ImportedTicket(Model):
    """A ticket that came in from an office's ledger, under that ledger's own number for it."""

    __tablename__ = "imported_tickets"
    __table_args__ = (UniqueConstraint("campaign_id", "reference"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    reference: Mapped[str] = mapped_column(String(80))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)


COLUMNS: Final = (
    ImportColumn("reference", ("工单编号", "问题编号", "编号", "ticket_no", "number"), "ticket no.", read=short(60), example="YS-2019-001"),
    ImportColumn("household", ("户编号", "户编码", "家庭编号", "household_no"), "household_no", read=short(40), example="3412260001",
           note=LocalizedText("户的问题填户编号；村的问题填村。", "A household's problem takes its number, a village's problem the village.")),
    ImportColumn("town", ("乡镇", "镇", "town"), "town"),
    ImportColumn("village", ("村代码", "村", "行政村", "village"), "village"),
    ImportColumn("item", ("检查项", "问题类型", "检查项目", "item"), "check item", True, note=LocalizedText("检查项的编号或名称。", "Code or name of the check item.")),
    ImportColumn("description", ("问题描述", "问题详情", "具体问题", "description"), "description", True, short(4000), example="家庭医生半年未上门"),
    ImportColumn("found_on", ("发现日期", "排查日期", "found_on"), "found on", read=day, example="2019-08-20"),
    ImportColumn("status", ("当前状态", "整改状态", "状态", "是否销号", "status"), "status", True, choice(LocalizedText("状态", "a status"), STATUSES, _OTHER_STATUSES),
           choices=tuple(STATUSES.values()), example="未销号"),
    ImportColumn("measure", ("整改措施", "measure"), "measure", read=short(4000)),
    ImportColumn("unit", ("责任单位", "牵头单位", "整改单位", "unit"), "responsible unit"),
    ImportColumn("person", ("责任人", "整改责任人", "person"), "responsible person"),
    ImportColumn("due", ("整改时限", "整改期限", "due"), "due date", read=day),
    ImportColumn("closed_on", ("销号日期", "系统销号日期", "完成日期", "closed_on"), "closed on", read=day),
    ImportColumn("channel", ("记录渠道", "登记渠道", "channel"), "recorded in", read=choice(LocalizedText("记录渠道", "a channel"), _CHANNELS), choices=tuple(_CHANNELS.values())),
    ImportColumn("external_number", ("外部编号", "档案号", "系统编号", "外部编号/档案号", "external_number"), "external number", read=short(200)),
)  # fmt: skip


class LedgerRows:
    """The rows of one import."""

    def __init__(self, scene: Scene) -> None:
        session = scene.session
        self._scene = scene
        self._villages = Villages(session, scene.campaign.area_code)
        self._items = Items(session, scene.campaign.id)
        self._people = People(session, scene.context.today, scene.reaches)
        self._units = Units(session, scene.reaches)
        self._homes: dict[str, Household] = {}
        self._seen: dict[str, int] = {}

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        return {
            "village": lambda text, line, values: self._villages.find(text, line.cells.get("town", "")),
            "item": lambda text, line, values: self._items.find(text),
            "unit": lambda text, line, values: self._units.find(text, values.get("village")),
            "person": self._person,
        }

    def _person(self, text: str, line: SheetRow, values: Values) -> int:
        village: Area | None = values.get("village")
        return self._people.find(text, village.code if village else "")

    def match(self, takes: Sequence[Take], notes: Notes) -> None:
        session, campaign = self._scene.session, self._scene.campaign
        numbers = {take.values["household"] for take in takes if take.values.get("household")}
        query = select(Household).where(Household.campaign_id == campaign.id, Household.number.in_(numbers))
        self._homes = {home.number: home for home in session.scalars(query)}
        for take in takes:
            take.values["reference"] = self._reference(take.values)
        references = [take.values["reference"] for take in takes]
        known = dict(
            session.execute(
                select(ImportedTicket.reference, ImportedTicket.ticket_id).where(
                    ImportedTicket.campaign_id == campaign.id, ImportedTicket.reference.in_(references)
                )
            ).all()
        )
        ours = select(Ticket.number).where(Ticket.campaign_id == campaign.id, Ticket.number.in_(references))
        numbered = set(session.scalars(ours))
        busy = self._busy()
        for take in takes:
            take.known = known.get(take.values["reference"])
            self._check(take, numbered, busy, notes)

    def place_of(self, take: Take) -> tuple[str, str]:
        home = self._homes.get(take.values.get("household", ""))
        if home is None:
            return "village", take.values["village"].path
        return "household", self._scene.session.get_one(Area, home.village).path

    def _reference(self, values: Values) -> str:
        if values.get("reference"):
            return str(values["reference"])
        village, item = values.get("village"), values["item"]
        facts = (
            village.code if village else "",
            values.get("household", ""),
            item.code,
            values["description"],
        )
        return "row:" + hashlib.sha256("\n".join(facts).encode()).hexdigest()[:40]

    def _busy(self) -> set[tuple[int | None, str]]:
        homes = [home.id for home in self._homes.values()]
        query = select(Ticket.household_id, Ticket.item).where(Ticket.household_id.in_(homes), GOING_ON)
        return {(home, item) for home, item in self._scene.session.execute(query)}

    def _check(
        self, take: Take, numbered: set[str | None], busy: set[tuple[int | None, str]], notes: Notes
    ) -> None:
        values = take.values
        first = self._seen.setdefault(values["reference"], take.row)
        home = self._homes.get(values.get("household", ""))
        if first != take.row:
            notes.refuse(
                take, "reference", LocalizedText(f"与第 {first} 行重复。", f"is the same as in row {first}.")
            )
        elif values["reference"] in numbered:
            words = LocalizedText(
                "是本系统的工单，请用“台账改动”导入。",
                "is a ticket of this installation; import it as changes to the ledger.",
            )
            notes.refuse(take, "reference", words)
        elif values.get("household") and home is None:
            words = LocalizedText(
                "没有这个户编号，请先导入农户。",
                "there is no household with this number; import households first.",
            )
            notes.refuse(take, "household", words)
        elif home is None and not values.get("village"):
            notes.refuse(
                take,
                "village",
                LocalizedText("户编号和村至少填一项。", "give the household number or the village."),
            )
        elif values["status"] == "closed" and not values.get("closed_on"):
            notes.refuse(
                take,
                "closed_on",
                LocalizedText("已销号的要填销号日期。", "a closed row needs the date of its closing."),
            )
        elif take.known is None:
            self._doubt(take, home, busy, notes)

    def _doubt(
        self, take: Take, home: Household | None, busy: set[tuple[int | None, str]], notes: Notes
    ) -> None:
        status = take.values["status"]
        if status == "hung":
            words = LocalizedText(
                "挂账的按未销号导入，须重新提交情况说明。",
                "comes in as open; a written explanation must be submitted again.",
            )
            notes.doubt(take, "status", words)
        if home is not None and status != "closed" and (home.id, take.values["item"].code) in busy:
            words = LocalizedText(
                "该户该项已有未销号的工单。", "the household has an open ticket for this item already."
            )
            notes.doubt(take, "item", words)

    def write(self, takes: Sequence[Take]) -> None:
        for take in takes:
            if take.known is None:
                self._bring_in(take.values)

    def _bring_in(self, values: Values) -> None:
        scene, session = self._scene, self._scene.session
        ticket = self._ticket(values)
        session.add(ticket)
        session.flush()
        session.add(
            ImportedTicket(campaign_id=ticket.campaign_id, reference=values["reference"], ticket_id=ticket.id)
        )
        if values["status"] == "closed":
            self._closed(ticket, values)
            return
        hold_village(session, ticket.village)
        proposed = {
            "measure": values.get("measure"),
            "resp_unit": values.get("unit"),
            "resp_person": values.get("person"),
            "due_date": values["due"].isoformat() if values.get("due") else None,
        }
        known = {name: value for name, value in proposed.items() if value is not None}
        variables = {**variables_of(session, ticket), **known}
        ticket.instance_id = scene.context.engine.start(session, "rectification", ticket.key, variables)
        facts = {
            "item": ticket.item,
            "source": "import",
            "reference": values["reference"],
            "found_on": ticket.found_on,
        }
        record_event(scene.context, "drafted", ticket.key, instance=ticket.instance_id, **facts)

    def _ticket(self, values: Values) -> Ticket:
        scene, item = self._scene, values["item"]
        home = self._homes.get(values.get("household", ""))
        village = values.get("village")
        place: Any = home or village
        ticket = Ticket(campaign_id=scene.campaign.id, household_id=home.id if home else None)
        if home is not None:
            ticket.village, ticket.town, ticket.county = home.village, home.town, home.county
        else:
            ticket.village, ticket.town, ticket.county = (
                place.code,
                place.above("town"),
                place.above("county"),
            )
        _of_item(ticket, item)
        dept = line_dept_of(scene.session, ticket.county, item.field)
        ticket.line_dept_id = dept.id if dept else None
        ticket.description, ticket.source = values["description"], "import"
        ticket.found_on = values.get("found_on") or values.get("closed_on") or scene.context.today
        ticket.status, ticket.created_at = "draft", scene.context.now
        return ticket

    def _closed(self, ticket: Ticket, values: Values) -> None:
        scene = self._scene
        zone, closed_on = scene.campaign.zone, values["closed_on"]
        ticket.status, ticket.close_type = "closed", "rectified"
        ticket.measure, ticket.resp_unit_id, ticket.resp_person_id = (
            values.get("measure"),
            values.get("unit"),
            values.get("person"),
        )
        ticket.due_at = end_of_day(values["due"], zone) if values.get("due") else None
        ticket.closed_at = dt.datetime.combine(closed_on, dt.time(12), zone).astimezone(dt.UTC)
        late = ticket.due_at is not None and ticket.closed_at > ticket.due_at
        ticket.close_type, ticket.closed_late = ("rectified_late" if late else "rectified"), late
        ticket.record_channel, ticket.external_date = values.get("channel"), closed_on
        ticket.external_number = values.get("external_number") or values["reference"]
        closure = Closure(ticket_id=ticket.id, close_type=ticket.close_type, channel=ticket.record_channel)
        closure.number, closure.day, closure.late = ticket.external_number, closed_on, late
        closure.by_id, closure.at = scene.context.actor.person, scene.context.now
        scene.session.add(closure)
        facts = {
            "close_type": ticket.close_type,
            "number": ticket.external_number,
            "source": "import",
            "late": late,
            "closed_at": ticket.closed_at,
            "found_on": ticket.found_on,
            "kept": digest_of(closure, closure.KEPT),
            "said": digest_of(ticket, BROUGHT_IN),
        }
        record_event(scene.context, "closed", ticket.key, **facts)


def _of_item(ticket: Ticket, item: CheckItem) -> None:
    ticket.item, ticket.category = item.code, item.category


LEDGER: Final = ImportKind(
    "ledger",
    LocalizedText("已有整改台账", "An existing ledger"),
    LocalizedText(
        "未销号的行按新发现的问题走流程，已销号的行只留档。",
        "Open rows begin the process like new finds; closed rows are kept as they are.",
    ),
    COLUMNS,
    LedgerRows,
)
