"""Compensation: what undoes a completed activity, and what sets it going (BPMN 2.0, 10.7)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.finding import Finding
from engine.checks.model import B, Drawing, NodeModel, ScopeModel


def handlers(drawing: Drawing) -> Iterator[Finding]:
    """Each compensation boundary event is tied to the one activity that undoes, which stands aside."""
    called = {node.handler for node in drawing.nodes if node.handler}
    for node in drawing.nodes:
        if node.is_compensation_event and (node.handler is None or node.outgoing):
            yield node.error(
                "compensation-handler",
                "是补偿边界事件，应当用关联线（不是顺序流）连到一个标记为补偿的活动；请重新连接。",
                "is a compensation boundary event, which is tied by an association (not a flow) to one activity marked for compensation; connect it again.",
            )
        if node.undoes and (node not in called or node.incoming or node.outgoing or node.boundary):
            yield node.error(
                "compensation-handler",
                "是补偿活动，只能由补偿边界事件的关联线连到它，不能有顺序流和边界事件；请重新连接。",
                "is a compensation activity, reached by the association of a compensation boundary event only, without flows and boundary events; connect it again.",
            )


def throws(drawing: Drawing) -> Iterator[Finding]:
    """What is thrown undoes something of its own scope."""
    for node in drawing.nodes:
        if node.event != "compensate" or node.kind not in ("intermediateThrowEvent", "endEvent"):
            continue
        definition = node.events[0]
        reference = definition.get("activityRef") or ""
        if definition.get("waitForCompletion", "true") == "false":
            yield node.error(
                "compensation-waits",
                "不等补偿做完（waitForCompletion），这里不支持；请删去这个设置。",
                "does not wait for the compensation (waitForCompletion), which is not supported; take that out.",
            )
        if node.scope.owner is not None and node.scope.owner.listens:
            yield node.error(
                "compensation-scope",
                "在事件子流程里触发补偿，这里不支持；请在外面的流程里触发。",
                "throws a compensation inside an event sub-process, which is not supported; throw it in the flow outside.",
            )
            continue
        able = {
            other.id
            for other in node.scope.nodes
            if any(event.is_compensation_event for event in other.boundary)
        }
        if reference not in able if reference else not able:
            yield node.error(
                "compensation-nothing",
                "触发补偿，而同一层里没有带补偿边界事件的活动可撤销；请画上，或改掉引用的活动。",
                "throws a compensation, and on its level nothing of that kind has a compensation boundary event; draw one, or choose another activity.",
            )
        for activity in node.scope.nodes if not reference else ():
            if activity.id not in able and _compensates_inside(drawing, activity):
                yield node.error(
                    "compensation-scope",
                    f"也要撤销“{activity.label}”里面已完成的步骤，这里不支持；请给“{activity.label}”画补偿边界事件，或写明要撤销的活动。",
                    f"would undo what was completed inside “{activity.label}” too, which is not supported; give “{activity.label}” a compensation boundary event, or name the activity to undo.",
                )


def _compensates_inside(drawing: Drawing, node: NodeModel) -> bool:
    if node.inside is not None:
        return _declares(node.inside)
    if node.kind != "callActivity":
        return False
    own: ScopeModel | None = next(
        (process for process in drawing.processes if process.id == node.called), None
    )
    beside = drawing.beside.get(node.called)
    element = own.element if own is not None else beside
    return element is not None and next(element.iter(B + "compensateEventDefinition"), None) is not None


def _declares(scope: ScopeModel) -> bool:
    return next(scope.element.iter(B + "compensateEventDefinition"), None) is not None


RULES = (handlers, throws)
