"""An instance that is stored and read back after every step goes the same way as one kept in memory."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from SpiffWorkflow.util.task import TaskState

from engine.definitions.versions import Version
from engine.diagrams.events import CatchEvent, deliver, fire
from engine.diagrams.tokens import Instance, Token
from engine.expressions import Functions, Value
from engine.instances import state
from engine.json import as_int
from tests.engine.drawing import process

UTC = dt.UTC


class Stage:
    """A host whose clock the test moves."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 1, 1, tzinfo=UTC)
        self.zone = ZoneInfo("Asia/Shanghai")
        self.key = "test:1"

    def functions(self, token: Token) -> Functions:
        return {}

    def serve(self, topic: str, token: Token) -> Mapping[str, Value] | None:
        return {"served": as_int(token.data.get("served", 0)) + 1}

    def decide(self, decision: str, token: Token) -> Any:
        return None


EVERYTHING = process(
    '<startEvent id="s"/><exclusiveGateway id="back"/><parallelGateway id="split"/><parallelGateway id="join"/>'
    '<userTask id="a"/><boundaryEvent id="ta" attachedToRef="a" cancelActivity="false"><timerEventDefinition><timeCycle>R/P1D</timeCycle></timerEventDefinition></boundaryEvent><serviceTask id="remind" camunda:type="external" camunda:topic="t"/>'
    '<subProcess id="sub"><startEvent id="is"/><userTask id="m"><multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="one"><completionCondition>nrOfCompletedInstances &gt;= 2</completionCondition></multiInstanceLoopCharacteristics></userTask><endEvent id="ie"/>'
    '<sequenceFlow id="i1" sourceRef="is" targetRef="m"/><sequenceFlow id="i2" sourceRef="m" targetRef="ie"/>'
    '<subProcess id="stop" triggeredByEvent="true"><startEvent id="ss"><messageEventDefinition messageRef="N"/></startEvent><userTask id="halt"/><endEvent id="se"/><sequenceFlow id="k1" sourceRef="ss" targetRef="halt"/><sequenceFlow id="k2" sourceRef="halt" targetRef="se"/></subProcess></subProcess>'
    '<subProcess id="rounds" triggeredByEvent="true"><startEvent id="rs" isInterrupting="false"><timerEventDefinition><timeCycle>R/P2D</timeCycle></timerEventDefinition></startEvent><userTask id="look"/><endEvent id="re"/><sequenceFlow id="j1" sourceRef="rs" targetRef="look"/><sequenceFlow id="j2" sourceRef="look" targetRef="re"/></subProcess>'
    '<boundaryEvent id="out" attachedToRef="sub"><messageEventDefinition messageRef="M"/></boundaryEvent><userTask id="mend"/><exclusiveGateway id="merge"/>'
    '<eventBasedGateway id="g"/><intermediateCatchEvent id="short"><timerEventDefinition><timeDuration>PT36H</timeDuration></timerEventDefinition></intermediateCatchEvent><intermediateCatchEvent id="msg"><messageEventDefinition messageRef="M"/></intermediateCatchEvent><exclusiveGateway id="after"/>'
    '<userTask id="q"/><exclusiveGateway id="again" default="again_back"/><endEvent id="e"/>'
    '<boundaryEvent id="qc" attachedToRef="q"><compensateEventDefinition/></boundaryEvent><userTask id="unq" isForCompensation="true"/><association id="qa" sourceRef="qc" targetRef="unq"/>'
    '<intermediateThrowEvent id="undo"><compensateEventDefinition/></intermediateThrowEvent>',
    "s -> back", "back -> split", "split -> a", "split -> sub", "split -> g", "g -> short", "g -> msg", "short -> after", "msg -> after", "after -> join",
    "a -> join", "ta -> remind", "sub -> merge", "out -> mend", "mend -> merge", "merge -> join", "join -> q", "q -> again", "again -> undo : done = true", "undo -> e", "again -> back",
    outside='<message id="M" name="go"/><message id="N" name="stop"/>',
)  # fmt: skip


def moves_of(instance: Instance) -> list[tuple[str, Any]]:
    """What could happen next, named so that both instances understand it."""
    result: list[tuple[str, Any]] = []
    for token in sorted(instance.every_token(), key=lambda t: t.id):
        spec = token.task_spec
        if spec.manual and token.state == TaskState.READY:
            result.append(("complete", token.id))
        elif isinstance(spec, CatchEvent) and token.state == TaskState.WAITING:
            result.append(("fire", token.id) if spec.event.kind == "timer" else ("message", spec.event.name))
    return result


def do(instance: Instance, move: tuple[str, Any], values: dict[str, Any]) -> None:
    kind, what = move
    if kind == "complete":
        token = instance.find(what)
        assert token is not None
        token.data.update(values)
        token.run()
        instance.run()
    elif kind == "fire":
        fire(instance, what)
    else:
        deliver(instance, "message", what, {"heard": True})


def picture(instance: Instance) -> Any:
    tokens = sorted(
        (t.id, t.task_spec.name, t.state, t.internal_data.get("due")) for t in instance.every_token()
    )
    return tokens, instance.variables, instance.over


@pytest.mark.parametrize("seed", range(60))
def test_stored_and_kept_instances_walk_alike(seed: int) -> None:
    chance = random.Random(seed)
    version, stage = Version(0, {"p.bpmn": EVERYTHING}), Stage()
    kept = Instance(version.spec("p"), version.specs, {"people": ["甲", "乙", "丙"]}, stage)
    kept.begin()
    stored = state.load(state.dump(kept), version.spec("p"), version.specs, stage)
    for _ in range(60):
        moves = moves_of(kept)
        move, values = chance.choice(moves), {"done": chance.random() < 0.3, "n": chance.randrange(9)}
        stage.now += dt.timedelta(hours=7)
        do(kept, move, values)
        do(stored, move, values)
        assert picture(stored) == picture(kept)
        if kept.over:
            break
        stored = state.load(state.dump(stored), version.spec("p"), version.specs, stage)
    assert kept.over or moves_of(kept)
