"""What a drawing can say beside its elements and nothing here reads: refused by name, never passed over."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.finding import Finding
from engine.checks.model import B, C, Drawing, Thing, local
from engine.diagrams.nodes import OWN_KEY

_NAMED = {
    "message": ("name",),
    "signal": ("name",),
    "error": ("errorCode", "name"),
    "escalation": ("escalationCode", "name"),
}
_BINDINGS = ("latest", "deployment")


def names(drawing: Drawing) -> Iterator[Finding]:
    """Throwers and catchers meet by a name that is written, not worked out."""
    for kind, attributes in _NAMED.items():
        for thing in drawing.declared(kind).values():
            text = (
                next(
                    (
                        thing.element.get(attribute)
                        for attribute in attributes
                        if thing.element.get(attribute)
                    ),
                    "",
                )
                or ""
            )
            if "${" in text or "#{" in text or text.startswith("="):
                yield thing.error(
                    "name-expression",
                    f"的名称“{text}”是表达式，这里不支持；请写固定的名称（消息按事项的业务键送达）。",
                    f"has the expression “{text}” for a name, which is not supported; write a fixed name (messages find their instance by its business key).",
                )


def mappings(drawing: Drawing) -> Iterator[Finding]:
    """Data associations are drawn for people; those that calculate would be passed over."""
    for node in drawing.nodes:
        for child in (*node.children("dataInputAssociation"), *node.children("dataOutputAssociation")):
            if child.find(B + "assignment") is not None or child.find(B + "transformation") is not None:
                yield node.error(
                    "data-mapping",
                    "的数据关联带有赋值或转换，这里不支持；请直接使用流程变量，调用活动请用 camunda:in / camunda:out。",
                    "has a data association that assigns or transforms, which is not supported; use the variables themselves, or camunda:in and camunda:out.",
                )
                break


def correlations(drawing: Drawing) -> Iterator[Finding]:
    """Messages find their instance by its business key and nothing else."""
    for element in drawing.element.iter(B + "correlationSubscription", B + "correlationKey"):
        yield Thing(element).error(
            "correlation",
            "是消息关联规则，这里不支持；消息按事项的业务键送达，请删去。",
            "is a rule for correlating messages, which is not supported; they find their instance by its business key, so take it out.",
        )


def attributes(drawing: Drawing) -> Iterator[Finding]:
    """Camunda attributes that promise a variable or a version that would not come."""
    for node in drawing.nodes:
        for place in (node.element, *node.events):
            for name in ("initiator", "errorMessageVariable"):
                if place.get(C + name):
                    yield node.error(
                        "unsupported-property",
                        f"的 camunda:{name} 不支持，变量“{place.get(C + name)}”不会有值；请删去。",
                        f"has camunda:{name}, which is not supported, so “{place.get(C + name)}” would have no value; take it out.",
                    )
        binding = node.camunda("calledElementBinding") or node.camunda("decisionRefBinding") or "latest"
        if binding not in _BINDINGS:
            yield node.error(
                "unsupported-property",
                f"指定了被调用者的版本（{binding}），这里总是用一起发布的那一个；请删去。",
                f"asks for a certain version ({binding}); here it is always the one published together, so take it out.",
            )
        for extension in node.extensions(C):
            key = extension.get("businessKey")
            if local(extension) == "in" and key and key not in OWN_KEY:
                yield node.error(
                    "unsupported-property",
                    "给被调用的流程另设业务键，这里不支持（它用同一个业务键）；请删去。",
                    "gives the called process a business key of its own, which is not supported (it has the same); take it out.",
                )


def message_flows(drawing: Drawing) -> Iterator[Finding]:
    """A message flow is a drawing; what sends and receives are message events and tasks."""
    by_id = {node.id: node for node in drawing.nodes}
    reported = set()
    for flow in drawing.element.iter(B + "messageFlow"):
        for end, kinds in (("sourceRef", ("sendTask", "serviceTask")), ("targetRef", ("receiveTask",))):
            node = by_id.get(flow.get(end, ""))
            if node is None or node in reported or node.kind in kinds or node.event == "message":
                continue
            reported.add(node)
            yield node.warning(
                "message-flow-drawn",
                "连着消息流，但它自己不收发消息，消息流只是给人看的；要收发请用消息事件、发送或接收任务。",
                "is the end of a message flow and neither sends nor receives by itself, so the flow is for people to read; use message events, send or receive tasks.",
            )


RULES = (names, mappings, correlations, attributes, message_flows)
