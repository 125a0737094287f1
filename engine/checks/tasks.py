"""Activities: what they do, who does it, their forms, loops and the values handed over."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from lxml import etree

from engine.checks.by_hand import filled_by_hand
from engine.checks.expressions import compiles
from engine.checks.finding import Finding
from engine.checks.model import ACTIVITIES, B, C, Drawing, NodeModel, Z, local, text_of
from engine.diagrams.activities import DEEPEST, MOST_INSTANCES
from engine.forms.parse import read_form
from engine.iso import BadTime, instant

_PEOPLE = {
    "assignee": "assignmentDefinition",
    "candidateUsers": "assignmentDefinition",
    "candidateGroups": "assignmentDefinition",
}
_TIMES = {"dueDate": "taskSchedule", "followUpDate": "taskSchedule"}
_VALUES = {**_PEOPLE, **_TIMES, "priority": "priorityDefinition"}


def _written(node: NodeModel, attribute: str) -> str:
    return node.camunda(attribute) or node.zeebe(_VALUES[attribute], attribute) or ""


def people(drawing: Drawing) -> Iterator[Finding]:
    """Somebody can do a user task."""
    for node in drawing.nodes:
        if node.kind in ("userTask", "manualTask") and not any(_written(node, person) for person in _PEOPLE):
            yield node.warning(
                "nobody",
                "没有写由谁办理，不会出现在任何人的待办里；请填写 Assignee 或 Candidate groups。",
                "does not say who does it, so it is on nobody's desk; fill in its assignee or candidate groups.",
            )


def separations(drawing: Drawing) -> Iterator[Finding]:
    """Whom a task is kept apart from is a task of this process; a slip would drop the separation silently."""
    tasks = {node.id for node in drawing.nodes if node.kind == "userTask"}
    for node in drawing.nodes:
        other = node.extra("separate_from")
        if other and other not in tasks:
            yield node.error(
                "separation-broken",
                f"要与“{other}”由不同的人办理，但本流程没有这个用户任务；请填写它的元素编号。",
                f"is to be done by somebody other than who did “{other}”, but this process has no such user task; name it by its element id.",
            )


def services(drawing: Drawing) -> Iterator[Finding]:
    """A service, send or receive task says what it does."""
    for node in drawing.nodes:
        message = node.element.get("messageRef") or next(
            (event.get("messageRef") for event in node.events if node.event == "message"), None
        )
        if node.kind == "serviceTask" and not node.topic:
            yield node.warning(
                "topic-missing",
                "没有 Topic，到这里什么也不做；请把实现方式设为 External 并填写 Topic（camunda:topic）。",
                "has no topic, so nothing is done here; choose the implementation External and fill in its topic (camunda:topic).",
            )
        elif node.kind == "sendTask" and not message and not node.topic:
            yield node.error(
                "message-missing",
                "没有写发送哪个消息，什么也不会发出；请选一个消息，或填写 Topic。",
                "does not say which message it sends, so nothing is sent; choose a message, or fill in a topic.",
            )
        elif node.kind == "receiveTask" and not message:
            yield node.error(
                "message-missing",
                "没有写等待哪个消息，会永远等下去；请选一个消息。",
                "does not say which message it waits for, so it waits for ever; choose a message.",
            )
        if node.kind == "businessRuleTask" and node.topic and not node.decision:
            yield node.error(
                "topic-ignored",
                "是业务规则任务，它的 Topic 不起作用；请填写 Decision reference，或改成服务任务。",
                "is a business rule task, whose topic does nothing; fill in its decision reference, or make it a service task.",
            )


def values(drawing: Drawing) -> Iterator[Finding]:
    """Assignees, dates and priorities can be worked out."""
    for node in drawing.nodes:
        for attribute in _VALUES:
            text = _written(node, attribute)
            if not text:
                continue
            value, faults = compiles(node, text, attribute, whole=False)
            yield from faults
            if value is not None and attribute in _TIMES:
                yield from _date(node, attribute, value)
        key = node.extra("key")
        if key:
            yield from compiles(node, key, "key", whole=False)[1]


def _date(node: NodeModel, attribute: str, value: object) -> Iterator[Finding]:
    try:
        instant(value, ZoneInfo("Asia/Shanghai"))
    except BadTime as fault:
        yield node.error(
            "date-bad",
            f"的 {attribute} 写得不对：{fault.words.zh}需要时长时请写表达式，例如 ${{days_after(now(), 3)}}。",
            f"has a {attribute} that cannot be read: {fault.words.en} For a span of time write an expression such as ${{days_after(now(), 3)}}.",
        )


def forms(drawing: Drawing) -> Iterator[Finding]:
    """The form in a diagram can be shown and read."""
    for node in drawing.nodes:
        form, problems = read_form(node.element)
        for problem in problems:
            yield node.error(
                "form-field",
                f"的表单：{problem.words.zh}",
                f"has a form with a fault: {problem.words.en}",
            )
        if form.fields and node.kind not in ("userTask", "manualTask") and not filled_by_hand(node):
            yield node.warning(
                "form-ignored",
                "带有表单，但这里没有人填写；请把表单放到用户任务上。",
                "has a form that nobody fills in; put it on a user task.",
            )


def handovers(drawing: Drawing) -> Iterator[Finding]:
    """What a call activity hands in and out."""
    for node in drawing.nodes:
        if node.kind != "callActivity":
            continue
        for extension in node.extensions(C):
            if (
                local(extension) not in ("in", "out")
                or extension.get("variables") == "all"
                or extension.get("businessKey")
            ):
                continue
            source = extension.get("source") or extension.get("sourceExpression")
            if not source or not extension.get("target"):
                yield node.error(
                    "handover-incomplete",
                    f"的变量传递 camunda:{local(extension)} 缺少来源或目标；请补全。",
                    f"has a camunda:{local(extension)} without source or target; fill in both.",
                )
            elif source:
                yield from compiles(node, source, f"camunda:{local(extension)}")[1]


def loops(drawing: Drawing) -> Iterator[Finding]:
    """Loops and multiple instances know how often."""
    for node in drawing.nodes:
        if node.loops and node.kind not in ACTIVITIES:
            yield node.error(
                "loop-misplaced",
                "不是任务或子流程，不能循环；请删去循环标记。",
                "is neither task nor sub-process and cannot repeat; take its loop marker out.",
            )
        if len(node.loops) > 1:
            yield node.error(
                "loop-several",
                "有不止一个循环标记；请只留一个。",
                "has more than one loop marker; keep one.",
            )
        for loop in node.loops:
            if local(loop) == "standardLoopCharacteristics":
                yield from _loop(node, loop)
            elif local(loop) == "multiInstanceLoopCharacteristics":
                yield from _multi(node, loop)


def _loop(node: NodeModel, loop: etree._Element) -> Iterator[Finding]:
    condition, maximum = text_of(loop.find(B + "loopCondition")), loop.get("loopMaximum") or ""
    if condition:
        yield from compiles(node, condition, "loopCondition", truth=True)[1]
    if maximum and not (maximum.isascii() and maximum.isdigit() and 0 < int(maximum[:9]) <= MOST_INSTANCES):
        yield node.error(
            "loop-maximum",
            f"的循环次数上限“{maximum}”不是 1 到 {MOST_INSTANCES} 的整数。",
            f"has the loop maximum “{maximum}”, which is not a whole number from 1 to {MOST_INSTANCES}.",
        )
    if not condition and not maximum:
        yield node.error(
            "loop-endless",
            "是循环，但没有写循环条件或次数上限，停不下来；请填写。",
            "is a loop without a condition and without a maximum, so it never stops; give it one.",
        )


def _multi(node: NodeModel, loop: etree._Element) -> Iterator[Finding]:
    twin = next(
        (
            characteristics
            for characteristics in loop.iterfind(f"{B}extensionElements/{Z}loopCharacteristics")
        ),
        None,
    )
    collection = loop.get(C + "collection") or text_of(loop.find(B + "loopDataInputRef"))
    output_item = next(
        (item.get("name") or item.get("id") for item in loop.iterfind(B + "outputDataItem")), None
    )
    output = text_of(loop.find(B + "loopDataOutputRef"))
    if twin is not None:
        collection = collection or twin.get("inputCollection") or ""
        output, output_item = (
            output or twin.get("outputCollection") or "",
            output_item or twin.get("outputElement"),
        )
    cardinality = text_of(loop.find(B + "loopCardinality"))
    if not collection and not cardinality:
        yield node.error(
            "multi-endless",
            "是多实例，但没有写集合（camunda:collection）或次数（loopCardinality）；请填写一个。",
            "is a multi-instance without a collection (camunda:collection) and without a cardinality; give it one.",
        )
    if collection:
        yield from compiles(node, collection, "collection")[1]
    if cardinality:
        yield from _cardinality(node, cardinality)
    condition = text_of(loop.find(B + "completionCondition"))
    if condition:
        yield from compiles(node, condition, "completionCondition", truth=True)[1]
    if output_item:
        yield from compiles(node, output_item, "outputDataItem")[1]
    if bool(output) != bool(output_item):
        yield node.warning(
            "multi-output",
            "只写了结果集合和结果项之一，不会收集结果；请两个都填写。",
            "names only one of output collection and output item, so nothing is collected; give it both.",
        )


def _cardinality(node: NodeModel, text: str) -> Iterator[Finding]:
    value, faults = compiles(node, text, "loopCardinality")
    yield from faults
    if value is None:
        return
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:9])
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value) or value < 0:
        yield node.error(
            "multi-cardinality",
            f"的次数“{text}”不是自然数。",
            f"has the cardinality “{text}”, which is not a whole number.",
        )
    elif value > MOST_INSTANCES:
        yield node.error(
            "multi-cardinality",
            f"的次数 {int(value)} 超过上限 {MOST_INSTANCES}。",
            f"has the cardinality {int(value)}; the limit is {MOST_INSTANCES}.",
        )


def depth(drawing: Drawing) -> Iterator[Finding]:
    """Sub-processes in sub-processes have a limit."""
    for scope in drawing.scopes:
        levels, owner = 0, scope.owner
        while owner is not None:
            levels, owner = levels + 1, owner.scope.owner
        if levels == DEEPEST + 1 and scope.owner is not None:
            yield scope.owner.error(
                "nested-too-deeply",
                f"是第 {levels} 层子流程，上限是 {DEEPEST} 层；请拆成几个流程，用调用活动连接。",
                f"is on level {levels} of sub-processes; the limit is {DEEPEST}. Make processes of them and use call activities.",
            )


RULES = (people, separations, services, values, forms, handovers, loops, depth)
