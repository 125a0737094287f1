"""How long the checks of a diagram take: what an owner waits for at every change."""

from __future__ import annotations

import time

from engine.checks import check

_HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'id="d" targetNamespace="bench"><process id="p" isExecutable="true">'
)
_BLOCK = (
    '<userTask id="a{0}" camunda:candidateGroups="${{post(\'town_office\', town)}}" camunda:dueDate="${{workdays_after(now(), 2)}}"/>'
    '<exclusiveGateway id="x{0}" default="f{0}_3"/><parallelGateway id="s{0}"/><userTask id="b{0}" camunda:assignee="${{helper}}"/>'
    '<userTask id="c{0}" camunda:assignee="${{helper}}"/><boundaryEvent id="t{0}" attachedToRef="c{0}" cancelActivity="false">'
    "<timerEventDefinition><timeCycle>R/P1D</timeCycle></timerEventDefinition></boundaryEvent>"
    '<serviceTask id="r{0}" camunda:type="external" camunda:topic="remind"/><endEvent id="e{0}"/><parallelGateway id="j{0}"/><exclusiveGateway id="m{0}"/>'
)
_FLOWS = ("m a", "a x", "x s", "x m2", "s b", "s c", "b j", "c j", "t r", "r e", "j m2")


def diagram(elements: int) -> bytes:
    """A process of about so many elements: choices, parallel work and reminders, one after the other."""
    blocks = elements // 10
    parts = [_HEAD, '<startEvent id="m0_"/><endEvent id="end"/>']
    parts.append('<sequenceFlow id="first" sourceRef="m0_" targetRef="m0"/>')
    for number in range(blocks):
        parts.append(_BLOCK.format(number))
        for place, pair in enumerate(_FLOWS):
            source, target = pair.split()
            after = f"m{number + 1}" if number + 1 < blocks else "end"
            aim = after if target == "m2" else f"{target}{number}"
            condition = "<conditionExpression>amount &gt; 5</conditionExpression>" if pair == "x s" else ""
            parts.append(
                f'<sequenceFlow id="f{number}_{place}" sourceRef="{source}{number}" targetRef="{aim}">{condition}</sequenceFlow>'
            )
    return ("".join(parts) + "</process></definitions>").encode()


def measure() -> str:
    """The milliseconds of one check, for an ordinary and for a huge diagram."""
    return ", ".join(
        f"{min(_once(diagram(elements)) for _ in range(3)) * 1000:.0f} ms for {elements:,} elements"
        for elements in (200, 1_000)
    )


def _once(data: bytes) -> float:
    begun = time.perf_counter()
    check(data, file="a.bpmn", companions={})
    return time.perf_counter() - begun
