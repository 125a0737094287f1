"""A BPMN file as the rules look at it: nodes and flows in their scopes, and what they refer to.

Read once and leniently: whatever is missing or twisted is left out here and said by a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.checks.facts import Vocabulary
from engine.checks.finding import Finding, Severity
from engine.decisions import read_decisions
from engine.text import LocalizedText
from engine.xml import UnreadableXml, parse_xml

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
B, C, Z = f"{{{BPMN}}}", f"{{{CAMUNDA}}}", f"{{{ZEEBE}}}"

TASKS = {
    "task": LocalizedText("任务", "task"),
    "userTask": LocalizedText("用户任务", "user task"),
    "manualTask": LocalizedText("手工任务", "manual task"),
    "serviceTask": LocalizedText("服务任务", "service task"),
    "businessRuleTask": LocalizedText("业务规则任务", "business rule task"),
    "sendTask": LocalizedText("发送任务", "send task"),
    "receiveTask": LocalizedText("接收任务", "receive task"),
}
ACTIVITIES = {
    **TASKS,
    "subProcess": LocalizedText("子流程", "sub-process"),
    "callActivity": LocalizedText("调用活动", "call activity"),
}
GATEWAYS = {
    "exclusiveGateway": LocalizedText("排他网关", "exclusive gateway"),
    "parallelGateway": LocalizedText("并行网关", "parallel gateway"),
    "inclusiveGateway": LocalizedText("包容网关", "inclusive gateway"),
    "eventBasedGateway": LocalizedText("事件网关", "event-based gateway"),
}
CHOICES = ("exclusiveGateway", "inclusiveGateway")
EVENTS = {
    "startEvent": LocalizedText("开始事件", "start event"),
    "endEvent": LocalizedText("结束事件", "end event"),
    "intermediateCatchEvent": LocalizedText("中间捕获事件", "intermediate catch event"),
    "intermediateThrowEvent": LocalizedText("中间抛出事件", "intermediate throw event"),
    "boundaryEvent": LocalizedText("边界事件", "boundary event"),
}
KINDS = {**ACTIVITIES, **GATEWAYS, **EVENTS}
"""The elements that the engine runs, and what they are called."""
REFUSED = (
    "scriptTask",
    "complexGateway",
    "transaction",
    "adHocSubProcess",
    "choreographyTask",
    "subChoreography",
)
"""Elements that stand in a flow and are refused by name; what leads to them is not at fault."""


@dataclass(eq=False)
class Thing:
    """Anything of the diagram that a finding can be about."""

    element: etree._Element

    @property
    def id(self) -> str:
        return self.element.get("id") or ""

    @property
    def name(self) -> str:
        return " ".join((self.element.get("name") or "").split())

    @property
    def kind(self) -> str:
        return local(self.element)

    @property
    def label(self) -> str:
        """How a sentence calls it: by the name that stands in the picture, else by its id."""
        return self.name or self.id or self.kind

    def camunda(self, attribute: str) -> str | None:
        """A Camunda 7 attribute."""
        return self.element.get(C + attribute)

    def extensions(self, namespace: str = "") -> list[etree._Element]:
        """What stands in the extensionElements, of one namespace or of all."""
        return [
            child
            for box in self.element.iterfind(B + "extensionElements")
            for child in box
            if isinstance(child.tag, str) and child.tag.startswith(namespace)
        ]

    def extra(self, name: str) -> str:
        """One of the Camunda 7 extension properties."""
        boxes = (box for box in self.extensions() if local(box) == "properties")
        return next(
            (child.get("value") or "" for box in boxes for child in box if child.get("name") == name), ""
        )

    def zeebe(self, name: str, attribute: str) -> str | None:
        """An attribute of a Camunda 8 extension element."""
        return next(
            (extension.get(attribute) for extension in self.extensions(Z) if local(extension) == name), None
        )

    def children(self, name: str) -> list[etree._Element]:
        """The BPMN children of one kind."""
        return self.element.findall(B + name)

    def said(self, severity: Severity, rule: str, zh: str, en: str) -> Finding:
        """A finding about this; the sentence begins with its label."""
        return Finding(
            severity,
            rule,
            self.id,
            self.name,
            LocalizedText(f"“{self.label}”{zh}", f"“{self.label}” {en}"),
        )

    def error(self, rule: str, zh: str, en: str) -> Finding:
        """Something that keeps the file from being published."""
        return self.said("error", rule, zh, en)

    def warning(self, rule: str, zh: str, en: str) -> Finding:
        """Something that runs, and that its drawer should know."""
        return self.said("warning", rule, zh, en)


@dataclass(eq=False)
class NodeModel(Thing):
    """An activity, a gateway or an event."""

    scope: ScopeModel
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)
    boundary: list[NodeModel] = field(default_factory=list)
    host: NodeModel | None = None
    inside: ScopeModel | None = None
    handler: NodeModel | None = None

    @property
    def is_compensation_event(self) -> bool:
        """Whether it is a boundary event that waits for nothing and says what undoes its host."""
        return self.kind == "boundaryEvent" and self.event == "compensate"

    @property
    def undoes(self) -> bool:
        """Whether it is an activity that undoes another one."""
        return self.element.get("isForCompensation") == "true"

    @property
    def events(self) -> list[etree._Element]:
        """The event definitions that stand in it."""
        return [
            child for child in self.element if local(child).endswith("EventDefinition") and in_bpmn(child)
        ]

    @property
    def event(self) -> str:
        """The kind of its first event definition; empty for none."""
        return next((local(event).removesuffix("EventDefinition") for event in self.events), "")

    @property
    def loops(self) -> list[etree._Element]:
        """Its loop characteristics."""
        return [
            child for child in self.element if local(child).endswith("LoopCharacteristics") and in_bpmn(child)
        ]

    @property
    def interrupts(self) -> bool:
        """Whether a boundary event ends its activity, or a start event the scope of its event sub-process."""
        name = "isInterrupting" if self.kind == "startEvent" else "cancelActivity"
        return self.element.get(name, "true") != "false"

    @property
    def listens(self) -> bool:
        """Whether it is an event sub-process."""
        return self.kind == "subProcess" and self.element.get("triggeredByEvent") == "true"

    @property
    def conditional(self) -> bool:
        """Whether conditions on its outgoing flows count."""
        return self.kind in CHOICES or (
            self.kind in ACTIVITIES and any(flow.condition or flow.default for flow in self.outgoing)
        )

    @property
    def link(self) -> str:
        """The name of a link event."""
        return self.events[0].get("name") or "" if self.event == "link" else ""

    @property
    def topic(self) -> str:
        """The topic of a service or send task."""
        return self.camunda("topic") or self.zeebe("taskDefinition", "type") or ""

    @property
    def decision(self) -> str:
        """The decision that a business rule task asks."""
        return self.camunda("decisionRef") or self.zeebe("calledDecision", "decisionId") or ""

    @property
    def called(self) -> str:
        """The process that a call activity calls."""
        return self.element.get("calledElement") or self.zeebe("calledElement", "processId") or ""

    def ahead(self) -> list[NodeModel]:
        """Where a token can go from here: along flows, through a link, by a boundary event."""
        result = [flow.target for flow in self.outgoing if flow.target]
        if self.kind == "intermediateThrowEvent" and self.event == "link":
            result = [
                node
                for node in self.scope.nodes
                if node.kind == "intermediateCatchEvent" and node.event == "link" and node.link == self.link
            ]
        return result + self.boundary + ([self.handler] if self.handler else [])


@dataclass(eq=False)
class Flow(Thing):
    """A sequence flow; an end that is not in its scope is None."""

    scope: ScopeModel
    source: NodeModel | None = None
    target: NodeModel | None = None

    @property
    def condition(self) -> str:
        """Its condition as it is written."""
        return next(((child.text or "").strip() for child in self.children("conditionExpression")), "")

    @property
    def default(self) -> bool:
        """Whether its source takes it when no other condition holds."""
        return bool(self.source is not None and self.id and self.source.element.get("default") == self.id)

    @property
    def label(self) -> str:
        if self.name:
            return self.name
        ends = [
            node.label if node else self.element.get(ref) or "?"
            for node, ref in ((self.source, "sourceRef"), (self.target, "targetRef"))
        ]
        return " → ".join(ends)


@dataclass(eq=False)
class ScopeModel(Thing):
    """A process, or the inside of a sub-process."""

    owner: NodeModel | None
    process: ScopeModel | None = None
    nodes: list[NodeModel] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)

    @property
    def executable(self) -> bool:
        """Whether anything here can ever run."""
        return (self.process or self).element.get("isExecutable", "true") != "false"

    @property
    def starts(self) -> list[NodeModel]:
        """The start events."""
        return [node for node in self.nodes if node.kind == "startEvent"]

    @property
    def begins(self) -> list[NodeModel]:
        """Where tokens come from: start events and event sub-processes."""
        return self.starts + [node for node in self.nodes if node.listens]


@dataclass(eq=False)
class Drawing(Thing):
    """One BPMN file, and what the files beside it declare."""

    file: str
    scopes: list[ScopeModel] = field(default_factory=list)
    beside: dict[str, etree._Element] = field(default_factory=dict)
    decisions: set[str] | None = None
    given: set[str] = field(default_factory=set)
    decided: set[str] = field(default_factory=set)
    """What the decisions of the files beside give."""
    facts: Vocabulary | None = None

    @property
    def processes(self) -> list[ScopeModel]:
        """The processes of the file."""
        return [scope for scope in self.scopes if scope.owner is None]

    @property
    def nodes(self) -> list[NodeModel]:
        """Every node of every scope."""
        return [node for scope in self.scopes for node in scope.nodes]

    @property
    def flows(self) -> list[Flow]:
        """Every sequence flow of every scope."""
        return [flow for scope in self.scopes for flow in scope.flows]

    def declared(self, kind: str) -> dict[str, Thing]:
        """The messages, signals, errors or escalations of the file, by id."""
        return {element.get("id", ""): Thing(element) for element in self.element.iter(B + kind)}


def read_drawing(root: etree._Element, file: str, companions: Mapping[str, bytes]) -> Drawing:
    """Read a file whose root is bpmn:definitions."""
    drawing = Drawing(root, file)
    pending: list[ScopeModel] = [ScopeModel(process, None) for process in root.iterfind(B + "process")]
    while pending:
        scope = pending.pop(0)
        drawing.scopes.append(scope)
        for child in scope.element:
            kind = local(child)
            if (kind in KINDS or kind in REFUSED) and in_bpmn(child):
                node = NodeModel(child, scope)
                scope.nodes.append(node)
                if kind == "subProcess":
                    node.inside = ScopeModel(child, node, scope.process or scope)
                    pending.append(node.inside)
        _connect(scope)
    _tie(drawing)
    _look_beside(drawing, file, companions)
    return drawing


def _tie(drawing: Drawing) -> None:
    """Associations from compensation boundary events to what undoes."""
    by_id = {node.id: node for node in drawing.nodes if node.is_compensation_event or node.undoes}
    for association in drawing.element.iter(B + "association"):
        ends = [by_id.get(association.get(end, "")) for end in ("sourceRef", "targetRef")]
        event = next((end for end in ends if end is not None and end.is_compensation_event), None)
        other = next((end for end in ends if end is not None and end.undoes), None)
        if event is not None and other is not None and event.scope is other.scope and event.handler is None:
            event.handler = other


def _connect(scope: ScopeModel) -> None:
    by_id: dict[str, NodeModel] = {}
    for node in scope.nodes:
        if node.id:
            by_id.setdefault(node.id, node)
    for drawn in scope.element.iterfind(B + "sequenceFlow"):
        flow = Flow(
            drawn, scope, by_id.get(drawn.get("sourceRef", "")), by_id.get(drawn.get("targetRef", ""))
        )
        scope.flows.append(flow)
        if flow.source and flow.target:
            flow.source.outgoing.append(flow)
            flow.target.incoming.append(flow)
    for node in scope.nodes:
        if node.kind == "boundaryEvent":
            node.host = by_id.get(node.element.get("attachedToRef", ""))
            if node.host is not None:
                node.host.boundary.append(node)


def _look_beside(drawing: Drawing, file: str, companions: Mapping[str, bytes]) -> None:
    """Processes and decisions of the other files; one that cannot be read has nothing to give."""
    drawing.decisions = set()
    drawing.given = given_by(drawing.element)
    for name, data in companions.items():
        if name == file:
            continue
        if name.endswith(".dmn"):
            decisions, _ = read_decisions(data)
            drawing.decisions |= {
                name for decision in decisions.values() for name in (decision.id, decision.name) if name
            }
            drawing.decided |= {
                name for decision in decisions.values() for name in (decision.id, *decision.outputs)
            }
            drawing.given |= drawing.decided
            continue
        if not name.endswith(".bpmn"):
            continue
        try:
            root = parse_xml(data)
        except UnreadableXml:
            continue
        drawing.given |= given_by(root)
        for process in root.iter(B + "process", B + "subProcess"):
            drawing.beside.setdefault(process.get("id", ""), process)


_NAMING = {
    C + "formField": "id",
    C + "in": "target",
    C + "out": "target",
    B + "inputDataItem": "id",
    B + "outputDataItem": "id",
    Z + "calledDecision": "resultVariable",
}


def given_by(root: etree._Element) -> set[str]:
    """The variables that forms, calls, loops and decisions inside an element give."""
    names = {element.get(name, "") for tag, name in _NAMING.items() for element in root.iter(tag)}
    names |= {text_of(element) for element in root.iter(B + "loopDataOutputRef")}
    for task in root.iter(f"{B}businessRuleTask", f"{B}multiInstanceLoopCharacteristics"):
        names |= {task.get(C + "resultVariable", ""), task.get(C + "elementVariable", "")}
    return names - {""}


def local(element: etree._Element) -> str:
    """The tag without its namespace; empty for comments and processing instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def in_bpmn(element: etree._Element) -> bool:
    """Whether the tag is one of BPMN's."""
    return isinstance(element.tag, str) and element.tag.startswith(B)


def text_of(element: etree._Element | None) -> str:
    """The trimmed text of an element."""
    return "" if element is None else (element.text or "").strip()


def reachable(starts: Iterable[NodeModel]) -> set[NodeModel]:
    """Every node that a token from one of these can reach, and themselves."""
    visited, pending = set(starts), list(starts)
    while pending:
        for following in pending.pop().ahead():
            if following not in visited:
                visited.add(following)
                pending.append(following)
    return visited
