"""A small house for the tests of the pages: real database, real engine, a tiny diagram and a handful of people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

import web.security.tables  # noqa: F401  (its tables belong to the schema)
from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.host import Actor, Deadline, Guard, Handler, OpenWork, Step, Values
from engine.json import as_int
from notifications.delivery import DeliveryChannels
from notifications.live_updates import Bell
from rectification.calendar.deadlines import milestone_at
from rectification.campaigns.catalogue import Category, CheckItem
from rectification.campaigns.model import Campaign, Milestone, get_campaign
from rectification.evidence.files import AT_ONCE
from rectification.households.model import Household
from rectification.matters.scope_of_work import scope_of
from rectification.matters.ticket import Ticket
from rectification.matters.timezone import zone_of_campaign
from rectification.matters.work_scope import written
from rectification.people.model import Person
from rectification.people.posts import INSTALLATION, Post
from rectification.places import scopes
from rectification.places.areas import Area
from rectification.places.units import Unit
from web.security import passwords

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = dt.datetime(2019, 9, 2, 1, 0, tzinfo=dt.UTC)
PASSWORD = "一个 足够长的 密码"
HELPER, LEAD, TOWN, ADMIN, STRANGER, OWNER, COUNTY = 1, 2, 3, 4, 5, 6, 7
_hashed: list[str] = []


class TinyWorld:
    """Answers what the tests' diagram asks."""

    def zone_of(self, session: Session, variables: Mapping[str, Any]) -> ZoneInfo:
        return zone_of_campaign(session, variables.get("campaign"))

    def scope_of(self, session: Session, key: str, variables: Mapping[str, Any]) -> str:
        return scope_of(session, key, variables)

    def scopes_above(self, session: Session, scope: str) -> Sequence[str]:
        return scopes.scopes_above(session, scope)

    def begins_with(self, session: Session, scope: str, others: Collection[str]) -> dict[str, Any]:
        return scopes.begins_with(session, scope, others)

    def functions(self, step: Step) -> Mapping[str, Callable[..., Any]]:
        return {
            "person": lambda number: f"person:{int(number)}",
            "post": lambda role, scope: f"post:{role}@{scope}",
            "milestone": lambda name: milestone_at(
                get_campaign(step.session, as_int(step.variables["campaign"])), name
            ),
            "workdays_after": lambda at, days: at + dt.timedelta(days=int(days)),
            "now": lambda: step.now,
        }

    def handler(self, topic: str) -> Handler | None:
        return lambda _step: None

    def guard(self, name: str) -> Guard | None:
        return None

    def status_changed(self, step: Step, status: str) -> None:
        """Nothing to repeat anywhere."""

    def ended(self, step: Step, status: str | None) -> None:
        """Nothing follows."""

    def work_scope(self, variables: Mapping[str, Any]) -> str | None:
        return written(variables)

    def first_escalation(self, session: Session, deadline: Deadline) -> dt.datetime | None:
        return None

    def escalation_after_move(
        self, session: Session, item: int, deadline: Deadline, now: dt.datetime
    ) -> tuple[int, dt.datetime | None]:
        return 0, deadline.due_at

    def cancelled(self, session: Session, work: Sequence[int], actor: Actor, now: dt.datetime) -> None:
        """Nothing hangs on it."""

    def offered(self, session: Session, work: Sequence[OpenWork], now: dt.datetime) -> None:
        """Nobody is told."""


class TinyDemoClock(PushedClock):
    """A clock with the demo's two buttons."""

    def next_deadline(self) -> dt.datetime | None:
        self.push_by(dt.timedelta(days=3))
        return self.now()

    def one_day_on(self) -> dt.datetime:
        self.push_by(dt.timedelta(days=1))
        return self.now()


@dataclass
class TinySettings:
    """Settings of a house on one machine."""

    data_dir: Path
    public_url: str = "http://testserver"
    secure_cookies: bool = False


