"""From BPMN files to specs whose tokens can move.

SpiffWorkflow's parser is extended where it reads less than BPMN and the Camunda 7 properties say:
people, dates, forms, topics, multi-instance collections, link and signal end events, typed timers.
It reads a process in two passes (elements, then flows) instead of walking it recursively.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.node_parser import DEFAULT_NSMAP
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from engine.diagrams import activities, elements, events, gateways
from engine.diagrams.events import Event
from engine.errors import BadModel
from engine.expressions import Expression, ExpressionError, compile_expression, compile_value
from engine.forms.drawing import parse_form
from engine.words import Words
from engine.xml import UnreadableXml, parse_xml

CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
_C = f"{{{CAMUNDA}}}"
_Z = f"{{{ZEEBE}}}"
_NAMES = {**DEFAULT_NSMAP, "camunda": CAMUNDA, "zeebe": ZEEBE}


class ElementReader(TaskParser):  # type: ignore[misc]
    """Reads one node: makes its spec; the flows are connected when all nodes are there."""

    def read(self) -> elements.Element:
        """The spec of this node."""
        self.task = self.create_task()
        self.task.repeat = self._repeat()
        return self.task

    def create_task(self) -> elements.Element:
        extra = self.details()
        return self.spec_class(  # type: ignore[no-any-return]
            self.spec,
            self.bpmn_id,
            particulars=self.particulars(),
            bpmn_name=self.node.get("name"),
            lane=self.lane,
            **extra,
        )

    def details(self) -> dict[str, Any]:
        """What this kind of element needs beyond what all have."""
        return {}

    # -- what the properties say -----------------------------------------------------------

    def particulars(self) -> elements.Particulars:
        """The Camunda 7 properties, or their zeebe twins."""
        return elements.Particulars(
            properties=self._properties(),
            documentation=self.parse_documentation() or "",
            assignee=self._value("assignee", "assignmentDefinition", "assignee"),
            candidate_users=self._value("candidateUsers", "assignmentDefinition", "candidateUsers"),
            candidate_groups=self._value("candidateGroups", "assignmentDefinition", "candidateGroups"),
            due_date=self._value("dueDate", "taskSchedule", "dueDate"),
            follow_up_date=self._value("followUpDate", "taskSchedule", "followUpDate"),
            priority=self._value("priority", "priorityDefinition", "priority"),
            form=parse_form(self.node),
            topic=self.node.get(f"{_C}topic") or self._zeebe("taskDefinition", "type"),
            decision=self.node.get(f"{_C}decisionRef") or self._zeebe("calledDecision", "decisionId"),
            result_variable=self.node.get(f"{_C}resultVariable")
            or self._zeebe("calledDecision", "resultVariable"),
            map_result=self.node.get(f"{_C}mapDecisionResult"),
        )

    def _properties(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for prefix in ("camunda", "zeebe"):
            for one in self.xpath(f"./bpmn:extensionElements/{prefix}:properties/{prefix}:property"):
                found[one.get("name", "")] = one.get("value", "")
        return found

    def _value(self, attribute: str, twin: str, twin_attribute: str) -> Expression | None:
        text = self.node.get(f"{_C}{attribute}") or self._zeebe(twin, twin_attribute)
        return None if not text else self.compiled(compile_value, text)

    def _zeebe(self, name: str, attribute: str) -> str | None:
        for one in self.xpath(f"./bpmn:extensionElements/zeebe:{name}"):
            return one.get(attribute)  # type: ignore[no-any-return]
        return None

    def compiled(self, how: Any, text: str) -> Expression:
        """Compile an expression of this node, naming the node when it does not compile."""
        try:
            return how(text)  # type: ignore[no-any-return]
        except ExpressionError as error:
            label = self.node.get("name") or self.bpmn_id
            raise BadModel(
                Words(
                    f"“{label}”的表达式“{text}”：{error.words.zh}",
                    f"The expression “{text}” of “{label}”: {error.words.en}",
                )
            ) from None

    # -- loops -----------------------------------------------------------------------------

    def _repeat(self) -> activities.Repeat | None:
        for node in self.xpath("./bpmn:standardLoopCharacteristics"):
            return self._loop(node)
        for node in self.xpath("./bpmn:multiInstanceLoopCharacteristics"):
            return self._multi(node)
        return None

    def _loop(self, node: etree._Element) -> activities.Repeat:
        maximum = node.get("loopMaximum")
        return activities.Repeat(
            sequential=True,
            is_loop=True,
            loop_while=self._inner(node, "bpmn:loopCondition"),
            test_before=node.get("testBefore") == "true",
            maximum=int(maximum) if maximum else None,
        )

    def _multi(self, node: etree._Element) -> activities.Repeat:
        twin = next(iter(self._xpath(node, "./bpmn:extensionElements/zeebe:loopCharacteristics")), None)
        collection = node.get(f"{_C}collection") or self._text(node, "bpmn:loopDataInputRef")
        item = node.get(f"{_C}elementVariable") or self._name_of(node, "bpmn:inputDataItem")
        output = self._text(node, "bpmn:loopDataOutputRef")
        output_item = self._name_of(node, "bpmn:outputDataItem")
        if twin is not None:
            collection, item = collection or twin.get("inputCollection"), item or twin.get("inputElement")
            output, output_item = (
                output or twin.get("outputCollection"),
                output_item or twin.get("outputElement"),
            )
        return activities.Repeat(
            sequential=node.get("isSequential") == "true",
            collection=self.compiled(compile_expression, collection) if collection else None,
            cardinality=self._inner(node, "bpmn:loopCardinality"),
            item=item,
            output=output,
            output_item=self.compiled(compile_expression, output_item) if output_item else None,
            until=self._inner(node, "bpmn:completionCondition"),
        )

    def _text(self, node: etree._Element, name: str) -> str | None:
        return next(
            (one.text.strip() for one in self._xpath(node, f"./{name}") if one.text and one.text.strip()),
            None,
        )

    def _name_of(self, node: etree._Element, name: str) -> str | None:
        return next((one.get("name") or one.get("id") for one in self._xpath(node, f"./{name}")), None)

    def _inner(self, node: etree._Element, name: str) -> Expression | None:
        text = self._text(node, name)
        return self.compiled(compile_expression, text) if text else None


class EventReader(ElementReader):
    """Reads nodes that carry an event definition."""

    def details(self) -> dict[str, Any]:
        return {"event_definition": self.event()}

    def event(self) -> Event:
        """The event definition of this node; none makes a plain event."""
        for child in self.node:
            if not isinstance(child.tag, str) or not child.tag.endswith("EventDefinition"):
                continue
            kind = etree.QName(child).localname.removesuffix("EventDefinition")
            reader = getattr(self, f"_{kind}", None)
            if reader is None:
                raise ValidationException(
                    f"{kind} events are not supported", node=self.node, file_name=self.filename
                )
            return reader(child)  # type: ignore[no-any-return]
        return Event()

    def _message(self, node: etree._Element) -> Event:
        return Event(
            "message", self.parser_of_all.messages.get(node.get("messageRef")) or "", key=self._key()
        )

    def _signal(self, node: etree._Element) -> Event:
        return Event("signal", self.parser_of_all.signals.get(node.get("signalRef")) or "")

    def _error(self, node: etree._Element) -> Event:
        error = self.parser_of_all.errors.get(node.get("errorRef")) or {}
        code = error.get("error_code") or error.get("name") or ""
        return Event("error", code, into=node.get(f"{_C}errorCodeVariable") or "")

    def _escalation(self, node: etree._Element) -> Event:
        found = self.parser_of_all.escalations.get(node.get("escalationRef")) or {}
        code = found.get("escalation_code") or found.get("name") or ""
        return Event("escalation", code, into=node.get(f"{_C}escalationCodeVariable") or "")

    def _terminate(self, _node: etree._Element) -> Event:
        return Event("terminate")

    def _compensate(self, node: etree._Element) -> Event:
        return Event("compensate", node.get("activityRef") or "")

    def _link(self, node: etree._Element) -> Event:
        return Event("link", node.get("name") or "")

    def _timer(self, node: etree._Element) -> Event:
        for kind, name in (("date", "timeDate"), ("duration", "timeDuration"), ("cycle", "timeCycle")):
            text = self._text(node, f"bpmn:{name}")
            if text:
                return Event("timer", self.bpmn_id, timer=kind, value=self.compiled(compile_value, text))  # type: ignore[arg-type]
        raise ValidationException("The timer has no time", node=self.node, file_name=self.filename)

    def _key(self) -> Expression | None:
        text = self._properties().get("key")
        return self.compiled(compile_value, text) if text else None

    @property
    def parser_of_all(self) -> BpmnParser:
        """The reader of the whole set of files, which knows messages, signals, errors and escalations."""
        return self.process_parser.parser


class MessageTaskReader(EventReader):
    """bpmn:sendTask and bpmn:receiveTask name their message in an attribute."""

    def event(self) -> Event:
        reference = self.node.get("messageRef")
        if reference is None:
            return super().event()
        return Event("message", self.parser_of_all.messages.get(reference) or "", key=self._key())


class BoundaryReader(EventReader):
    """bpmn:boundaryEvent."""

    def details(self) -> dict[str, Any]:
        return {**super().details(), "cancel_activity": self.node.get("cancelActivity", "true") != "false"}


class SubProcessReader(ElementReader):
    """bpmn:subProcess: its inside is a process of its own in the same file."""

    def details(self) -> dict[str, Any]:
        self.process_parser.parser.create_parser(self.node, filename=self.filename, lane=self.lane)
        return {"inside": self.bpmn_id}


class EventSubProcessReader(SubProcessReader):
    """bpmn:subProcess that is triggered by an event: what its start event waits for, it waits for."""

    def details(self) -> dict[str, Any]:
        start = self.node.find(full_tag("startEvent"))
        reader = EventReader(self.process_parser, events.StartEvent, start, self.nsmap, lane=self.lane)
        interrupting = start.get("isInterrupting", "true") != "false"
        return {**super().details(), "event_definition": reader.event(), "interrupting": interrupting}


class CallReader(ElementReader):
    """bpmn:callActivity with camunda:in and camunda:out."""

    def details(self) -> dict[str, Any]:
        called = self.node.get("calledElement") or self._zeebe("calledElement", "processId") or ""
        return {"inside": called, "ins": self._handovers("in"), "outs": self._handovers("out")}

    def _handovers(self, which: str) -> tuple[activities.Handover, ...] | None:
        found = []
        for one in self.xpath(f"./bpmn:extensionElements/camunda:{which}"):
            if one.get("variables") == "all":
                return None
            source = one.get("source") or one.get("sourceExpression")
            if source and one.get("target"):
                found.append(
                    activities.Handover(one.get("target"), self.compiled(compile_expression, source))
                )
        return tuple(found) or None


class ProcessReader(ProcessParser):  # type: ignore[misc]
    """Reads one process in two passes, so that its length costs no stack."""

    def _parse(self) -> None:
        self.spec = BpmnProcessSpec(name=self.bpmn_id, description=self.get_name(), filename=self.filename)
        self.spec.task_specs = {}  # Spiff's own Start, End and EndJoin would take these ids from the diagram
        self.spec.bpmn_start_events = []
        read: dict[str, elements.Element] = {}
        for node in self.node:
            reader, spec_class = self.parser._get_parser_class(node.tag)
            if node.get("triggeredByEvent") == "true":
                reader, spec_class = EventSubProcessReader, activities.EventSubProcess
            if reader is not None:
                read[node.get("id")] = reader(self, spec_class, node, self.nsmap, lane=self.lane).read()
        self.spec.bpmn_start_events = [one for one in read.values() if isinstance(one, events.StartEvent)]
        self._attach(read)
        self._connect(read)
        self._link(read)

    def _attach(self, read: Mapping[str, elements.Element]) -> None:
        for node in self._nodes("boundaryEvent"):
            host = read.get(node.get("attachedToRef", ""))
            if node.find(full_tag("compensateEventDefinition")) is not None:
                if host is not None:
                    host.undo = self._tied_to(node.get("id", ""))
            elif host is not None:
                host.boundary.append(node.get("id", ""))

    def _tied_to(self, event: str) -> str | None:
        """The activity to which an association leads from a compensation boundary event."""
        for one in self.node.getroottree().iter(full_tag("association")):
            ends = [one.get("sourceRef"), one.get("targetRef")]
            if event in ends:
                return next((end for end in ends if end != event), None)
        return None

    def _connect(self, read: Mapping[str, elements.Element]) -> None:
        for flow in self._nodes("sequenceFlow"):
            source, target = read.get(flow.get("sourceRef", "")), read.get(flow.get("targetRef", ""))
            if source is None or target is None:
                raise ValidationException(
                    f"The flow {flow.get('id')} leads nowhere", node=flow, file_name=self.filename
                )
            source.flows.append(target.name)
            target.sources.append(source.name)
            source.ways.append(self._way(source, target, flow))
        for one in read.values():
            # Conditions count behind gateways that choose and behind activities that have any (13.2.1).
            plain = all(way.condition is None and not way.default for way in one.ways)
            if plain and not isinstance(one, gateways.Choice):
                one.ways = []

    def _way(self, source: elements.Element, target: elements.Element, flow: etree._Element) -> elements.Way:
        default = self.nodes_by_id[source.bpmn_id].get("default") == flow.get("id")
        text = (self.parse_condition(flow) or "").strip()
        if default or not text:
            return elements.Way(target.name, default=default)
        try:
            return elements.Way(target.name, compile_expression(text))
        except ExpressionError as error:
            label = source.bpmn_name or source.bpmn_id
            raise BadModel(
                Words(
                    f"“{label}”后的条件“{text}”：{error.words.zh}",
                    f"The condition “{text}” after “{label}”: {error.words.en}",
                )
            ) from None

    def _link(self, read: Mapping[str, elements.Element]) -> None:
        """A link throw goes on at the link catch of the same name in the same scope (BPMN 2.0, 10.5.5)."""
        links = {
            one.event.name: one
            for one in read.values()
            if isinstance(one, events.CatchEvent) and one.event.kind == "link"
        }
        for one in read.values():
            if isinstance(one, events.ThrowEvent) and one.event.kind == "link":
                target = links[one.event.name]
                one.flows = [target.name]
                target.sources.append(one.name)

    def _nodes(self, name: str) -> Iterable[etree._Element]:
        return (node for node in self.node if node.tag == full_tag(name))


class DiagramReader(BpmnParser):  # type: ignore[misc]
    """SpiffWorkflow's parser with our readers and our specs."""

    PROCESS_PARSER_CLASS = ProcessReader
    PARSER_CLASSES: ClassVar[dict[str, tuple[type[ElementReader], type[elements.Element]]]] = {
        full_tag("startEvent"): (EventReader, events.StartEvent),
        full_tag("endEvent"): (EventReader, events.EndEvent),
        full_tag("task"): (ElementReader, elements.PlainTask),
        full_tag("userTask"): (ElementReader, elements.UserTask),
        full_tag("manualTask"): (ElementReader, elements.UserTask),
        full_tag("serviceTask"): (ElementReader, elements.ServiceTask),
        full_tag("businessRuleTask"): (ElementReader, elements.BusinessRuleTask),
        full_tag("sendTask"): (MessageTaskReader, events.SendTask),
        full_tag("receiveTask"): (MessageTaskReader, events.ReceiveTask),
        full_tag("subProcess"): (SubProcessReader, activities.SubProcess),
        full_tag("callActivity"): (CallReader, activities.CallActivity),
        full_tag("exclusiveGateway"): (ElementReader, gateways.ExclusiveGateway),
        full_tag("parallelGateway"): (ElementReader, gateways.ParallelGateway),
        full_tag("inclusiveGateway"): (ElementReader, gateways.InclusiveGateway),
        full_tag("eventBasedGateway"): (ElementReader, gateways.EventBasedGateway),
        full_tag("intermediateCatchEvent"): (EventReader, events.IntermediateCatchEvent),
        full_tag("intermediateThrowEvent"): (EventReader, events.ThrowEvent),
        full_tag("boundaryEvent"): (BoundaryReader, events.BoundaryEvent),
    }

    def __init__(self) -> None:
        super().__init__(namespaces=_NAMES)

    def _add_data_stores(self, bpmn: etree._Element) -> None:
        """Data stores are drawn for people to read."""

    def _add_collaborations(self, bpmn: etree._Element) -> None:
        """Pools are drawn for people to read; each process runs by itself."""


