"""A migration that is taken back keeps the levels that were reached meanwhile, and the next sweep goes on above them."""

from __future__ import annotations

from sqlalchemy import select

from engine.migration.move import migrate
from engine.migration.tokens import MovePlan
from engine.migration.undo import undo
from engine.schema import incidents, instances
from huitoukan.application import shipped_files
from rectification.escalation.policy import EscalationStep
from tests.rectification.campaign import SmallCampaign, local


def test_levels_reached_between_a_migration_and_its_undoing_are_kept(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.push(local(12))
    files = shipped_files()
    changed = files["rectification.bpmn"].replace(
        b'name="escalation" value="rectify"', b'name="escalation" value="reverify"'
    )
    assert changed != files["rectification.bpmn"]
    with small.database.writing() as session:
        version = small.engine.publish(session, {**files, "rectification.bpmn": changed}, "tests")
        target = small.engine.definitions.version(session, version)
        query = select(instances.c.id).where(
            instances.c.key == f"ticket:{number}", instances.c.process == "rectification"
        )
        instance = session.execute(query).scalar_one()
    moved = migrate(small.engine, instance, MovePlan(target, {}), small.actor("city"), "改版")
    assert moved.move is not None
    small.push(local(18, 12))
    before = steps(small)
    assert small.item(f"ticket:{number}", "rectify").escalation == "reverify"
    undo(small.engine, moved.move, small.actor("city"))
    assert small.item(f"ticket:{number}", "rectify").escalation == "rectify"
    small.push(local(22, 12))
    after = steps(small)
    assert before <= after
    assert len(after) > len(before), "the escalation goes on"
    with small.database.reading() as session:
        assert session.execute(select(incidents.c.words_en)).all() == []


def steps(small: SmallCampaign) -> set[tuple[int, int, int | None]]:
    with small.database.reading() as session:
        query = select(EscalationStep.work_item_id, EscalationStep.rule, EscalationStep.person_id)
        return {(item, rule, person) for item, rule, person in session.execute(query)}
