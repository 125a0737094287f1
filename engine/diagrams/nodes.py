"""From one node of a BPMN file to its spec: people, dates, forms, topics, loops, and the event that it carries."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from engine.diagrams import activities, elements, events
from engine.diagrams.events import Event
from engine.diagrams.particulars import Particulars
from engine.errors import BadModel
from engine.expressions import Expression, ExpressionError, compile_expression, compile_value
from engine.forms.parse import parse_form
from engine.text import LocalizedText

CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
_C = f"{{{CAMUNDA}}}"
OWN_KEY = ("#{execution.processBusinessKey}", "${execution.processBusinessKey}")
"""How Camunda writes the business key of the running instance."""


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

    def details(self) -> dict[str, object]:
        """What this kind of element needs beyond what all have."""
        return {}

    # -- what the properties say -----------------------------------------------------------

    def particulars(self) -> Particulars:
        """The Camunda 7 properties, or their zeebe twins."""
        return Particulars(
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
        result: dict[str, str] = {}
        for prefix in ("camunda", "zeebe"):
            for node in self.xpath(f"./bpmn:extensionElements/{prefix}:properties/{prefix}:property"):
                result[node.get("name", "")] = node.get("value", "")
        return result

    def _value(self, attribute: str, twin: str, twin_attribute: str) -> Expression | None:
        text = self.node.get(f"{_C}{attribute}") or self._zeebe(twin, twin_attribute)
        return None if not text else self.compiled(compile_value, text)

    def _zeebe(self, name: str, attribute: str) -> str | None:
        for node in self.xpath(f"./bpmn:extensionElements/zeebe:{name}"):
            return node.get(attribute)  # type: ignore[no-any-return]
        return None

    def compiled(self, how: Callable[[str], Expression], text: str) -> Expression:
        """Compile an expression of this node, naming the node when it does not compile."""
        try:
            return how(text)
        except ExpressionError as error:
            label = self.node.get("name") or self.bpmn_id
            raise BadModel(
                LocalizedText(
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
            (
                child.text.strip()
                for child in self._xpath(node, f"./{name}")
                if child.text and child.text.strip()
            ),
            None,
        )

    def _name_of(self, node: etree._Element, name: str) -> str | None:
        return next((child.get("name") or child.get("id") for child in self._xpath(node, f"./{name}")), None)

    def _inner(self, node: etree._Element, name: str) -> Expression | None:
        text = self._text(node, name)
        return self.compiled(compile_expression, text) if text else None


class EventReader(ElementReader):
    """Reads nodes that carry an event definition."""

    def details(self) -> dict[str, object]:
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
            "message",
            self.parser_of_all.messages.get(node.get("messageRef")) or "",
            key=self._key(),
            life=self._life(),
        )

    def _signal(self, node: etree._Element) -> Event:
        return Event("signal", self.parser_of_all.signals.get(node.get("signalRef")) or "")

    def _error(self, node: etree._Element) -> Event:
        error = self.parser_of_all.errors.get(node.get("errorRef")) or {}
        code = error.get("error_code") or error.get("name") or ""
        return Event("error", code, into=node.get(f"{_C}errorCodeVariable") or "")

    def _escalation(self, node: etree._Element) -> Event:
        escalation = self.parser_of_all.escalations.get(node.get("escalationRef")) or {}
        code = escalation.get("escalation_code") or escalation.get("name") or ""
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
        """The business key to which a message goes; None: the own one."""
        text = self._properties().get("key", "").strip()
        return self.compiled(compile_value, text) if text and text not in OWN_KEY else None

    def _life(self) -> Expression | None:
        text = self._properties().get("timeToLive")
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
        name = self.parser_of_all.messages.get(reference) or ""
        return Event("message", name, key=self._key(), life=self._life())


class BoundaryReader(EventReader):
    """bpmn:boundaryEvent."""

    def details(self) -> dict[str, object]:
        return {**super().details(), "cancel_activity": self.node.get("cancelActivity", "true") != "false"}


class SubProcessReader(ElementReader):
    """bpmn:subProcess: its inside is a process of its own in the same file."""

    def details(self) -> dict[str, object]:
        self.process_parser.parser.create_parser(self.node, filename=self.filename, lane=self.lane)
        return {"inside": self.bpmn_id}


class EventSubProcessReader(SubProcessReader):
    """bpmn:subProcess that is triggered by an event: what its start event waits for, it waits for."""

    def details(self) -> dict[str, object]:
        start = self.node.find(full_tag("startEvent"))
        reader = EventReader(self.process_parser, events.StartEvent, start, self.nsmap, lane=self.lane)
        interrupting = start.get("isInterrupting", "true") != "false"
        return {**super().details(), "event_definition": reader.event(), "interrupting": interrupting}


class CallReader(ElementReader):
    """bpmn:callActivity with camunda:in and camunda:out."""

    def details(self) -> dict[str, object]:
        called = self.node.get("calledElement") or self._zeebe("calledElement", "processId") or ""
        drawn = [self.xpath(f"./bpmn:extensionElements/camunda:{which}") for which in ("in", "out")]
        whole = not any(mapping.get("businessKey") is None for mappings in drawn for mapping in mappings)
        ins, outs = (self._mapping(mappings, whole) for mappings in drawn)
        return {"inside": called, "ins": ins, "outs": outs}

    def _mapping(self, drawn: list[etree._Element], whole: bool) -> activities.Handovers:
        """The mappings in one direction; where neither direction has any, all variables pass both ways."""
        named = []
        for mapping in drawn:
            source, target = mapping.get("source") or mapping.get("sourceExpression"), mapping.get("target")
            if source and target:
                named.append(activities.Handover(target, self.compiled(compile_expression, source)))
        everything = whole or any(mapping.get("variables") == "all" for mapping in drawn)
        return activities.Handovers(everything, tuple(named))
