"""The diagrams that ship: a new installation gets all, an older one what it lacks."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from engine.database import Database
from engine.schema import processes
from huitoukan.application import build, publish_shipped, shipped_files
from huitoukan.settings import Settings


def test_an_older_installation_gets_what_it_lacks_and_keeps_what_its_office_published(
    database: Database, tmp_path: Path
) -> None:
    application = build(Settings(data_dir=tmp_path / "data", database_url=database.url))
    own = {
        name: data
        for name, data in shipped_files().items()
        if "_check" not in name and "result" not in name and "outcome" not in name
    }
    own["rectification.bpmn"] = own["rectification.bpmn"].replace("落实整改".encode(), "自己改过".encode())
    with application.database.writing() as session:
        first = application.engine.publish(session, own, "office")
    publish_shipped(application)
    publish_shipped(application)
    with application.database.reading() as session:
        rows = session.execute(
            select(processes.c.process, processes.c.definition_id).where(processes.c.current)
        )
        result = dict(rows.all())
    assert {name for name, version in result.items() if version != first} == {
        "village_check",
        "department_check",
        "household_result",
    }
    application.database.close()