def read_diagrams(files: Mapping[str, bytes]) -> dict[str, BpmnProcessSpec]:
    """Read BPMN files together: every process and every inside of a sub-process, by id.

    Raises:
        BadModel: a file cannot be read; diagrams are checked (engine.checks) before, so this is rare.
    """
    reader = DiagramReader()
    name = ""
    try:
        for name, data in files.items():
            reader.add_bpmn_xml(parse_xml(data), name)
        pending = list(reader.process_parsers)
        specs: dict[str, BpmnProcessSpec] = {}
        while pending:
            for process in pending:
                specs[process] = reader.process_parsers[process].get_spec()
            pending = [one for one in reader.process_parsers if one not in specs]
    except UnreadableXml as fault:
        raise BadModel(Words(f"{name}：{fault.words.zh}", f"{name}: {fault.words.en}")) from None
    except (ValidationException, KeyError, ValueError, TypeError, AttributeError) as fault:
        raise BadModel(Words(f"{name} 无法读取：{fault}", f"{name} cannot be read: {fault}")) from fault
    return specs


@lru_cache(maxsize=128)
def main_processes(data: bytes) -> tuple[str, ...]:
    """The ids of the executable processes of a file, in its order."""
    found = parse_xml(data).iterfind("bpmn:process", _NAMES)
    return tuple(one.get("id", "") for one in found if one.get("isExecutable", "true") != "false")
