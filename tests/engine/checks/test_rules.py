"""Each rule finds its fault, by element, and is silent about the same diagram drawn rightly."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import pytest

from engine.checks import Finding, check
from tests.engine.drawing import process

S, E = '<startEvent id="s"/>', '<endEvent id="e"/>'
DMN = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">'
    '<decision id="table" name="Table"><decisionTable id="t"><output id="o" name="n"/>'
    '<rule id="r"><outputEntry id="c"><text>1</text></outputEntry></rule></decisionTable></decision></definitions>'
)
OTHER = process(S + E, "s -> e", name="other")
BESIDE = {"other.bpmn": OTHER.encode(), "table.dmn": DMN.encode()}
PEOPLE = 'camunda:candidateGroups="x"'
ALWAYS = {"picture-missing"}
"""What the small diagrams here lack on purpose."""


def found(text: str, *, file: str = "a.bpmn") -> list[Finding]:
    """The findings about one file that stands beside OTHER and DMN."""
    text = text.replace("<userTask ", f"<userTask {PEOPLE} ") if PEOPLE not in text else text
    read = check(text.encode(), file=file, companions={file: text.encode(), **BESIDE})
    return [entry for entry in read if entry.rule not in ALWAYS]


def rules(text: str) -> set[tuple[str, str, str]]:
    """(severity, rule, element) of every finding."""
    return {(entry.severity, entry.rule, entry.element) for entry in found(text)}


def line(body: str, *ids: str, outside: str = "", more: tuple[str, ...] = ()) -> str:
    """A process that runs from s through these elements to e."""
    chain = ["s", *ids, "e"]
    return process(S + body + E, *(f"{a} -> {b}" for a, b in pairwise(chain)), *more, outside=outside)


def task(element: str, inner: str = "", tag: str = "userTask", attributes: str = "") -> str:
    return f'<{tag} id="{element}" {attributes}>{inner}</{tag}>'


def extended(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>"


def timer(kind: str, value: str) -> str:
    return f"<timerEventDefinition><{kind}>{value}</{kind}></timerEventDefinition>"


def catch(element: str, inner: str) -> str:
    return f'<intermediateCatchEvent id="{element}">{inner}</intermediateCatchEvent>'


def throw(element: str, inner: str) -> str:
    return f'<intermediateThrowEvent id="{element}">{inner}</intermediateThrowEvent>'


def bound(element: str, inner: str, host: str = "a", more: str = "") -> str:
    return f'<boundaryEvent id="{element}" attachedToRef="{host}" {more}>{inner}</boundaryEvent>'


def sub(inner: str, *pairs: str, attributes: str = "") -> str:
    whole = process(inner, *pairs, name="sub")
    body = whole[whole.index('isExecutable="true">') + 20 : whole.index("</process>")]
    return f'<subProcess id="sub" {attributes}>{body}</subProcess>'


def listener(inside: str) -> str:
    """An event sub-process that waits for what is inside."""
    flow = [f"{name} -> y" for name in ("x", "x2") if f'id="{name}"' in inside]
    return sub(inside + '<endEvent id="y"/>', *flow, attributes='triggeredByEvent="true"')


UNDO = "<compensateEventDefinition/>"


def undoable(element: str, *, event: str = "cb", tied: str = "") -> str:
    """A task, its compensation boundary event, and the task that undoes it."""
    handler = f"undo_{element}"
    return (
        task(element)
        + f'<boundaryEvent id="{event}" attachedToRef="{element}">{UNDO}</boundaryEvent>'
        + (task(handler, attributes='isForCompensation="true"') if not tied else "")
        + f'<association id="as_{element}" sourceRef="{event}" targetRef="{tied or handler}"/>'
    )


HEARD = '<startEvent id="x"><messageEventDefinition messageRef="M1"/></startEvent>'
SIGNAL = '<signal id="S1" name="stop"/>'
MESSAGE = '<message id="M1" name="go"/>'
ERROR = '<error id="E1" errorCode="boom"/>'
FORM = "<camunda:formData>{}</camunda:formData>"
MULTI = "<multiInstanceLoopCharacteristics {}>{}</multiInstanceLoopCharacteristics>"
LOOP = "<standardLoopCharacteristics {}>{}</standardLoopCharacteristics>"
APART = '<extensionElements><camunda:properties><camunda:property name="separate_from" value="{}"/></camunda:properties></extensionElements>'
PLAIN = line(task("a"), "a")
SERVICE = line(task("a", tag="serviceTask", attributes='camunda:topic="t"'), "a")
XOR = (
    S
    + '<exclusiveGateway id="g" {}/>'
    + task("a")
    + task("b")
    + E
)  # fmt: skip


def service(attributes: str = "", inner: str = "") -> str:
    return line(task("a", inner, tag="serviceTask", attributes=f'camunda:topic="t" {attributes}'), "a")


def xor(*pairs: str, default: str = "") -> str:
    written = f'default="{default}"' if default else ""
    return process(XOR.format(written), "s -> g", *pairs, "a -> e", "b -> e")


def block(split: str, join: str, *, default: str = 'default="g_b"', condition: str = " : x > 1") -> str:
    """One gateway parts two tasks, another joins them."""
    return process(
        S
        + f'<{split} id="g" {default if split != "parallelGateway" else ""}/>'
        + task("a")
        + task("b")
        + f'<{join} id="j"/>'
        + E,
        "s -> g",
        f"g -> a{condition if split != 'parallelGateway' else ''}",
        "g -> b",
        "a -> j",
        "b -> j",
        "j -> e",
    )


def ring(body: str, *ids: str, exit_: bool = True) -> str:
    """A merge, some steps, and a choice that goes back to the merge."""
    chain = ["m", *ids, "g"]
    return process(
        S + '<exclusiveGateway id="m"/><exclusiveGateway id="g" default="g_e"/>' + body + E,
        "s -> m",
        *(f"{a} -> {b}" for a, b in pairwise(chain)),
        "g -> m : again",
        "g -> e",
    )


def race(inner: str, target: str = "c", *, more: str = "", pairs: tuple[str, ...] = ()) -> str:
    return process(
        S + '<eventBasedGateway id="g"/>' + inner + catch("t", timer("timeDuration", "PT1H")) + more + E,
        "s -> g",
        f"g -> {target}",
        "g -> t",
        f"{target} -> e",
        "t -> e",
        *pairs,
        outside=MESSAGE,
    )


class Case(NamedTuple):
    """A fault, what is said of it, and the same without the fault."""

    rule: str
    element: str
    faulty: str
    good: str
    severity: str = "error"


KEY = '<camunda:property name="key" value="ticket:${ticket}"/>'
LIFE = '<camunda:property name="timeToLive" value="P3D"/>'


def sender(properties: str) -> str:
    """A process that sends a message with these properties."""
    inner = extended(f"<camunda:properties>{properties}</camunda:properties>")
    return line(throw("a", inner + '<messageEventDefinition messageRef="M1"/>'), "a", outside=MESSAGE)


WAITS = catch("c", '<messageEventDefinition messageRef="M1"/>')
CASES = [
    # -- what does not run ---------------------------------------------------------------------
    *(
        Case("unsupported-element", "a", line(task("a", tag=tag), "a"), PLAIN)
        for tag in ("scriptTask", "complexGateway", "transaction", "adHocSubProcess", "choreographyTask", "mysteryTask")
    ),
    Case("unsupported-element", "k", PLAIN.replace("<process", '<collaboration id="c"><conversation id="k"/></collaboration><process'), PLAIN),
    Case("compensation-handler", "a", line(task("a", attributes='isForCompensation="true"'), "a"), PLAIN),
    Case("compensation-handler", "cb", line(undoable("a", tied="nobody"), "a"), line(undoable("a"), "a")),
    Case("compensation-handler", "undo_a", line(undoable("a"), "a", more=("undo_a -> e",)), line(undoable("a"), "a")),
    Case("compensation-nothing", "t", line(task("a") + throw("t", UNDO), "a", "t"), line(undoable("a") + throw("t", UNDO), "a", "t")),
    Case("compensation-nothing", "t", line(undoable("a") + throw("t", '<compensateEventDefinition activityRef="t"/>'), "a", "t"),
         line(undoable("a") + throw("t", '<compensateEventDefinition activityRef="a"/>'), "a", "t")),
    Case("compensation-waits", "t", line(undoable("a") + throw("t", '<compensateEventDefinition waitForCompletion="false"/>'), "a", "t"), line(undoable("a") + throw("t", UNDO), "a", "t")),
    Case("compensation-scope", "t",
         line(undoable("a") + sub('<startEvent id="x"/><endEvent id="y"/>' + undoable("b", event="bb"), "x -> b", "b -> y") + throw("t", UNDO), "a", "sub", "t"),
         line(undoable("a") + sub('<startEvent id="x"/><endEvent id="y"/>' + undoable("b", event="bb"), "x -> b", "b -> y") + throw("t", '<compensateEventDefinition activityRef="a"/>'), "a", "sub", "t")),
    Case("compensation-scope", "x_t",
         line(undoable("a") + listener(HEARD).replace('<endEvent id="y"/>', f'<endEvent id="y"/>{throw("x_t", UNDO)}').replace('targetRef="y"/>', 'targetRef="x_t"/><sequenceFlow id="q" sourceRef="x_t" targetRef="y"/>'), "a", outside=MESSAGE),
         line(undoable("a") + listener(HEARD), "a", outside=MESSAGE)),
    Case("name-expression", "M1", line(catch("c", '<messageEventDefinition messageRef="M1"/>'), "c", outside=MESSAGE.replace("go", "go-${x}")), line(catch("c", '<messageEventDefinition messageRef="M1"/>'), "c", outside=MESSAGE)),
    Case("data-mapping", "a", line(task("a", '<dataInputAssociation id="d"><targetRef>x</targetRef><assignment><from>1</from><to>y</to></assignment></dataInputAssociation>'), "a"),
         line(task("a", '<dataInputAssociation id="d"><targetRef>x</targetRef></dataInputAssociation>'), "a")),
    Case("correlation", "k", PLAIN.replace("<process", '<collaboration id="c"><correlationKey id="k"/></collaboration><process'), PLAIN),
    Case("unsupported-property", "s", PLAIN.replace(S, '<startEvent id="s" camunda:initiator="who"/>'), PLAIN),
    *(
        Case("unsupported-property", "c", line(f'<callActivity id="c" calledElement="other" {more}>{inner}</callActivity>', "c"), line('<callActivity id="c" calledElement="other"/>', "c"))
        for more, inner in (('camunda:calledElementBinding="version"', ""), ("", extended('<camunda:in businessKey="${x}"/>')))
    ),
    Case("message-flow-drawn", "a", PLAIN.replace("<process", '<collaboration id="c"><messageFlow id="f" sourceRef="a" targetRef="pool"/></collaboration><process'), PLAIN, "warning"),
    Case("unsupported-attribute", "a", line(task("a", attributes='startQuantity="2"'), "a"), line(task("a", attributes='startQuantity="1"'), "a")),
    Case("unsupported-attribute", "g", race(WAITS).replace('<eventBasedGateway id="g"', '<eventBasedGateway id="g" eventGatewayType="Parallel"'), race(WAITS)),
    Case("unsupported-attribute", "a",
         line('<receiveTask id="a" messageRef="M1" instantiate="true"/>', "a", outside=MESSAGE),
         line('<receiveTask id="a" messageRef="M1"/>', "a", outside=MESSAGE)),
    Case("unsupported-attribute", "a",
         line(task("a", MULTI.format('behavior="One"', "<loopCardinality>2</loopCardinality>")), "a"),
         line(task("a", MULTI.format("", "<loopCardinality>2</loopCardinality>")), "a")),
    *(
        Case("unsupported-property", "a", service(f'camunda:{name}="x"'), SERVICE)
        for name in ("class", "delegateExpression", "expression", "caseRef")
    ),
    Case("unsupported-property", "a", service('camunda:type="mail"'), service('camunda:type="external"')),
    Case("unsupported-property", "a", line(task("a", attributes='camunda:formKey="x"'), "a"), PLAIN),
    *(
        Case("unsupported-property", "a", service(inner=extended(f"<camunda:{name}/>")), SERVICE)
        for name in ("executionListener", "taskListener", "connector", "inputOutput", "errorEventDefinition", "script")
    ),
    *(
        Case("unsupported-property", "a", service(inner=extended(f'<z:{name} xmlns:z="http://camunda.org/schema/zeebe/1.0"/>')), SERVICE)
        for name in ("ioMapping", "formDefinition", "script", "executionListeners")
    ),
    Case("unsupported-property", "a",
         line(throw("a", '<messageEventDefinition messageRef="M1" camunda:topic="t"/>'), "a", outside=MESSAGE),
         line(throw("a", '<messageEventDefinition messageRef="M1"/>'), "a", outside=MESSAGE)),
    Case("camunda-8", "a",
         line(task("a", extended('<z:taskDefinition xmlns:z="http://camunda.org/schema/zeebe/1.0" type="t"/>'), tag="serviceTask"), "a"),
         SERVICE, "warning"),
    Case("people-not-read", "a", line(task("a", "<potentialOwner/>"), "a"), PLAIN, "warning"),
    Case("condition-language", "g_a",
         xor("g -> a : x > 1", "g -> b", default="g_b").replace("<conditionExpression>", '<conditionExpression language="javascript">'),
         xor("g -> a : x > 1", "g -> b", default="g_b").replace("<conditionExpression>", '<conditionExpression language="feel">')),
    # -- references ----------------------------------------------------------------------------
    Case("id-missing", "", PLAIN.replace('<endEvent id="e"/>', '<endEvent id="e"/><task/>'), PLAIN),
    Case("id-duplicate", "a", line(task("a") + task("b"), "a", "b").replace('id="a_b"', 'id="a"'), line(task("a") + task("b"), "a", "b")),
    Case("id-duplicate", "other", process(S + E, "s -> e", name="other"), process(S + E, "s -> e", name="p")),
    Case("id-too-long", "a" * 201, line(task("a" * 201), "a" * 201), line(task("a" * 200), "a" * 200)),
    Case("id-spelling", "a b", PLAIN.replace('"a"', '"a b"'), PLAIN.replace('"a"', '"步骤-1.x"'), "warning"),
    Case("flow-broken", "s_a", PLAIN.replace('targetRef="a"', 'targetRef="nowhere"'), PLAIN),
    Case("flow-broken", "s_a", PLAIN.replace('targetRef="a"', 'targetRef="p"'), PLAIN),
    Case("flow-crosses", "sub_y",
         process(S + sub('<startEvent id="x"/><endEvent id="y"/>', "x -> y") + E, "s -> sub", "sub -> y", "sub -> e"),
         process(S + sub('<startEvent id="x"/><endEvent id="y"/>', "x -> y") + E, "s -> sub", "sub -> e")),
    Case("default-broken", "g", xor("g -> a : x > 1", "g -> b : x < 1", default="a_e"), xor("g -> a : x > 1", "g -> b", default="g_b")),
    Case("boundary-host", "t",
         line(task("a") + bound("t", timer("timeDuration", "P1D"), "nobody"), "a", more=("t -> e",)),
         line(task("a") + bound("t", timer("timeDuration", "P1D")), "a", more=("t -> e",))),
    Case("boundary-host", "t",
         line(task("a") + bound("t", timer("timeDuration", "P1D"), "s"), "a", more=("t -> e",)),
         line(task("a") + bound("t", timer("timeDuration", "P1D")), "a", more=("t -> e",))),
    *(
        Case("reference-broken", "a",
             line(throw("a", f'<{kind}EventDefinition {kind}Ref="X"/>'), "a"),
             line(throw("a", f'<{kind}EventDefinition {kind}Ref="X"/>'), "a", outside=f'<{kind} id="X" name="x"/>'))
        for kind in ("message", "signal", "escalation")
    ),
    Case("reference-broken", "t",
         line(task("a") + bound("t", '<errorEventDefinition errorRef="X"/>'), "a", more=("t -> e",)),
         line(task("a") + bound("t", '<errorEventDefinition errorRef="E1"/>'), "a", more=("t -> e",), outside=ERROR)),
    Case("reference-nameless", "a",
         line(throw("a", '<signalEventDefinition signalRef="X"/>'), "a", outside='<signal id="X"/>'),
         line(throw("a", '<signalEventDefinition signalRef="X"/>'), "a", outside='<signal id="X" name="x"/>')),
    Case("called-missing", "a", line('<callActivity id="a"/>', "a"), line('<callActivity id="a" calledElement="other"/>', "a")),
    Case("called-missing", "a", line('<callActivity id="a" calledElement="${x}"/>', "a"), line('<callActivity id="a" calledElement="other"/>', "a")),
    Case("called-unknown", "a", line('<callActivity id="a" calledElement="no"/>', "a"), line('<callActivity id="a" calledElement="other"/>', "a")),
    Case("call-recursion", "a", line('<callActivity id="a" calledElement="p"/>', "a"), line('<callActivity id="a" calledElement="other"/>', "a")),
    Case("called-start", "a",
         line('<callActivity id="a" calledElement="q"/>', "a", outside=SIGNAL).replace("</definitions>", '<process id="q" isExecutable="true"><startEvent id="qs"><signalEventDefinition signalRef="S1"/></startEvent><endEvent id="qe"/><sequenceFlow id="qf" sourceRef="qs" targetRef="qe"/></process></definitions>'),
         line('<callActivity id="a" calledElement="q"/>', "a", outside=SIGNAL).replace("</definitions>", '<process id="q" isExecutable="true"><startEvent id="qs"/><endEvent id="qe"/><sequenceFlow id="qf" sourceRef="qs" targetRef="qe"/></process></definitions>')),
    Case("decision-missing", "a", line('<businessRuleTask id="a"/>', "a"), line('<businessRuleTask id="a" camunda:decisionRef="table"/>', "a")),
    Case("decision-unknown", "a", line('<businessRuleTask id="a" camunda:decisionRef="no"/>', "a"), line('<businessRuleTask id="a" camunda:decisionRef="table"/>', "a")),
    Case("decision-result", "a",
         line('<businessRuleTask id="a" camunda:decisionRef="table" camunda:mapDecisionResult="x"/>', "a"),
         line('<businessRuleTask id="a" camunda:decisionRef="table" camunda:mapDecisionResult="singleEntry"/>', "a")),
    Case("lane-broken", "l",
         PLAIN.replace(S, '<laneSet id="ls"><lane id="l"><flowNodeRef>no</flowNodeRef></lane></laneSet>' + S),
         PLAIN.replace(S, '<laneSet id="ls"><lane id="l"><flowNodeRef>a</flowNodeRef></lane></laneSet>' + S), "warning"),
    Case("no-process", "defs", PLAIN[: PLAIN.index("<process")] + "</definitions>", PLAIN),
    Case("not-executable", "p", PLAIN.replace('"true"', '"false"'), PLAIN, "warning"),
    Case("executable-unsaid", "p", PLAIN.replace(' isExecutable="true"', ""), PLAIN, "warning"),
    # -- events --------------------------------------------------------------------------------
    *(
        Case("event-kind", "c", line(catch("c", f"<{kind}EventDefinition/>"), "c"), line(WAITS, "c", outside=MESSAGE))
        for kind in ("conditional", "compensate", "cancel", "terminate", "error")
    ),
    Case("event-kind", "a", line(throw("a", timer("timeDuration", "P1D")), "a"), line(throw("a", ""), "a")),
    Case("event-kind", "e", PLAIN.replace(E, '<endEvent id="e"><cancelEventDefinition/></endEvent>'), PLAIN.replace(E, '<endEvent id="e"><terminateEventDefinition/></endEvent>')),
    Case("event-kind", "s", PLAIN.replace(S, '<startEvent id="s"><conditionalEventDefinition/></startEvent>'), PLAIN),
    Case("event-multiple", "c",
         line(catch("c", '<messageEventDefinition messageRef="M1"/><signalEventDefinition signalRef="S1"/>'), "c", outside=MESSAGE + SIGNAL),
         line(WAITS, "c", outside=MESSAGE)),
    Case("event-reference", "c", line(catch("c", "<eventDefinitionRef>x</eventDefinitionRef>"), "c"), line(WAITS, "c", outside=MESSAGE)),
    Case("event-none", "c", line(catch("c", ""), "c"), line(WAITS, "c", outside=MESSAGE)),
    Case("event-none", "t", line(task("a") + bound("t", ""), "a", more=("t -> e",)), PLAIN),
    Case("event-unnamed", "c", line(catch("c", "<messageEventDefinition/>"), "c"), line(WAITS, "c", outside=MESSAGE)),
    Case("event-unnamed", "a", line(throw("a", "<escalationEventDefinition/>"), "a"),
         line(throw("a", '<escalationEventDefinition escalationRef="X"/>'), "a", outside='<escalation id="X" escalationCode="x"/>'), "warning"),
    Case("boundary-error", "t",
         line(task("a") + bound("t", '<errorEventDefinition errorRef="E1"/>', more='cancelActivity="false"'), "a", more=("t -> e",), outside=ERROR),
         line(task("a") + bound("t", '<errorEventDefinition errorRef="E1"/>'), "a", more=("t -> e",), outside=ERROR)),
    Case("boundary-twice", "a",
         line(task("a") + "".join(bound(x, '<errorEventDefinition errorRef="E1"/>') for x in "tu"), "a", more=("t -> e", "u -> e"), outside=ERROR),
         line(task("a") + bound("t", '<errorEventDefinition errorRef="E1"/>') + bound("u", "<errorEventDefinition/>"), "a", more=("t -> e", "u -> e"), outside=ERROR), "warning"),
    Case("link-broken", "lt",
         process(S + throw("lt", '<linkEventDefinition name="L"/>') + catch("lc", '<linkEventDefinition name="M"/>') + E, "s -> lt", "lc -> e"),
         process(S + throw("lt", '<linkEventDefinition name="L"/>') + catch("lc", '<linkEventDefinition name="L"/>') + E, "s -> lt", "lc -> e")),
    Case("link-broken", "lc",
         process(S + catch("lc", '<linkEventDefinition name="M"/>') + E + '<endEvent id="f"/>', "s -> e", "lc -> f"), PLAIN),
    Case("link-outgoing", "lt",
         process(S + throw("lt", '<linkEventDefinition name="L"/>') + catch("lc", '<linkEventDefinition name="L"/>') + E, "s -> lt", "lt -> e", "lc -> e"),
         process(S + throw("lt", '<linkEventDefinition name="L"/>') + catch("lc", '<linkEventDefinition name="L"/>') + E, "s -> lt", "lc -> e")),
    Case("link-incoming", "lc",
         process(S + task("a") + throw("lt", '<linkEventDefinition name="L"/>') + catch("lc", '<linkEventDefinition name="L"/>') + E, "s -> a", "a -> lt", "a -> lc", "lc -> e"),
         process(S + task("a") + throw("lt", '<linkEventDefinition name="L"/>') + catch("lc", '<linkEventDefinition name="L"/>') + E, "s -> a", "a -> lt", "lc -> e")),
    Case("link-twice", "lc",
         process(S + throw("lt", '<linkEventDefinition name="L"/>') + catch("lc", '<linkEventDefinition name="L"/>') + catch("ld", '<linkEventDefinition name="L"/>') + E, "s -> lt", "lc -> e", "ld -> e"),
         process(S + throw("lt", '<linkEventDefinition name="L"/>') + throw("lu", '<linkEventDefinition name="L"/>') + '<parallelGateway id="g"/>' + catch("lc", '<linkEventDefinition name="L"/>') + E, "s -> g", "g -> lt", "g -> lu", "lc -> e")),
    Case("start-missing", "p", process(task("a") + E, "a -> e"), PLAIN),
    Case("start-twice", "z", process(S + '<startEvent id="z"/>' + E, "s -> e", "z -> e"),
         process(S + '<startEvent id="z"><messageEventDefinition messageRef="M1"/></startEvent>' + E, "s -> e", "z -> e", outside=MESSAGE)),
    *(
        Case("event-subprocess", "sub", process(S + listener(inside) + E, "s -> e", *more, outside=MESSAGE), process(S + listener(HEARD) + E, "s -> e", outside=MESSAGE))
        for inside, *more in (('<startEvent id="x"/>',), (HEARD + HEARD.replace('"x"', '"x2"'),), ("",), (HEARD, "s -> sub"), (HEARD, "sub -> e"))
    ),
    Case("boundary-error", "x",
         process(S + listener('<startEvent id="x" isInterrupting="false"><errorEventDefinition/></startEvent>') + E, "s -> e"),
         process(S + listener('<startEvent id="x"><errorEventDefinition/></startEvent>') + E, "s -> e")),
    Case("event-kind", "s", PLAIN.replace(S, '<startEvent id="s"><errorEventDefinition/></startEvent>'), PLAIN),
    Case("subprocess-empty", "sub", line('<subProcess id="sub"/>', "sub"), line(sub('<startEvent id="x"/><endEvent id="y"/>', "x -> y"), "sub")),
    Case("subprocess-start", "sub", line(sub(task("x") + '<endEvent id="y"/>', "x -> y"), "sub"), line(sub('<startEvent id="x"/><endEvent id="y"/>', "x -> y"), "sub")),
    Case("subprocess-start", "x",
         line(sub(f'<startEvent id="x">{timer("timeDate", "2019-09-24")}</startEvent><endEvent id="y"/>', "x -> y"), "sub"),
         line(sub('<startEvent id="x"/><endEvent id="y"/>', "x -> y"), "sub")),
    Case("timer-missing", "c", line(catch("c", "<timerEventDefinition/>"), "c"), line(catch("c", timer("timeDuration", "P1D")), "c")),
    Case("timer-several", "c",
         line(catch("c", "<timerEventDefinition><timeDate>2019-09-24</timeDate><timeDuration>P1D</timeDuration></timerEventDefinition>"), "c"),
         line(catch("c", timer("timeDate", "2019-09-24T18:00:00+08:00")), "c")),
    *(
        Case("timer-bad", "c", line(catch("c", timer(kind, bad)), "c"), line(catch("c", timer(kind, good)), "c"))
        for kind, bad, good in (
            ("timeDuration", "3 days", "P3D"),
            ("timeDuration", "2019-09-24", "PT24H"),
            ("timeDuration", "${&quot;3 days&quot;}", "${&quot;P3D&quot;}"),
            ("timeDuration", "P99999Y", "P9Y"),
            ("timeDate", "P3D", "2019-09-24"),
            ("timeDate", "2019-02-30", "${deadline}"),
            ("timeDate", "${days_before(}", "${days_before(deadline, 5)}"),
        )
    ),
    *(
        Case("timer-bad", "t", *(
            line(task("a") + task("r") + bound("t", timer("timeCycle", text), more='cancelActivity="false"'), "a", more=("t -> r", "r -> e"))
            for text in (bad, good)))
        for bad, good in (("0 0 9 * * ?", "R/P1D"), ("R0/P1D", "R1/P1D"), ("R3/PT0S", "R3/PT1S"))
    ),
    Case("timer-cycle", "c", line(catch("c", timer("timeCycle", "R3/P1D")), "c"), line(catch("c", timer("timeDuration", "P1D")), "c"), "warning"),
    # -- activities ----------------------------------------------------------------------------
    Case("nobody", "a", line(task("b", attributes=PEOPLE) + '<manualTask id="a"/>', "b", "a"), line(task("b", attributes=PEOPLE) + '<manualTask id="a" camunda:assignee="${x}"/>', "b", "a"), "warning"),
    Case("separation-broken", "b",
         line(task("a") + task("b", APART.format("c")), "a", "b"),
         line(task("a") + task("b", APART.format("a")), "a", "b")),
    Case("topic-missing", "a", line('<serviceTask id="a"/>', "a"), SERVICE, "warning"),
    Case("topic-ignored", "a", line('<businessRuleTask id="a" camunda:topic="t"/>', "a"), line('<businessRuleTask id="a" camunda:decisionRef="table"/>', "a")),
    Case("message-missing", "a", line('<sendTask id="a"/>', "a"), line('<sendTask id="a" camunda:topic="t"/>', "a")),
    Case("message-missing", "a", line('<receiveTask id="a"/>', "a"), line('<receiveTask id="a" messageRef="M1"/>', "a", outside=MESSAGE)),
    Case("expression", "a", line(task("a", attributes='camunda:assignee="${person(}"'), "a"), line(task("a", attributes='camunda:assignee="${person(x)}"'), "a")),
    Case("expression", "a", line(task("a", attributes='camunda:assignee="${execution.getVariable(\'x\')}"'), "a"), PLAIN),
    Case("date-bad", "a", line(task("a", attributes='camunda:dueDate="P3D"'), "a"), line(task("a", attributes='camunda:dueDate="${days_after(now(), 3)}"'), "a")),
    *(
        Case("form-field", "a",
             line(task("a", extended(FORM.format(bad))), "a"),
             line(task("a", extended(FORM.format('<camunda:formField id="x" type="string"/>'))), "a"))
        for bad in (
            '<camunda:formField id="x y" type="string"/>',
            '<camunda:formField id="x" type="mystery"/>',
            '<camunda:formField id="x" type="string"/><camunda:formField id="x" type="string"/>',
            '<camunda:formField id="x" type="enum"/>',
        )
    ),
    Case("form-ignored", "a", service(inner=extended(FORM.format('<camunda:formField id="x" type="string"/>'))), SERVICE, "warning"),
    Case("handover-incomplete", "a",
         line('<callActivity id="a" calledElement="other">' + extended('<camunda:in source="x"/>') + "</callActivity>", "a"),
         line('<callActivity id="a" calledElement="other">' + extended('<camunda:in source="x" target="y"/>') + "</callActivity>", "a")),
    Case("loop-endless", "a", line(task("a", LOOP.format("", "")), "a"), line(task("a", LOOP.format('loopMaximum="3"', "")), "a")),
    Case("loop-maximum", "a", line(task("a", LOOP.format('loopMaximum="many"', "")), "a"), line(task("a", LOOP.format('loopMaximum="3"', "")), "a")),
    Case("loop-several", "a", line(task("a", LOOP.format('loopMaximum="3"', "") + MULTI.format("", "<loopCardinality>2</loopCardinality>")), "a"), line(task("a", LOOP.format('loopMaximum="3"', "")), "a")),
    Case("loop-misplaced", "g", xor("g -> a : x > 1", "g -> b", default="g_b").replace('default="g_b"/>', 'default="g_b">' + LOOP.format('loopMaximum="3"', "") + "</exclusiveGateway>"), xor("g -> a : x > 1", "g -> b", default="g_b")),
    Case("multi-endless", "a", line(task("a", MULTI.format("", "")), "a"), line(task("a", MULTI.format('camunda:collection="people"', "")), "a")),
    *(
        Case("multi-cardinality", "a", *(line(task("a", MULTI.format("", f"<loopCardinality>{n}</loopCardinality>")), "a") for n in (bad, "1000")))
        for bad in ("1001", "2.5", "-1", "true")
    ),
    Case("multi-output", "a",
         line(task("a", MULTI.format("", "<loopCardinality>2</loopCardinality><loopDataOutputRef>all</loopDataOutputRef>")), "a"),
         line(task("a", MULTI.format("", '<loopCardinality>2</loopCardinality><loopDataOutputRef>all</loopDataOutputRef><outputDataItem id="one"/>')), "a"), "warning"),
    Case("condition-no-truth", "a",
         line(task("a", MULTI.format("", "<loopCardinality>2</loopCardinality><completionCondition>${3}</completionCondition>")), "a"),
         line(task("a", MULTI.format("", "<loopCardinality>2</loopCardinality><completionCondition>${n > 3}</completionCondition>")), "a")),
    # -- conditions ----------------------------------------------------------------------------
    Case("expression", "g_a", xor("g -> a : x >", "g -> b", default="g_b"), xor("g -> a : x > 1", "g -> b", default="g_b")),
    Case("condition-no-truth", "g_a", xor('g -> a : "yes"', "g -> b", default="g_b"), xor("g -> a : yes", "g -> b", default="g_b")),
    Case("condition-missing", "g_b", xor("g -> a : x > 1", "g -> b"), xor("g -> a : x > 1", "g -> b", default="g_b")),
    Case("condition-missing", "g_b", block("inclusiveGateway", "inclusiveGateway", default=""), block("inclusiveGateway", "inclusiveGateway"), "warning"),
    *(
        Case("no-default", "g", xor(f"g -> a : {one}", f"g -> b : {bad}"), xor(f"g -> a : {one}", f"g -> b : {good}"), "warning")
        for one, bad, good in (
            ("x > 1", "x < 1", "x <= 1"),
            ("x = 1", "x = 2", "x != 1"),
            ("${ok}", "${no}", "${!ok}"),
            ("ok and x > 1", "not(ok)", "not(ok and x > 1)"),
            ("ok = true", "ok = maybe", "ok = false"),
        )
    ),
    Case("condition-ignored", "s_a",
         line(task("a"), "a").replace('sourceRef="s" targetRef="a">', 'sourceRef="s" targetRef="a"><conditionExpression>x</conditionExpression>'),
         line(task("a"), "a")),
    Case("no-default", "a", process(S + task("a") + E + '<endEvent id="f"/>', "s -> a", "a -> e : x > 1", "a -> f : x = 0"),
         process(S + task("a", attributes='default="a_f"') + E + '<endEvent id="f"/>', "s -> a", "a -> e : x > 1", "a -> f"), "warning"),
    Case("condition-ignored", "g_a", block("parallelGateway", "parallelGateway").replace('targetRef="a">', 'targetRef="a"><conditionExpression>x</conditionExpression>'), block("parallelGateway", "parallelGateway")),
    Case("condition-ignored", "g_b", xor("g -> a : x > 1", "g -> b : x", default="g_b"), xor("g -> a : x > 1", "g -> b", default="g_b"), "warning"),
    Case("default-never", "a_f",
         process(S + task("a", attributes='default="a_f"') + E + '<endEvent id="f"/>', "s -> a", "a -> e", "a -> f"),
         process(S + task("a", attributes='default="a_f"') + E + '<endEvent id="f"/>', "s -> a", "a -> e : x > 1", "a -> f"), "warning"),
    Case("default-never", "g_b",
         process(S + '<inclusiveGateway id="g" default="g_b"/>' + task("a") + task("b") + E, "s -> g", "g -> a", "g -> b", "a -> e", "b -> e"),
         process(S + '<inclusiveGateway id="g" default="g_b"/>' + task("a") + task("b") + E, "s -> g", "g -> a : x > 1", "g -> b", "a -> e", "b -> e"), "warning"),
    # -- the graph -----------------------------------------------------------------------------
    Case("start-incoming", "s", line(task("a"), "a", more=("a -> s",)), PLAIN),
    Case("start-incoming", "t",
         line(task("a") + bound("t", timer("timeDuration", "P1D")), "a", more=("t -> e", "a -> t")),
         line(task("a") + bound("t", timer("timeDuration", "P1D")), "a", more=("t -> e",))),
    Case("end-outgoing", "e", line(task("a") + task("b") + '<endEvent id="f"/>', "a", more=("e -> b", "b -> f")), PLAIN),
    Case("start-alone", "s", process(S + task("a") + E, "a -> e"), PLAIN),
    Case("unreachable", "b", line(task("a") + task("b"), "a", more=("b -> e",)), line(task("a") + task("b"), "a", "b")),
    Case("unreachable", "b", line(task("a") + task("b") + task("c"), "a", more=("b -> c", "c -> b", "c -> e")), line(task("a") + task("b"), "a", "b")),
    Case("dead-end", "b", line(task("a") + task("b"), "a", more=("a -> b",)), line(task("a") + task("b"), "a", more=("a -> b", "b -> e")), "warning"),
    Case("end-missing", "p", process(S + task("a"), "s -> a"), PLAIN),
    Case("end-missing", "sub", line(sub('<startEvent id="x"/>' + task("y"), "x -> y"), "sub"), line(sub('<startEvent id="x"/><endEvent id="y"/>', "x -> y"), "sub"), "warning"),
    Case("no-way-out", "b", line(task("a") + task("b"), "a", more=("a -> b", "b -> b")), line(task("a") + task("b"), "a", more=("a -> b", "b -> b", "b -> e"))),
    Case("gateway-mixed", "g", process(S + task("a") + task("b") + '<parallelGateway id="h"/><parallelGateway id="g"/>' + task("c") + E, "s -> h", "h -> a", "h -> b", "a -> g", "b -> g", "g -> c", "g -> e", "c -> e"), block("parallelGateway", "parallelGateway"), "warning"),
    Case("event-gateway", "c", race(task("c")), race(WAITS)),
    Case("event-gateway", "c", race(WAITS.replace("intermediateCatchEvent", "intermediateThrowEvent")), race('<receiveTask id="c" messageRef="M1"/>')),
    Case("event-gateway", "c",
         race('<receiveTask id="c" messageRef="M1"/>' + bound("x", timer("timeDuration", "P1D"), "c"), pairs=("x -> e",)), race('<receiveTask id="c" messageRef="M1"/>')),
    Case("event-gateway", "c", process(S + task("a") + '<parallelGateway id="h"/><eventBasedGateway id="g"/>' + WAITS + catch("t", timer("timeDuration", "P1D")) + E, "s -> h", "h -> a", "h -> g", "a -> c", "g -> c", "g -> t", "c -> e", "t -> e", outside=MESSAGE), race(WAITS), "warning"),
    Case("event-gateway", "g", process(S + '<eventBasedGateway id="g"/>' + WAITS + E, "s -> g", "g -> c", "c -> e", outside=MESSAGE), race(WAITS), "warning"),
    Case("event-gateway", "g", process(S + task("a") + '<eventBasedGateway id="g"/>' + E, "s -> a", "a -> e", "a -> g"), race(WAITS)),
    Case("ring-without-wait", "m", ring(""), ring(task("a"), "a")),
    Case("ring-without-wait", "m", ring('<task id="a"/>', "a"), ring(catch("a", timer("timeDuration", "P1D")), "a")),
    Case("ring-without-wait", "m", ring(task("a", tag="serviceTask", attributes='camunda:topic="t"'), "a"), ring(task("a") + task("b", tag="serviceTask", attributes='camunda:topic="t"'), "a", "b"), "warning"),
    Case("ring-without-wait", "m",
         ring(sub('<startEvent id="x"/><task id="z"/><endEvent id="y"/>', "x -> z", "z -> y"), "sub"),
         ring(sub('<startEvent id="x"/><userTask id="z"/><endEvent id="y"/>', "x -> z", "z -> y"), "sub"), "warning"),
    Case("join-deadlock", "j", block("inclusiveGateway", "parallelGateway"), block("inclusiveGateway", "inclusiveGateway")),
    Case("join-deadlock", "j", block("exclusiveGateway", "parallelGateway"), block("exclusiveGateway", "exclusiveGateway")),
    Case("join-deadlock", "j", block("inclusiveGateway", "parallelGateway", default=""), block("inclusiveGateway", "exclusiveGateway"), "warning"),
    Case("merge-doubles", "j", block("parallelGateway", "exclusiveGateway"), block("parallelGateway", "parallelGateway"), "warning"),
    Case("merge-doubles", "j", block("inclusiveGateway", "exclusiveGateway", default=""), block("inclusiveGateway", "exclusiveGateway"), "warning"),
    Case("merge-doubles", "c", line(task("a") + task("b") + task("c"), "a", "c", more=("s -> b", "b -> c")), line(task("a") + task("c"), "a", "c"), "warning"),
    Case("join-deadlock", "j",
         process(S + '<parallelGateway id="g"/><parallelGateway id="j"/><exclusiveGateway id="x" default="x_j"/><endEvent id="f"/>' + task("a") + task("b") + E, "s -> g", "g -> a", "g -> b", "a -> x", "x -> j", "x -> f : no", "b -> j", "j -> e"),
         process(S + '<parallelGateway id="g"/><parallelGateway id="j"/><exclusiveGateway id="x" default="x_j"/><endEvent id="f"><terminateEventDefinition/></endEvent>' + task("a") + task("b") + E, "s -> g", "g -> a", "g -> b", "a -> x", "x -> j", "x -> f : no", "b -> j", "j -> e")),
    Case("message-key", "a", sender(""), sender(KEY), "warning"),
    Case("expression", "a", sender(KEY.replace("ticket}", "ticket + }")), sender(KEY)),
    Case("expression", "a", sender(KEY + LIFE.replace("P3D", "${days +}")), sender(KEY + LIFE)),
    Case("message-life", "a", sender(KEY + LIFE.replace("P3D", "3 days")), sender(KEY + LIFE)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.element[:9]}")
def test_a_fault_is_found_by_its_element_and_gone_when_mended(case: Case) -> None:
    assert (case.severity, case.rule, case.element) in rules(case.faulty)
    mended = found(case.good)
    assert case.rule not in {entry.rule for entry in mended}
    assert not [entry for entry in mended if entry.severity == "error"]


def test_every_sentence_names_its_element_in_both_languages() -> None:
    for case in CASES:
        for entry in found(case.faulty):
            if entry.name:
                assert entry.name in entry.words.zh
                assert entry.name in entry.words.en
            assert entry.words.zh.endswith("。"), entry
            assert entry.words.en.endswith("."), entry


def test_all_faults_are_found_at_once() -> None:
    text = process(
        '<scriptTask id="a"/><exclusiveGateway id="g"/><userTask id="u" camunda:assignee="${(}"/>',
        "g -> nowhere",
    )
    assert {
        "unsupported-element", "flow-broken", "start-missing", "end-missing", "expression",
    } <= {entry.rule for entry in found(text)}  # fmt: skip


def test_the_name_in_the_picture_is_given_with_the_id() -> None:
    text = line('<scriptTask id="x1" name="自动&#10;评分"/>', "x1")
    (one,) = (entry for entry in found(text) if entry.rule == "unsupported-element")
    assert (one.element, one.name) == ("x1", "自动 评分")
    assert "“自动 评分”是脚本任务" in one.words.zh
