"""The composition root: the one place where the whole is built from settings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, wraps
from importlib import resources
from threading import Event
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import huitoukan.schema  # noqa: F401  (every room's tables are known)
from engine.audit import chain
from engine.clock import Clock, SystemClock, WorkClock
from engine.database import Database
from engine.definitions.versions import TEST_SUFFIX
from engine.diagrams.reading import main_processes
from engine.engine import Engine
from engine.instances.incidents import record_incident, resolve
from engine.probing import probe
from engine.workers.scheduler_progress import ClockWatch
from engine.workers.ticker import Task, Ticker
from engine.worklist.selectables import definitions, open_work, processes
from huitoukan.demo_clock import DemoClock, demo_clock_of
from huitoukan.settings import Settings
from notifications.channels.apprise import AppriseChannel
from notifications.channels.dingtalk import dingtalk
from notifications.channels.feishu import feishu
from notifications.channels.folder import FolderChannel
from notifications.channels.mail import MailChannel
from notifications.channels.push import push
from notifications.channels.webhook import webhook
from notifications.channels.wecom import wecom
from notifications.delivery import DeliveryChannels, Rounds
from notifications.devices import PUSH
from notifications.live_updates import Bell
from notifications.outgoing_messages import Channel
from notifications.vapid import house_key
from rectification.core import jobs
from rectification.escalation import sweep
from rectification.escalation.acknowledgements import next_unacknowledged
from rectification.escalation.offers import has_pending_offers, notify_pending_offers
from rectification.escalation.owed_levels import forget_closed
from rectification.evidence.files import AT_ONCE as PICTURES_AT_ONCE
from rectification.handover.return_claims import return_claims
from rectification.handover.unattended_work import escalate_unattended, unattended_work
from rectification.matters.timezone import Zones, local_zone
from rectification.people.scopes import scopes_of_people
from rectification.process.host import DomainHost
from rectification.process.job_registry import WORKS
from rectification.process.making_up import FROM_HOUR, make_up
from rectification.tickets.slow_progress import ask_unmoved

TICK_SECONDS: Final = 1.0
"""Between two rounds of what runs in the background."""


@dataclass
class RunningApplication:
    """Everything together: what pages, commands and tests work with."""

    settings: Settings
    database: Database
    clock: Clock
    world: DomainHost
    engine: Engine
    delivery: DeliveryChannels
    demo_clock: DemoClock | None = None
    ticker: Ticker = field(init=False)
    clerk: Ticker = field(init=False)
    """Does long work beside the ticker, so that no deadline waits for an export."""
    watch: ClockWatch = field(init=False)
    """Whether the workers may go by the clock."""
    bell: Bell = field(init=False)
    """Rings on open pages."""
    ringer: Ticker = field(init=False)
    postman: Ticker = field(init=False)
    """Has letters carried out beside both, each channel for itself: a server that hangs holds up nobody else."""
    rounds: Rounds = field(init=False)
    pictures: ThreadPoolExecutor = field(init=False)
    """Waits for the processes in which pictures are checked, so that no thread of the server does."""

    _wrote_owed: bool = field(init=False, default=False)
    _makes_up: Event = field(init=False, default_factory=Event)
    _looked_on: dict[ZoneInfo, dt.date] = field(init=False, default_factory=dict)
    """The day of the last look for work that nobody sees, by the zone of its campaigns."""
    _asked_on: dict[ZoneInfo, dt.date] = field(init=False, default_factory=dict)
    """The day on which every ticket that does not move was asked about."""

    def __post_init__(self) -> None:
        self.bell = Bell(self.database)
        self.watch = ClockWatch(self.database, self.clock)
        self.pictures = ThreadPoolExecutor(PICTURES_AT_ONCE, "pictures")
        self.rounds = Rounds(self.database, self.delivery)
        due = [
            self.make_up,
            self.engine.settle,
            self.run_escalations,
            self.look_for_unattended,
            self.look_for_slow,
        ]
        self.ticker = self._ticker(*map(self._by_a_right_clock, due), self.seal, self.look_for_the_end)
        self.clerk = self._ticker(self._by_a_right_clock(self.do_jobs))
        self.ringer = self._ticker(self.bell.pass_on)
        self.postman = self._ticker(self._by_a_right_clock(self.deliver))
        if self.demo_clock is not None:
            self.demo_clock.after_push = self.follow
            self.demo_clock.next_after = self.next_deadline

    def _ticker(self, *tasks: Task) -> Ticker:
        calm = [self._unless_away(task) for task in tasks]
        return Ticker(calm, TICK_SECONDS, self.note_failure)

    def _unless_away(self, task: Task) -> Task:
        """A task that an outage stops has not failed itself: it is tried at every round, and the outage speaks for it."""

        @wraps(task)
        def guarded() -> object:
            try:
                return task()
            except Exception as fault:
                if not self.database.outage.note(fault):
                    raise
                return None

        return guarded

    def look_for_the_end(self) -> None:
        """While the database or the disk is away: try to write, which ends the outage where it goes well."""
        if self.database.outage.is_open:
            probe(self.database, self.settings.data_dir)

    def _by_a_right_clock(self, task: Task) -> Task:
        """A task that rests as long as nobody has confirmed a clock that jumped; a demo's is pushed on purpose."""

        @wraps(task)
        def guarded() -> object:
            return task() if self.demo_clock is not None or self.watch.allows() else None

        return guarded

    def make_up(self) -> int:
        """Do in its order what was missed while no server ran; letters wait for the end of it."""
        self._makes_up.set()
        try:
            count = make_up(self.engine, self.watch.worked_until(), self._ask_unmoved)
        finally:
            self._makes_up.clear()
        self.watch.worked()
        return count

    def _ask_unmoved(self) -> int:
        return ask_unmoved(self.engine, FROM_HOUR)

    def note_failure(self, task: str, fault: Exception | None) -> None:
        """A background task began to fail, or works again: an incident for whoever keeps the installation."""
        subject, now = f"task:{task}", self.clock.now()
        with self.database.writing() as session:
            if fault is None:
                resolve(session, subject, now)
            else:
                record_incident(session, subject, "task", fault, now)

    def follow(self) -> None:
        """Let happen at once what the clock has passed."""
        self.ticker.tick()
        self.bell.pass_on()
        self.postman.tick()
        self.rounds.wait()

    def run_escalations(self) -> int:
        """Tell people what the escalations demand, until nothing is due, and of the work that was offered meanwhile."""
        applied = sweep.run_due(self.database, self.clock.now())
        with self.database.reading() as session:
            if not has_pending_offers(session):
                return applied
        with self.database.writing() as session:
            notify_pending_offers(session, self.clock.now())
        return applied

    def look_for_unattended(self) -> int:
        """Once a day: give back what deputies took whose time is over; tell the offices of work in front of nobody."""
        now, number_told = self.clock.now(), 0
        for zone, today in self._mornings(self._looked_on):
            with self.database.writing() as session:
                return_claims(session, now, today)
                forget_closed(session)
            with self.database.reading() as session:
                unseen = unattended_work(session, today, zone)
            if unseen:
                with self.database.writing() as session:
                    number_told += escalate_unattended(session, now, today, zone)
            self._looked_on[zone] = today
        return number_told

    def _mornings(self, done: Mapping[ZoneInfo, dt.date]) -> list[tuple[ZoneInfo, dt.date]]:
        """Where the day has begun by now, and which it is, in the zones of campaigns where it was not done on it."""
        now = self.clock.now()
        with self.database.reading() as session:
            local = {zone: now.astimezone(zone) for zone in Zones(session).all}
        begun = ((zone, at.date()) for zone, at in local.items() if at.hour >= FROM_HOUR)
        return [(zone, day) for zone, day in begun if done.get(zone) != day]

    def look_for_slow(self) -> int:
        """Once a day: ask for statements on tickets about which nothing was noted for too long."""
        mornings = self._mornings(self._asked_on)
        requests = ask_unmoved(self.engine, FROM_HOUR) if mornings else 0
        self._asked_on.update(mornings)
        return requests

    def deliver(self) -> None:
        """Begin to send what stands in the outbox; while an outage is made up for, one letter at its end is better than ten."""
        if not self._makes_up.is_set():
            self.rounds.begin(self.clock.now())

    def seal(self) -> int:
        """Seal the history written since the last tick; a seal that a server could not write outside is written first."""
        if not self._wrote_owed:
            with self.database.reading() as session:
                chain.begin_outside(session, self.settings.anchor)
                chain.write_owed(session, self.settings.anchor)
            self._wrote_owed = True
        with self.database.reading() as session:
            if not chain.anything_to_seal(session):
                return 0
        with self.database.writing() as session:
            new = chain.seal(session, self.clock.now())
        if new is None:
            return 0
        chain.write_outside(self.settings.anchor, new)
        return new.rows

    def do_jobs(self) -> int:
        """Do the long work that people asked for, until none waits."""
        done = 0
        while jobs.run_next(self.engine, self.settings.data_dir, WORKS):
            done += 1
        return done

    def next_deadline(self, after: dt.datetime) -> dt.datetime | None:
        """The next instant at which a timer, a rule of an escalation or a due date falls."""
        with self.database.reading() as session:
            result = [self.engine.next_due(session), *_next_of_work(session, after)]
        return min((at for at in result if at is not None and at > after), default=None)