@dataclass
class TinyHouse:
    """The whole, small."""

    database: Database
    clock: PushedClock
    engine: Engine
    settings: TinySettings
    world: TinyWorld = field(default_factory=TinyWorld)
    demo_clock: TinyDemoClock | None = None
    delivery: DeliveryChannels = field(default_factory=DeliveryChannels)
    bell: Bell = field(init=False)
    pictures: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE))

    def __post_init__(self) -> None:
        self.bell = Bell(self.database)


def build_house(directory: Path, *, demo: bool = False, database: Database | None = None) -> TinyHouse:
    """An empty house: on a database that has its tables, or on a new one in the directory."""
    if database is None:
        database = Database(f"sqlite:///{directory / 'web.db'}")
        database.create_all()
    clock = TinyDemoClock(START)
    world = TinyWorld()
    settings = TinySettings(directory)
    return TinyHouse(
        database, clock, Engine(database, world, clock), settings, world, clock if demo else None
    )


def furnish(application: TinyHouse) -> None:
    """People with posts, a village with households, a catalogue, a ticket."""
    if not _hashed:
        _hashed.append(passwords._hash(PASSWORD))
    with application.database.writing() as session:
        _places(session)
        session.flush()
        _people(session)
        session.flush()
        _catalogue(session)
        _homes(session)


def _places(session: Session) -> None:
    path = ""
    codes = ("341200", "341226", "341226100", "341226100200")
    names = ("阜阳市", "颍上县", "慎城镇", "管谷村")
    for code, name, level, parent in zip(
        codes, names, ("city", "county", "town", "village"), (None, *codes), strict=False
    ):
        path += f"{code}/"
        session.add(Area(code=code, name=name, level=level, parent_code=parent, path=path))
        session.flush()
    session.add(Unit(id=1, name="慎城镇人民政府", kind="town_office", area_code="341226100"))
    days = {"visits": 13, "list": 14, "reverify": 24, "explanation": 24, "closing": 30}
    dates = [Milestone(name=name, day=dt.date(2019, 9, day), cutoff=None) for name, day in days.items()]
    session.add(
        Campaign(
            id=1,
            name="脱贫攻坚回头看",
            name_en="Poverty look-back",
            year=2019,
            area_code="341200",
            settings={},
            milestones=dates,
        )
    )


def _people(session: Session) -> None:
    names = {HELPER: "王帮扶", LEAD: "李队长", TOWN: "赵镇办", ADMIN: "孙管理", STRANGER: "周外人"}
    names |= {OWNER: "吴流程", COUNTY: "郑区县"}
    for number, name in names.items():
        session.add(Person(id=number, name=name, login=f"p{number}", language="zh", password_hash=_hashed[0]))
    session.flush()
    posts = {
        LEAD: ("team_lead", "341226100200"),
        TOWN: ("town_office", "341226100"),
        ADMIN: ("admin", "341226"),
        HELPER: ("helper", "341226100200"),
        OWNER: ("process_owner", "341226"),
        COUNTY: ("county_office", "341226"),
    }
    for person, (role, scope) in posts.items():
        session.add(
            Post(person_id=person, role=role, scope=scope, area_code=scope, since=dt.date(2019, 1, 1))
        )


def _catalogue(session: Session) -> None:
    session.add(Category(campaign_id=1, code="5", position=1, title_zh="健康脱贫不落一家", title_en="Health"))
    for place, (code, zh, en, fails) in enumerate(
        (
            ("E3", "住院是否缴纳押金？", "Was a deposit asked at admission?", "yes"),
            ("E4", "家庭医生是否签约并履约？", "Does the family doctor come?", "no"),
        )
    ):
        session.add(
            CheckItem(
                campaign_id=1, code=code, category="5", kind="item", levels="H", position=place, name_zh=zh, name_en=en, question_zh=zh,
                question_en=en, fail_when=fails, evidence=["photo"], photo_on_failure=True,
            )
        )  # fmt: skip


