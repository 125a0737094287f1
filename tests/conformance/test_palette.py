"""Everything that a modeller's palette offers is accepted where it runs and refused by name where not."""

from __future__ import annotations

import pytest

from engine.checks import check
from tests.engine.drawing import process

OUTSIDE = '<message id="R1" name="m"/><signal id="R2" name="s"/><error id="R3" errorCode="e"/><escalation id="R4" escalationCode="u"/>'
DEFINITIONS = {
    "none": "",
    "message": '<messageEventDefinition messageRef="R1"/>',
    "signal": '<signalEventDefinition signalRef="R2"/>',
    "timer": "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>",
    "error": '<errorEventDefinition errorRef="R3"/>',
    "escalation": '<escalationEventDefinition escalationRef="R4"/>',
    "conditional": "<conditionalEventDefinition><condition>x</condition></conditionalEventDefinition>",
    "link": '<linkEventDefinition name="L"/>',
    "compensate": "<compensateEventDefinition/>",
    "cancel": "<cancelEventDefinition/>",
    "terminate": "<terminateEventDefinition/>",
    "multiple": '<messageEventDefinition messageRef="R1"/><signalEventDefinition signalRef="R2"/>',
}
S, E = '<startEvent id="s"/>', '<endEvent id="e"/>'
TASK = '<userTask id="a" camunda:assignee="x"/>'
UNDONE = (
    '<boundaryEvent id="c" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>'
    '<userTask id="u" isForCompensation="true" camunda:assignee="x"/><association id="as" sourceRef="c" targetRef="u"/>'
)


def start(inner: str) -> str:
    return process(f'<startEvent id="x">{inner}</startEvent>{E}', "x -> e", outside=OUTSIDE)


def listening(inner: str) -> str:
    body = f'<subProcess id="sub" triggeredByEvent="true"><startEvent id="x">{inner}</startEvent><endEvent id="y"/><sequenceFlow id="f" sourceRef="x" targetRef="y"/></subProcess>'
    return process(S + body + E, "s -> e", outside=OUTSIDE)


def catch(inner: str) -> str:
    jump = '<intermediateThrowEvent id="j"><linkEventDefinition name="L"/></intermediateThrowEvent>'
    linked = "link" in inner
    body = (
        S + (jump if linked else "") + f'<intermediateCatchEvent id="x">{inner}</intermediateCatchEvent>' + E
    )
    return process(body, "s -> j" if linked else "s -> x", "x -> e", outside=OUTSIDE)


def throw(inner: str) -> str:
    land = '<intermediateCatchEvent id="l"><linkEventDefinition name="L"/></intermediateCatchEvent>'
    linked = "link" in inner
    body = (
        S
        + TASK
        + UNDONE
        + f'<intermediateThrowEvent id="x">{inner}</intermediateThrowEvent>'
        + (land if linked else "")
        + E
    )
    return process(body, "s -> a", "a -> x", "l -> e" if linked else "x -> e", outside=OUTSIDE)


def boundary(inner: str) -> str:
    if "compensate" in inner:
        return process(S + TASK + UNDONE.replace('"c"', '"x"') + E, "s -> a", "a -> e", outside=OUTSIDE)
    event = f'<boundaryEvent id="x" attachedToRef="a">{inner}</boundaryEvent>'
    return process(S + TASK + event + E, "s -> a", "a -> e", "x -> e", outside=OUTSIDE)


def end(inner: str) -> str:
    return process(
        S + TASK + UNDONE + f'<endEvent id="x">{inner}</endEvent>', "s -> a", "a -> x", outside=OUTSIDE
    )


RUNS = {
    start: {"none", "message", "signal", "timer"},
    listening: {"message", "signal", "timer", "error", "escalation"},
    catch: {"message", "signal", "timer", "link"},
    throw: {"none", "message", "signal", "escalation", "link", "compensate"},
    boundary: {"message", "signal", "timer", "error", "escalation", "compensate"},
    end: {"none", "message", "signal", "error", "escalation", "terminate", "compensate"},
}


@pytest.mark.parametrize("event", DEFINITIONS)
@pytest.mark.parametrize("place", RUNS, ids=lambda one: one.__name__)
def test_events_run_or_are_refused_by_name(place: object, event: str) -> None:
    assert callable(place)
    found = check(place(DEFINITIONS[event]).encode(), file="a.bpmn", companions={})
    refused = {entry.element for entry in found if entry.severity == "error"}
    assert refused == (set() if event in RUNS[place] else refused & {"x", "sub"})
    assert bool(refused) is (event not in RUNS[place])


@pytest.mark.parametrize(
    ("tag", "runs"),
    [
        *(
            (entry, True)
            for entry in ("task", "userTask", "manualTask", "serviceTask", "receiveTask", "sendTask")
        ),
        *((entry, True) for entry in ("exclusiveGateway", "parallelGateway", "inclusiveGateway")),
        *(
            (entry, False)
            for entry in (
                "scriptTask",
                "complexGateway",
                "transaction",
                "adHocSubProcess",
                "choreographyTask",
            )
        ),
    ],
)
def test_elements_run_or_are_refused_by_name(tag: str, runs: bool) -> None:
    text = process(f'{S}<{tag} id="x" messageRef="R1"/>{E}', "s -> x", "x -> e", outside=OUTSIDE)
    found = check(text.encode(), file="a.bpmn", companions={})
    assert {entry.element for entry in found if entry.severity == "error"} == (set() if runs else {"x"})
