"""Migrations make what the models say, and a history that nobody can change."""

from __future__ import annotations

import orjson
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import column, delete, insert, select, table, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.clock import PushedClock
from engine.database import Database, Instant, metadata
from engine.host import SYSTEM
from engine.schema import definitions, history, instances, processes, work_items
from huitoukan import schema_versions
from rectification.campaigns.criteria import Criterion
from rectification.campaigns.model import Campaign
from rectification.escalation.batches import tonight, untold
from rectification.escalation.policy import EscalationStep
from rectification.papers.templates import PaperTemplate
from rectification.people.model import Person
from rectification.places.areas import Area


def test_migrating_an_empty_database_makes_what_the_models_say(empty_database: str) -> None:
    before, after = schema_versions.migrate(empty_database)
    assert before is None
    assert schema_versions.is_current(empty_database)
    assert schema_versions.migrate(empty_database) == (after, after)
    database = Database(empty_database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_a_migrated_database_refuses_to_change_its_history(empty_database: str, clock: PushedClock) -> None:
    schema_versions.migrate(empty_database)
    database = Database(empty_database)
    with database.writing() as session:
        record(session, SYSTEM, clock.now(), "begun", "village:1")
    for change in (update(history).values(action="changed"), delete(history)):
        with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
            session.execute(change)
    database.close()


def test_an_older_database_keeps_its_versions_and_what_refers_to_them(
    empty_database: str, clock: PushedClock
) -> None:
    schema_versions.migrate(empty_database, "0002")
    database = Database(empty_database)
    row = {
        "hash": "h",
        "number": 1,
        "published_at": clock.now(),
        "published_by": "t",
        "note": "",
        "files": {},
    }
    with database.writing() as session:
        session.execute(insert(definitions), {"id": 7, **row})
        session.execute(
            insert(processes),
            {"definition_id": 7, "process": "p", "name": "p", "file": "p.bpmn", "current": True},
        )
        _work_is_open(session, clock)
    schema_versions.migrate(empty_database)
    with database.writing() as session:
        assert session.execute(select(work_items.c.belongs_to)).scalars().all() == ["3@341226100"]
        session.execute(insert(definitions), {"id": 8, **row})
        assert session.execute(select(processes.c.definition_id)).scalars().all() == [7]
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(delete(definitions).where(definitions.c.id == 7))
    with database.writing() as session:
        again = {"process": "p", "name": "p", "file": "p.bpmn", "current": True}
        session.execute(insert(processes), {"definition_id": 8, "scope": "341226", **again})
        assert session.execute(select(processes.c.scope).order_by(processes.c.scope)).scalars().all() == [
            "",
            "341226",
        ]
        session.execute(insert(definitions), {"id": 9, **row})
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(insert(processes), {"definition_id": 9, "scope": "341226", **again})
    database.close()


def test_templates_and_criteria_of_an_older_database_belong_to_the_area_of_their_campaign(
    empty_database: str, clock: PushedClock
) -> None:
    schema_versions.migrate(empty_database, "0034")
    database, now = Database(empty_database), clock.now()
    old = {
        "paper_templates": {"id": 1, "campaign_id": 1, "kind": "dispatch", "name": "我的.docx", "at": now},
        "criteria": {"id": 1, "campaign_id": 1, "item": "E4", "version": 1, "text_zh": "口", "text_en": "", "at": now},
    }  # fmt: skip
    with database.writing() as session:
        session.execute(
            insert(Area), {"code": "341226", "name": "颍上县", "level": "county", "path": "341226/"}
        )
        session.add(Campaign(id=1, name="回头看", name_en="", year=2019, area_code="341226", settings={}))
        session.flush()
        for name, values in old.items():
            timed = [column(key, Instant) if key == "at" else column(key) for key in values]
            session.execute(insert(table(name, *timed)), values)
    schema_versions.migrate(empty_database)
    with database.reading() as session:
        assert session.scalars(select(PaperTemplate.area)).all() == ["341226"]
        assert session.scalars(select(Criterion.area)).all() == ["341226"]
    database.close()


def test_what_nobody_was_told_of_in_an_older_database_is_told_in_one_night(
    empty_database: str, clock: PushedClock
) -> None:
    schema_versions.migrate(empty_database, "0025")
    database, now = Database(empty_database), clock.now()
    plain = ("work_item_id", "level", "colour", "who", "late", "rule", "person_id", "told_in")
    older = table(
        "escalation_steps", *map(column, plain), column("at", Instant), column("escalation_at", Instant)
    )
    same = {
        "work_item_id": 1,
        "level": 1,
        "colour": "red",
        "who": "owner",
        "escalation_at": now,
        "late": False,
    }
    kept = [{"rule": 0, "told_in": 41}, {"rule": 1, "told_in": None}, {"rule": 2, "told_in": None}]
    with database.writing() as session:
        session.execute(
            insert(definitions),
            {
                "id": 7,
                "hash": "h",
                "number": 1,
                "published_at": now,
                "published_by": "t",
                "note": "",
                "files": {},
            },
        )
        _work_is_open(session, clock)
        session.execute(insert(Person), {"id": 5, "name": "李明", "login": "li", "active": True})
        session.execute(insert(older), [{**same, **entry, "person_id": 5, "at": now} for entry in kept])
    schema_versions.migrate(empty_database)
    with database.writing() as session:
        night = untold(session)
        assert night is not None
        assert (night.id, night.open, night.told_up_to) == (42, None, 0)
        assert list(session.scalars(select(EscalationStep.night).order_by(EscalationStep.rule))) == [
            41,
            42,
            42,
        ]
        assert tonight(session, now) > 42
    database.close()


def _work_is_open(session: Session, clock: PushedClock) -> None:
    now = clock.now()
    of = {"d": {"campaign": 3, "town": "341226100", "county": "341226"}, "t": [], "s": [], "n": 1}
    running = {"id": 1, "definition_id": 7, "process": "p", "key": "ticket:1", "started_at": now}
    session.execute(insert(instances), {**running, "state": orjson.dumps(of), "version": 1})
    item = {
        "instance_id": 1,
        "token": 1,
        "definition_id": 7,
        "process": "p",
        "key": "ticket:1",
        "element": "t",
    }
    item |= {"name": "t", "owner": "person:1", "offered_to": "person:1", "sort_at": now, "created_at": now}
    session.execute(insert(work_items), item)
