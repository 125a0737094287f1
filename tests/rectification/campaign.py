"""A small campaign for tests: one county, one town, two villages, the shipped diagrams, a post for every step.

Everything is real except its size: the database, the engine, the domain's world and the diagrams. The
clock is pushed by hand; after every push whatever fell due happens, as it does in a running house.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.clock import PushedClock, WorkClock
from engine.database import Database
from engine.engine import Check, Completion, Engine, WorkItem
from engine.expressions import Value
from engine.host import Actor
from engine.schema import history, instances, work_items
from huitoukan.application import shipped_files
from notifications.notices import Notice
from rectification.access.permissions import may_do
from rectification.calendar.holidays import add_announced
from rectification.campaigns.catalogue import Category, CheckItem
from rectification.campaigns.model import Campaign, Milestone, get_campaign
from rectification.core.context import ActionContext
from rectification.escalation import sweep
from rectification.escalation.acknowledgements import next_unacknowledged
from rectification.escalation.offers import notify_pending_offers
from rectification.evidence.files import check_file
from rectification.evidence.model import keep_evidence
from rectification.households.model import Household
from rectification.matters.ticket import Ticket
from rectification.people.model import Person
from rectification.people.posts import Post
from rectification.places.areas import Division, add_divisions
from rectification.places.units import Unit
from rectification.process.host import DomainHost
from rectification.process.making_up import make_up
from rectification.setup.start_village import begin_village

ZONE = ZoneInfo("Asia/Shanghai")
CITY, COUNTY, TOWN, EAST, WEST = "341200", "341226", "341226100", "341226100201", "341226100202"
AREAS = (
    Division(CITY, "阜阳市", "city", ""),
    Division(COUNTY, "颍上县", "county", CITY),
    Division(TOWN, "慎城镇", "town", COUNTY),
    Division(EAST, "东村", "village", TOWN),
    Division(WEST, "西村", "village", TOWN),
)
FAR_COUNTY, FAR_TOWN, FAR = "341222", "341222100", "341222100301"
SECOND_AREAS = (
    Division(FAR_COUNTY, "太和县", "county", CITY),
    Division(FAR_TOWN, "城关镇", "town", FAR_COUNTY),
    Division(FAR, "远村", "village", FAR_TOWN),
)
SECOND_PEOPLE = {
    "far_helper": ("helper", FAR),
    "far_lead": ("team_lead", FAR),
    "far_town": ("town_office", FAR_TOWN),
    "far_county": ("county_office", FAR_COUNTY),
}
"""Login → role and scope."""
MILESTONES = {"visits": 13, "list": 14, "reverify": 24, "explanation": 24, "closing": 30}
"""Days of September 2019."""

UNITS = {
    "city": ("市扶贫局", "city_office", CITY, None),
    "county": ("县扶贫局", "county_office", COUNTY, None),
    "health": ("县卫健委", "line_dept", COUNTY, "health"),
    "town": ("慎城镇扶贫办", "town_office", TOWN, None),
    "clinic": ("慎城镇卫生院", "town_unit", TOWN, "health"),
    "team": ("东村驻村工作队", "village_team", EAST, None),
    "committee": ("东村两委", "village_committee", EAST, None),
    "west_team": ("西村驻村工作队", "village_team", WEST, None),
}
PEOPLE: dict[str, tuple[str, str | None, str]] = {
    "city": ("city_office", CITY, "city"),
    "county": ("county_office", COUNTY, "county"),
    "county_second": ("county_office", COUNTY, "county"),
    "county_leader": ("unit_leader", None, "county"),
    "health": ("line_dept", None, "health"),
    "health_leader": ("unit_leader", None, "health"),
    "town": ("town_office", TOWN, "town"),
    "town_second": ("town_office", TOWN, "town"),
    "town_leader": ("unit_leader", None, "town"),
    "clinic_leader": ("unit_leader", None, "clinic"),
    "lead": ("team_lead", EAST, "team"),
    "team_leader": ("unit_leader", None, "team"),
    "helper": ("helper", EAST, "team"),
    "helper_second": ("helper", EAST, "team"),
    "village_office": ("village_office", EAST, "committee"),
    "west_lead": ("team_lead", WEST, "west_team"),
    "west_helper": ("helper", WEST, "west_team"),
    "inspector": ("inspector", COUNTY, "city"),
}
"""Name → role, scope (None: the unit) and unit."""

ITEMS = (
    ("A5", "no", False, ["document"], None, "基础信息数据准确", "Basic data are right"),
    ("E3", "yes", False, ["document"], "health", "住院缴纳押金", "Deposit asked at admission"),
    ("E4", "no", True, ["photo", "document"], "health", "家庭医生签约履约", "The family doctor serves"),
)
FINE = {"A5": {"answer": "yes"}, "E3": {"answer": "no"}, "E4": {"answer": "yes"}}
"""Answers of a household where nothing is wrong."""


def local(day: int, hour: int = 9, minute: int = 0, second: int = 0, *, month: int = 9) -> dt.datetime:
    """An instant of 2019 in the campaign's zone."""
    return dt.datetime(2019, month, day, hour, minute, second, tzinfo=ZONE)


