"""From BPMN files to specs whose tokens can move.

SpiffWorkflow's parser is extended where it reads less than BPMN and the Camunda 7 properties say:
people, dates, forms, topics, multi-instance collections, link and signal end events, typed timers.
It reads a process in two passes (elements, then flows) instead of walking it recursively.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.node_parser import DEFAULT_NSMAP
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from engine.diagrams import activities, elements, events, gateways
from engine.diagrams.nodes import (
    CAMUNDA,
    BoundaryReader,
    CallReader,
    ElementReader,
    EventReader,
    EventSubProcessReader,
    MessageTaskReader,
    SubProcessReader,
)
from engine.errors import BadModel
from engine.expressions import ExpressionError, compile_expression
from engine.text import LocalizedText
from engine.xml import UnreadableXml, parse_xml

ZEEBE = "http://camunda.org/schema/zeebe/1.0"
_NAMES = {**DEFAULT_NSMAP, "camunda": CAMUNDA, "zeebe": ZEEBE}


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
        self.spec.bpmn_start_events = [
            element for element in read.values() if isinstance(element, events.StartEvent)
        ]
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
        for association in self.node.getroottree().iter(full_tag("association")):
            ends = [association.get("sourceRef"), association.get("targetRef")]
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
        for element in read.values():
            # Conditions count behind gateways that choose and behind activities that have any (13.2.1).
            plain = all(way.condition is None and not way.default for way in element.ways)
            if plain and not isinstance(element, gateways.ChoiceGateway):
                element.ways = []

    def _way(
        self, source: elements.Element, target: elements.Element, flow: etree._Element
    ) -> elements.SequenceFlow:
        default = self.nodes_by_id[source.bpmn_id].get("default") == flow.get("id")
        text = (self.parse_condition(flow) or "").strip()
        if default or not text:
            return elements.SequenceFlow(target.name, default=default)
        try:
            return elements.SequenceFlow(target.name, compile_expression(text))
        except ExpressionError as error:
            label = source.bpmn_name or source.bpmn_id
            raise BadModel(
                LocalizedText(
                    f"“{label}”后的条件“{text}”：{error.words.zh}",
                    f"The condition “{text}” after “{label}”: {error.words.en}",
                )
            ) from None

    def _link(self, read: Mapping[str, elements.Element]) -> None:
        """A link throw goes on at the link catch of the same name in the same scope (BPMN 2.0, 10.5.5)."""
        links = {
            element.event.name: element
            for element in read.values()
            if isinstance(element, events.CatchEvent) and element.event.kind == "link"
        }
        for throw in read.values():
            if isinstance(throw, events.ThrowEvent) and throw.event.kind == "link":
                target = links[throw.event.name]
                throw.flows = [target.name]
                target.sources.append(throw.name)

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
            pending = [
                process_parser for process_parser in reader.process_parsers if process_parser not in specs
            ]
    except UnreadableXml as fault:
        raise BadModel(LocalizedText(f"{name}：{fault.words.zh}", f"{name}: {fault.words.en}")) from None
    except (ValidationException, KeyError, ValueError, TypeError, AttributeError) as fault:
        raise BadModel(
            LocalizedText(f"{name} 无法读取：{fault}", f"{name} cannot be read: {fault}")
        ) from fault
    return specs


@lru_cache(maxsize=128)
def main_processes(data: bytes) -> tuple[str, ...]:
    """The ids of the executable processes of a file, in its order."""
    drawn = parse_xml(data).iterfind("bpmn:process", _NAMES)
    return tuple(process.get("id", "") for process in drawn if process.get("isExecutable", "true") != "false")


@lru_cache(maxsize=128)
def starter_roles(data: bytes) -> Mapping[str, frozenset[str]]:
    """By process of a file: whose holders may start it by hand; nothing of one that does not say so.

    Camunda 7's ``isStartableInTasklist`` and ``candidateStarterGroups``; here a process is for the domain alone
    unless both stand in it.
    """
    drawn = parse_xml(data).iterfind("bpmn:process", _NAMES)
    return {
        process.get("id", ""): frozenset(roles_in(process.get(f"{{{CAMUNDA}}}candidateStarterGroups", "")))
        for process in drawn
        if process.get(f"{{{CAMUNDA}}}isStartableInTasklist") == "true"
    }


def roles_in(text: str) -> list[str]:
    """The roles of a list with commas."""
    return [role for part in text.split(",") if (role := part.strip())]