def _next_of_work(session: Session, after: dt.datetime) -> list[dt.datetime | None]:
    result = [
        session.execute(select(func.min(column)).where(column > after)).scalar_one()
        for column in (open_work.c.escalation_at, open_work.c.due_at)
    ]
    return [*result, next_unacknowledged(session)]


def build(settings: Settings, *, clock: Clock | None = None) -> RunningApplication:
    """Open the database and put the rooms together."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    demo_clock = demo_clock_of(database) if clock is None else None
    time = WorkClock(clock or demo_clock or SystemClock())
    world = DomainHost(settings.data_dir)
    engine = Engine(database, world, time)
    delivery = DeliveryChannels(
        _channels(settings, database, demo=demo_clock is not None),
        settings.public_url,
        services=tuple(sorted(settings.apprise)),
        zone=lambda: _general_zone(database),
        scopes_of=lambda session, people: scopes_of_people(
            session, people, time.now().astimezone(local_zone(session)).date()
        ),
    )
    return RunningApplication(settings, database, time, world, engine, delivery, demo_clock)


def _general_zone(database: Database) -> ZoneInfo:
    with database.reading() as session:
        return local_zone(session)


def _channels(settings: Settings, database: Database, *, demo: bool) -> dict[str, Channel]:
    """Every way out of this installation."""
    inside = settings.outgoing_networks
    result: dict[str, Channel] = {
        "wecom": wecom(inside),
        "dingtalk": dingtalk(inside),
        "feishu": feishu(inside),
        "webhook": webhook(inside),
        "apprise": AppriseChannel(settings.apprise),
        PUSH: push(cache(lambda: house_key(database, SystemClock().now())), settings.contact, inside),
    }
    if settings.smtp_url:
        result["mail"] = MailChannel(settings.smtp_url, settings.mail_from)
    elif demo:
        result["mail"] = FolderChannel(settings.data_dir / "mail")
    return result


def publish_shipped(application: RunningApplication) -> None:
    """Give a database the diagrams of the product that it lacks; what an office has published stays as it is."""
    with application.database.writing() as session:
        ours = definitions.c.scope == ""
        if session.execute(select(definitions.c.id).where(ours).limit(1)).first() is None:
            application.engine.publish(session, shipped_files(), "huitoukan")
            return
        known = set(session.scalars(select(processes.c.process).where(processes.c.scope == "")))
        new = {
            name: data
            for name, data in shipped_files().items()
            if name.endswith(".bpmn") and not known.intersection(main_processes(data))
        }
        if new:
            tables = {name: data for name, data in shipped_files().items() if name.endswith(".dmn")}
            application.engine.publish(session, {**tables, **new}, "huitoukan")


def shipped_files() -> dict[str, bytes]:
    """The diagrams and decision tables that the product ships, with their tests."""
    folder = resources.files("bpmn")
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.name.endswith((".bpmn", ".dmn", TEST_SUFFIX))
    }