def _homes(session: Session) -> None:
    for number in (1, 2, 3):
        session.add(
            Household(
                id=number, campaign_id=1, number=f"H{number:03}", village="341226100200", town="341226100", county="341226", group_no="一组",
                head=f"张户主{number}", head_id_number="341226195001011234", kind="registered", members_registered=3, helper_id=HELPER, status="to_visit",
            )
        )  # fmt: skip
    session.flush()
    session.add(
        Ticket(
            id=1, campaign_id=1, number="颍上-001", household_id=1, village="341226100200", town="341226100", county="341226", item="E4", category="5",
            description="家庭医生半年未上门", found_on=dt.date(2019, 9, 1), found_by_id=HELPER, status="in_progress", resp_person_id=HELPER,
            resp_unit_id=1, measure="联系镇卫生院补签", due_at=dt.datetime(2019, 9, 21, 15, 59, 59, tzinfo=dt.UTC), created_at=START,
        )
    )  # fmt: skip


DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="household_visit" name="入户排查" isExecutable="true">
    <startEvent id="begin"/><sequenceFlow id="a" sourceRef="begin" targetRef="visit"/>
    <userTask id="visit" name="入户并填写排查表" camunda:assignee="${person(helper)}" camunda:dueDate="${milestone('visits')}">
      <documentation>两人一同入户，逐项核对。</documentation>
      <extensionElements>
        <camunda:formData>
          <camunda:formField id="visited_on" label="入户日期" type="date"><camunda:properties><camunda:property id="label_en" value="Date of the visit"/></camunda:properties><camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField>
          <camunda:formField id="met" label="是否见到家人" type="enum"><camunda:properties><camunda:property id="label_en" value="Was somebody at home?"/></camunda:properties><camunda:validation><camunda:constraint name="required"/></camunda:validation><camunda:value id="home" name="见到|at home"/><camunda:value id="absent" name="不在家|absent"/></camunda:formField>
          <camunda:formField id="answers" label="排查项目" type="checklist"><camunda:properties><camunda:property id="label_en" value="Check items"/><camunda:property id="shown_if" value="met = 'home'"/></camunda:properties></camunda:formField>
          <camunda:formField id="note" label="其他情况" type="long_text"><camunda:properties><camunda:property id="label_en" value="Remarks"/></camunda:properties></camunda:formField>
        </camunda:formData>
        <camunda:properties><camunda:property name="name_en" value="Visit the household"/><camunda:property name="status" value="to_visit"/></camunda:properties>
      </extensionElements>
    </userTask>
    <sequenceFlow id="b" sourceRef="visit" targetRef="check"/>
    <userTask id="check" name="核对入户表" camunda:candidateGroups="${post('team_lead', village)}"><extensionElements><camunda:properties><camunda:property name="name_en" value="Check the form"/><camunda:property name="status" value="checking"/></camunda:properties></extensionElements></userTask>
    <sequenceFlow id="c" sourceRef="check" targetRef="done"/>
    <endEvent id="done" name="入户完成"/>
  </process>
</definitions>"""


def start_visit(application: TinyHouse, household: int = 1, number: int = 1) -> int:
    """Publish the diagram and start one visit; returns the work item."""
    from sqlalchemy import select

    from engine.schema import work_items

    variables: Values = {
        "campaign": number,
        "household": household,
        "village": "341226100200",
        "town": "341226100",
        "county": "341226",
        "helper": HELPER,
    }
    with application.database.writing() as session:
        application.engine.publish(session, {"household_visit.bpmn": DIAGRAM.encode()}, "tests")
        instance = application.engine.start(session, "household_visit", f"household:{household}", variables)
        return int(
            session.execute(select(work_items.c.id).where(work_items.c.instance_id == instance)).scalar_one()
        )


def give_post(
    application: TinyHouse,
    person: int,
    role: str,
    scope: str,
    until: dt.date | None = None,
    unit: int | None = None,
) -> None:
    """One more post for somebody, held since January; of no area where ``scope`` is empty or the whole installation."""
    with application.database.writing() as session:
        row = Post(person_id=person, role=role, scope=scope, since=dt.date(2019, 1, 1), until=until)
        row.area_code, row.unit_id = None if scope in ("", INSTALLATION) else scope, unit
        session.add(row)