def day_end(day: int, *, month: int = 9) -> dt.datetime:
    """The last instant of a day of 2019 in the campaign's zone."""
    return local(day, 23, 59, 59, month=month).replace(microsecond=999_999)


@dataclass
class SmallCampaign:
    """The whole, small; ``people``, ``units`` and ``homes`` are numbers by name."""

    database: Database
    clock: PushedClock
    folder: Path
    people: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    homes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.world = DomainHost(self.folder)
        self.engine = Engine(self.database, self.world, WorkClock(self.clock))

    # -- building --------------------------------------------------------------------------

    def furnish(self) -> None:
        """Areas, units, people, catalogue, households and the shipped diagrams."""
        with self.database.writing() as session:
            add_divisions(session, AREAS)
            add_announced(session)
            self._campaign(session)
            self._people(session)
            for village, count in ((EAST, 3), (WEST, 1)):
                for place in range(1, count + 1):
                    self._household(session, village, place)
            self.engine.publish(session, shipped_files(), "tests")

    def second_county(self, zone: str) -> None:
        """Another county of the city with a campaign of its own, in another zone: one household, its people, same dates."""
        with self.database.writing() as session:
            add_divisions(session, SECOND_AREAS)
            self._campaign(session, 2, "第二县回头看", zone)
            for login, (role, scope) in SECOND_PEOPLE.items():
                who = Person(name=login, login=login, email=f"{login}@demo.invalid", language="zh")
                session.add(who)
                session.flush()
                self.people[login] = who.id
                self.post(session, login, role, scope)
            home = Household(campaign_id=2, number="301-001", village=FAR, town=FAR_TOWN, county=FAR_COUNTY)
            home.head, home.kind, home.members_registered = "户主远", "registered", 3
            home.helper_id = self.people["far_helper"]
            session.add(home)
            session.flush()
            self.homes[home.number] = home.id
        with self.database.writing() as session:
            begin_village(session, self.engine, get_campaign(session, 2), FAR)

    def _campaign(
        self, session: Session, number: int = 1, name: str = "回头看", zone: str = ZONE.key
    ) -> None:
        dates = [
            Milestone(name=name, day=dt.date(2019, 9, day), cutoff=None) for name, day in MILESTONES.items()
        ]
        campaign = Campaign(name=name, name_en="Look-back", year=2019, area_code=CITY, milestones=dates)
        campaign.zone_name = zone
        session.add(campaign)
        session.flush()
        session.add(Category(campaign_id=number, code="1", position=0, title_zh="类别", title_en="Category"))
        for place, (code, fails, photo, evidence, what, zh, en) in enumerate(ITEMS):
            item = CheckItem(
                campaign_id=number, code=code, category="1", kind="item", levels="H", position=place
            )
            item.name_zh, item.name_en, item.question_zh, item.question_en = zh, en, zh, en
            item.fail_when, item.photo_on_failure, item.evidence, item.field = fails, photo, evidence, what
            session.add(item)

    def _people(self, session: Session) -> None:
        for key, (name, kind, area, what) in UNITS.items():
            unit = Unit(name=name, kind=kind, area_code=area, field=what)
            session.add(unit)
            session.flush()
            self.units[key] = unit.id
        for login, (role, scope, of) in PEOPLE.items():
            who = Person(name=login, login=login, email=f"{login}@demo.invalid", language="zh")
            session.add(who)
            session.flush()
            self.people[login] = who.id
            self.post(session, login, role, scope or f"U{self.units[of]}", unit=of)

    def post(self, session: Session, who: str, role: str, scope: str, *, unit: str | None = None) -> None:
        """One more post for somebody, held since January."""
        row = Post(person_id=self.people[who], role=role, scope=scope, since=dt.date(2019, 1, 1))
        row.unit_id = self.units[unit] if unit else None
        row.area_code = UNITS[unit][2] if unit else scope
        session.add(row)

    def _household(self, session: Session, village: str, place: int) -> None:
        home = Household(campaign_id=1, number=f"{village[-3:]}-{place:03}", village=village, town=TOWN)
        home.county, home.head, home.kind, home.members_registered = COUNTY, f"户主{place}", "registered", 3
        helper = "west_helper" if village == WEST else "helper"
        home.helper_id = self.people[helper]
        session.add(home)
        session.flush()
        self.homes[home.number] = home.id

    def begin(self, *villages: str) -> None:
        """Start the diagrams of villages and of their households."""
        with self.database.writing() as session:
            for village in villages or (EAST,):
                begin_village(session, self.engine, get_campaign(session, 1), village)

    # -- acting ----------------------------------------------------------------------------

    def actor(self, who: str) -> Actor:
        """Somebody of the campaign as an actor."""
        return Actor(who, person=self.people[who])

    def acting(self, session: Session, who: str) -> ActionContext:
        """Somebody of the campaign who acts in a transaction now."""
        return ActionContext(session, self.engine, self.actor(who), self.clock.now(), ZONE)

    def do(self, who: str, key: str, element: str, **values: Any) -> Completion:
        """Complete the open task of a business key as somebody whose rights are checked as pages check them."""
        return self.engine.complete(
            self.item(key, element).id, values, self.actor(who), check=self.check(who, completing=True)
        )

    def check(self, who: str, *, completing: bool = False) -> Check:
        """What pages let the engine ask before somebody's act counts."""

        def check(session: Session, item: WorkItem) -> Actor:
            return may_do(self.acting(session, who), item, completing=completing)

        return check

    def push(self, at: dt.datetime) -> None:
        """Push the clock, stopping at each instant at which something falls due."""
        while (due := self._next(at)) is not None:
            self.clock.push_to(due)
            self.work()
        self.clock.push_to(at)
        self.work()

    def leap(self, at: dt.datetime) -> None:
        """Push the clock as if the installation had been down in between."""
        self.clock.push_to(at)
        self.work()

    def _next(self, until: dt.datetime) -> dt.datetime | None:
        with self.database.reading() as session:
            rule = session.execute(
                select(work_items.c.escalation_at)
                .where(work_items.c.closed_at.is_(None), work_items.c.escalation_at.is_not(None))
                .order_by(work_items.c.escalation_at)
                .limit(1)
            ).scalar()
            waits = next_unacknowledged(session)
            result = [at for at in (rule, waits, self.engine.next_due(session)) if at is not None]
        return min((at for at in result if self.clock.now() < at <= until), default=None)

    def work(self) -> None:
        """Whatever is due now: what was missed, then timers, messages, escalations."""
        make_up(self.engine)
        self.engine.settle()
        sweep.run_due(self.database, self.clock.now())
        with self.database.writing() as session:
            notify_pending_offers(session, self.clock.now())

    # -- shortcuts along the main way ------------------------------------------------------

    def visit(self, home: str, answers: Mapping[str, Any] | None = None, **more: Any) -> None:
        """The helper fills the visit form of a household."""
        number = self.homes[home]
        who = "west_helper" if home.startswith(WEST[-3:]) else "helper"
        values = {
            "visited_on": self.clock.now().astimezone(ZONE).date().isoformat(),
            "second_visitor": "同行人",
            "met": "home",
            "members_found": 3,
            "answers": {**FINE, **(answers or {})},
        }
        self.do(who, f"household:{number}", "visit", **{**values, **more})

    def failed(self, home: str, item: str) -> dict[str, Any]:
        """A failing answer with its reason and a photo."""
        fails = next(entry[1] for entry in ITEMS if entry[0] == item)
        photo = self.photo(f"household:{self.homes[home]}")
        return {item: {"answer": fails, "reason": f"{item} 有问题", "photos": [photo]}}

    def submit(self, village: str = EAST, **values: Any) -> None:
        """The team lead confirms the visits and submits the list."""
        lead = "lead" if village == EAST else "west_lead"
        self.do(lead, f"village:{village}", "finish_visits", unvisited_reason=values.get("unvisited_reason"))
        self.do(lead, f"village:{village}", "submit_list", **values)

    def accepted(self, home: str = "201-001", item: str = "E4") -> int:
        """A ticket that was found, submitted and accepted; returns its number."""
        self.visit(home, self.failed(home, item))
        self.submit(unvisited_reason="外出务工")
        number = self.tickets()[0].id
        self.do("town", f"ticket:{number}", "review_line", review="accept")
        return number

    def dispatch(self, number: int, who: str = "helper", unit: str = "team", due: str = "2019-09-20") -> None:
        """The town hands a ticket out."""
        self.do(
            "town",
            f"ticket:{number}",
            "dispatch",
            measure="联系镇卫生院签约",
            rect_type="immediate",
            resp_unit=self.units[unit],
            resp_person=self.people[who],
            due_date=due,
        )

    def in_progress(self, item: str = "E4") -> int:
        """A ticket that its person has acknowledged; returns its number."""
        self.begin()
        number = self.accepted(item=item)
        self.dispatch(number)
        self.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
        return number

    def fixed(self, number: int, who: str = "helper") -> None:
        """The person shows the fix and applies for closure."""
        key = f"ticket:{number}"
        shown = [self.photo(key), self.paper(key)]
        self.do(
            who,
            key,
            "rectify",
            outcome="apply_closure",
            result="已签约并上门",
            evidence=shown,
            self_check=True,
        )

    def verified(self, number: int, result: str, who: str = "town", **more: Any) -> None:
        """Somebody says what re-verification found."""
        values = {"reverify_result": result, "method": "on_site", "second_verifier": "钱二", **more}
        self.do(who, f"ticket:{number}", "reverify", **values)

    def explained(self, number: int, who: str = "helper") -> None:
        """The person writes the explanation."""
        key = f"ticket:{number}"
        self.do(
            who,
            key,
            "write_explanation",
            reason_code="construction",
            explanation="卫生院改造工程周期较长，月底前无法完工。",
            plan="十月底前完成并补签。",
            review_date="2019-10-31",
            explanation_evidence=[self.paper(key)],
        )

    def photo(self, key: str) -> int:
        """Evidence: a photo that nobody sent before."""
        return self._evidence(key, _jpeg(len(self.seen) + 1), "现场.jpg")

    def paper(self, key: str) -> int:
        """Evidence: a paper that nobody sent before."""
        return self._evidence(key, b"%PDF-1.4\n%" + str(len(self.seen)).encode(), "证明.pdf")

    @property
    def seen(self) -> Sequence[Row[Any]]:
        """Everything that was sent, by number."""
        from rectification.evidence.model import Evidence

        with self.database.reading() as session:
            return session.execute(select(Evidence.id).order_by(Evidence.id)).all()

    def _evidence(self, key: str, data: bytes, name: str) -> int:
        with self.database.writing() as session:
            kept = keep_evidence(
                self.acting(session, "helper"), check_file(self.folder, data, name), about=key
            )
            return kept.id

    # -- looking ---------------------------------------------------------------------------

    def open(self, key: str | None = None) -> list[Row[Any]]:
        """Open work, the oldest first."""
        query = select(work_items).where(work_items.c.closed_at.is_(None)).order_by(work_items.c.id)
        if key is not None:
            query = query.where(work_items.c.key == key)
        with self.database.reading() as session:
            return list(session.execute(query).all())

    def item(self, key: str, element: str) -> Row[Any]:
        """The one open task of an element."""
        result = [entry for entry in self.open(key) if entry.element == element]
        assert len(result) == 1, f"{element} of {key}: {[entry.element for entry in self.open(key)]}"
        return result[0]

    def waiting(self, key: str) -> list[str]:
        """The elements of a business key's open tasks."""
        return sorted(entry.element for entry in self.open(key))

    def tickets(self) -> list[Ticket]:
        """Every ticket as it stands, by number."""
        with self.database.reading() as session:
            result = list(session.scalars(select(Ticket).order_by(Ticket.id)))
            session.expunge_all()
        return result

    def ticket(self, number: int) -> Ticket:
        """One ticket as it stands."""
        return next(ticket for ticket in self.tickets() if ticket.id == number)

    def variables(self, key: str) -> dict[str, Value]:
        """The variables that an open task sees."""
        with self.database.reading() as session:
            return dict(self.engine.work_item(session, self.open(key)[0].id).variables)

    def notices(self, who: str | None = None, kind: str | None = None) -> list[Notice]:
        """What people were told, the oldest first."""
        query = select(Notice).order_by(Notice.id)
        if who is not None:
            query = query.where(Notice.person_id == self.people[who])
        if kind is not None:
            query = query.where(Notice.kind == kind)
        with self.database.reading() as session:
            result = list(session.scalars(query))
            session.expunge_all()
        return result

    def actions(self, key: str) -> list[str]:
        """The actions that history keeps about a business key."""
        query = select(history.c.action).where(history.c.key == key).order_by(history.c.id)
        with self.database.reading() as session:
            return list(session.scalars(query))

    def ended(self, key: str) -> bool:
        """Whether the diagram of a business key has ended."""
        query = select(instances.c.ended_at).where(instances.c.key == key)
        with self.database.reading() as session:
            return session.scalars(query).one() is not None


def _jpeg(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (shade % 256, shade // 256, 90)).save(out, "JPEG")
    return out.getvalue()
