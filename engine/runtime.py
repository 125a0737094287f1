"""What moves an instance needs: one database, the host, the clock and the published definitions.

Commands of people and the workers (timers, messages, timer starts) open instances through it; the facade is
:class:`engine.engine.Engine`.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session

from engine.clock import Clock
from engine.database import Database
from engine.definitions.versions import Definitions, Version
from engine.host import SYSTEM, Actor, ProcessHost
from engine.instances.transaction import InstanceTransaction, Surroundings
from engine.json import JsonObject
from engine.rows import StoredInstance


class Runtime:
    """Opens instances, those that run and those that start."""

    def __init__(self, database: Database, world: ProcessHost, clock: Clock) -> None:
        self.database = database
        self.world = world
        self.clock = clock
        self.definitions = Definitions(world)

    def start(
        self, session: Session, process: str, key: str, variables: JsonObject, actor: Actor = SYSTEM
    ) -> int:
        """Start an instance in the caller's transaction; returns its id."""
        version = self.version_to_start(session, process, key, variables)
        return self.moving(session, version, process, key, actor).begin(variables)

    def version_to_start(self, session: Session, process: str, key: str, values: JsonObject) -> Version:
        """The version on which an instance with this key and these variables would start now."""
        return self.definitions.for_start(session, process, key, values)

    def moving(
        self, session: Session, version: Version, process: str, key: str, actor: Actor
    ) -> InstanceTransaction:
        """One transaction on one instance of a version."""
        around = Surroundings(self.world, self.start, partial(self.definitions.property_values, session))
        return InstanceTransaction(session, around, version, process, key, actor, self.clock.now())

    def opened(self, session: Session, row: StoredInstance, actor: Actor) -> InstanceTransaction:
        """A running instance in memory, from its row."""
        version = self.definitions.version(session, row.definition_id)
        moving = self.moving(session, version, row.process, row.key, actor)
        assert row.state is not None, "an instance that has ended is not opened"
        moving.load(row.id, row.state, row.status)
        return moving
