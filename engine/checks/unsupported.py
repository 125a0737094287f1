"""What may be drawn elsewhere and does not run here: refused by name, with what to draw instead."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.finding import Finding
from engine.checks.model import BPMN, KINDS, TASKS, B, C, Drawing, NodeModel, Thing, Z, in_bpmn, local
from engine.text import LocalizedText

_SERVICE = LocalizedText(
    "请改用服务任务，类型选“External”，并填写 Topic",
    "draw a service task of type External and give it a topic",
)
_ELEMENTS = {
    "scriptTask": (LocalizedText("脚本任务", "a script task"), _SERVICE),
    "complexGateway": (
        LocalizedText("复杂网关", "a complex gateway"),
        LocalizedText("请改用排他、包容或并行网关", "use an exclusive, inclusive or parallel gateway"),
    ),
    "transaction": (
        LocalizedText("事务子流程", "a transaction"),
        LocalizedText(
            "请改用普通子流程加错误边界事件", "use a plain sub-process with an error boundary event"
        ),
    ),
    "adHocSubProcess": (
        LocalizedText("自由（ad-hoc）子流程", "an ad-hoc sub-process"),
        LocalizedText(
            "请把里面的步骤用顺序流连起来，画成普通子流程", "connect its steps and draw a plain sub-process"
        ),
    ),
    "choreographyTask": (
        LocalizedText("编排任务", "a choreography task"),
        LocalizedText("请用流程和消息事件来画", "draw a process with message events"),
    ),
    "choreography": (
        LocalizedText("编排图", "a choreography"),
        LocalizedText("请用流程和消息事件来画", "draw a process with message events"),
    ),
    "globalChoreographyTask": (
        LocalizedText("全局编排任务", "a global choreography task"),
        LocalizedText("请用流程和消息事件来画", "draw a process with message events"),
    ),
    "callChoreography": (
        LocalizedText("调用编排", "a call choreography"),
        LocalizedText("请用调用活动来画", "use a call activity"),
    ),
    "subChoreography": (
        LocalizedText("子编排", "a sub-choreography"),
        LocalizedText("请用子流程来画", "use a sub-process"),
    ),
    "conversation": (
        LocalizedText("会话", "a conversation"),
        LocalizedText("请用消息流或消息事件来画", "use message events"),
    ),
    "subConversation": (
        LocalizedText("子会话", "a sub-conversation"),
        LocalizedText("请用消息流或消息事件来画", "use message events"),
    ),
    "callConversation": (
        LocalizedText("调用会话", "a call conversation"),
        LocalizedText("请用消息流或消息事件来画", "use message events"),
    ),
    "globalConversation": (
        LocalizedText("全局会话", "a global conversation"),
        LocalizedText("请用消息流或消息事件来画", "use message events"),
    ),
    "globalTask": (
        LocalizedText("全局任务", "a global task"),
        LocalizedText("请在流程里画任务", "draw the task in a process"),
    ),
    "globalUserTask": (
        LocalizedText("全局用户任务", "a global user task"),
        LocalizedText("请在流程里画用户任务", "draw a user task in a process"),
    ),
    "globalManualTask": (
        LocalizedText("全局手工任务", "a global manual task"),
        LocalizedText("请在流程里画手工任务", "draw a manual task in a process"),
    ),
    "globalScriptTask": (LocalizedText("全局脚本任务", "a global script task"), _SERVICE),
    "globalBusinessRuleTask": (
        LocalizedText("全局业务规则任务", "a global business rule task"),
        LocalizedText("请在流程里画业务规则任务", "draw a business rule task in a process"),
    ),
    "implicitThrowEvent": (
        LocalizedText("隐式抛出事件", "an implicit throw event"),
        LocalizedText("请画中间抛出事件", "draw an intermediate throw event"),
    ),
}
_ALONGSIDE = {
    "documentation", "extensionElements", "laneSet", "sequenceFlow", "dataObject", "dataObjectReference",
    "dataStoreReference", "textAnnotation", "association", "group", "ioSpecification", "property", "incoming",
    "outgoing", "auditing", "monitoring", "supports", "resourceRole", "performer", "humanPerformer",
    "potentialOwner", "correlationSubscription", "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics", "dataInputAssociation", "dataOutputAssociation", "ioBinding", "artifact",
    "completionCondition",
}  # fmt: skip
_CODE = {
    "class": "Java class",
    "delegateExpression": "Delegate expression",
    "expression": "Expression",
}
_ATTRIBUTES = {
    "formKey": (
        LocalizedText("外部表单（formKey）", "an external form (formKey)"),
        LocalizedText(
            "请用“Generated Task Forms”在图里画字段", "draw the fields in the diagram (Generated Task Forms)"
        ),
    ),
    "formRef": (
        LocalizedText("Camunda 表单（formRef）", "a Camunda form (formRef)"),
        LocalizedText(
            "请用“Generated Task Forms”在图里画字段", "draw the fields in the diagram (Generated Task Forms)"
        ),
    ),
    "formHandlerClass": (
        LocalizedText("表单处理类", "a form handler class"),
        LocalizedText("请删去", "take it out"),
    ),
    "caseRef": (
        LocalizedText("CMMN 案例", "a CMMN case"),
        LocalizedText("请改为调用一个流程（calledElement）", "call a process (calledElement)"),
    ),
    "variableMappingClass": (
        LocalizedText("变量映射类", "a variable mapping class"),
        LocalizedText(
            "请用 camunda:in / camunda:out 写明变量", "name the variables by camunda:in and camunda:out"
        ),
    ),
    "variableMappingDelegateExpression": (
        LocalizedText("变量映射表达式", "a variable mapping expression"),
        LocalizedText(
            "请用 camunda:in / camunda:out 写明变量", "name the variables by camunda:in and camunda:out"
        ),
    ),
}
_EXTENSIONS = {
    C + "executionListener": (
        LocalizedText("执行监听器", "an execution listener"),
        LocalizedText("请把要做的事画成服务任务（External + Topic）", "draw what it does as a service task with a topic"),
    ),
    C + "taskListener": (
        LocalizedText("任务监听器", "a task listener"),
        LocalizedText("请把要做的事画成服务任务（External + Topic）", "draw what it does as a service task with a topic"),
    ),
    C + "connector": (LocalizedText("连接器", "a connector"), _SERVICE),
    C + "script": (LocalizedText("脚本", "a script"), _SERVICE),
    C + "inputOutput": (
        LocalizedText("输入/输出映射", "an input/output mapping"),
        LocalizedText("请直接使用流程变量；调用活动请用 camunda:in / camunda:out",
              "use the variables themselves; on a call activity use camunda:in and camunda:out"),
    ),
    C + "errorEventDefinition": (
        LocalizedText("外部任务的错误定义", "an error definition of an external task"),
        LocalizedText("请在任务上画错误边界事件", "draw an error boundary event on the task"),
    ),
    Z + "ioMapping": (
        LocalizedText("Camunda 8 的输入/输出映射", "an input/output mapping of Camunda 8"),
        LocalizedText("请直接使用流程变量；调用活动请用 camunda:in / camunda:out",
              "use the variables themselves; on a call activity use camunda:in and camunda:out"),
    ),
    Z + "formDefinition": (
        LocalizedText("Camunda 8 的表单", "a form of Camunda 8"),
        LocalizedText("请按 Camunda 7 的 camunda:formData 画字段", "draw the fields as Camunda 7's camunda:formData"),
    ),
    Z + "userTaskForm": (
        LocalizedText("Camunda 8 的表单", "a form of Camunda 8"),
        LocalizedText("请按 Camunda 7 的 camunda:formData 画字段", "draw the fields as Camunda 7's camunda:formData"),
    ),
    Z + "script": (LocalizedText("Camunda 8 的脚本", "a script of Camunda 8"), _SERVICE),
    Z + "executionListeners": (
        LocalizedText("Camunda 8 的执行监听器", "execution listeners of Camunda 8"),
        LocalizedText("请画成服务任务，并填写 camunda:topic", "draw a service task with camunda:topic"),
    ),
    Z + "taskListeners": (
        LocalizedText("Camunda 8 的任务监听器", "task listeners of Camunda 8"),
        LocalizedText("请画成服务任务，并填写 camunda:topic", "draw a service task with camunda:topic"),
    ),
    Z + "subscription": (
        LocalizedText("Camunda 8 的消息关联键", "a correlation key of Camunda 8"),
        LocalizedText("请删去：消息按事项的业务键送达", "take it out: messages find their instance by its business key"),
    ),
    Z + "conditionalFilter": (
        LocalizedText("Camunda 8 的条件过滤", "a conditional filter of Camunda 8"),
        LocalizedText("请改用消息或信号事件", "use a message or a signal event"),
    ),
}  # fmt: skip
_TWINS = {
    "taskDefinition": "camunda:topic",
    "assignmentDefinition": "camunda:assignee / camunda:candidateGroups",
    "taskSchedule": "camunda:dueDate / camunda:followUpDate",
    "priorityDefinition": "camunda:priority",
    "calledDecision": "camunda:decisionRef / camunda:resultVariable",
    "calledElement": "calledElement",
    "properties": "camunda:properties",
}
_EXPRESSION_LANGUAGES = ("feel", "juel")


def elements(drawing: Drawing) -> Iterator[Finding]:
    """Elements that do not run, wherever in the file they stand."""
    for element in drawing.element.iter(f"{{{BPMN}}}*"):
        kind = local(element)
        if kind in _ELEMENTS:
            what, advice = _ELEMENTS[kind]
            yield _refused(Thing(element), what, advice)
    for scope in drawing.scopes:
        for element in scope.element:
            if not in_bpmn(element) or local(element).endswith("EventDefinition"):
                continue
            kind = local(element)
            if kind not in KINDS and kind not in _ALONGSIDE and kind not in _ELEMENTS:
                yield Thing(element).error(
                    "unsupported-element",
                    f"是不支持的元素 {kind}，请删去或换成支持的元素。",
                    f"is an element that is not supported ({kind}); take it out or draw another.",
                )


def _refused(thing: Thing, what: LocalizedText, advice: LocalizedText) -> Finding:
    return thing.error(
        "unsupported-element",
        f"是{what.zh}，这里不支持；{advice.zh}。",
        f"is {what.en}, which is not supported; {advice.en}.",
    )


def variants(drawing: Drawing) -> Iterator[Finding]:
    """Variants of supported elements that do not run."""
    for node in drawing.nodes:
        element = node.element
        for attribute in ("startQuantity", "completionQuantity"):
            if element.get(attribute, "1") != "1":
                yield node.error(
                    "unsupported-attribute",
                    f"的 {attribute} 不是 1，这里不支持；请删去。",
                    f"has a {attribute} other than 1, which is not supported; take it out.",
                )
        if element.get("instantiate") == "true":
            yield node.error(
                "unsupported-attribute",
                "要自己启动流程（instantiate），这里不支持；请用消息开始事件。",
                "instantiates the process, which is not supported; use a message start event.",
            )
        if element.get("eventGatewayType", "Exclusive") != "Exclusive":
            yield node.error(
                "unsupported-attribute",
                "是并行的事件网关，这里不支持；请用并行网关后接各个捕获事件。",
                "is a parallel event-based gateway, which is not supported; use a parallel gateway before the catch events.",
            )
        for loop in node.loops:
            if loop.get("behavior", "All") != "All" or loop.find(B + "complexBehaviorDefinition") is not None:
                yield node.error(
                    "unsupported-attribute",
                    "的多实例带有 behavior，这里不支持；请删去。",
                    "has a multi-instance behavior, which is not supported; take it out.",
                )


def code(drawing: Drawing) -> Iterator[Finding]:
    """Program code and Camunda properties that nothing here reads."""
    for node in drawing.nodes:
        places = [node.element, *node.events, *node.loops]
        for place in places:
            yield from _coded(node, place)
        for attribute, (what, advice) in _ATTRIBUTES.items():
            if node.camunda(attribute):
                yield _unread(node, what, advice)
        if node.kind in TASKS and (node.camunda("type") or "external") != "external":
            yield node.error(
                "unsupported-property",
                f"的 camunda:type“{node.camunda('type')}”不支持；{_SERVICE.zh}。",
                f"has the camunda:type “{node.camunda('type')}”, which is not supported; {_SERVICE.en}.",
            )
    for thing in _things(drawing):
        for box in [thing, *(Thing(child) for child in thing.element if local(child).endswith("Definition"))]:
            for extension in box.extensions():
                if extension.tag in _EXTENSIONS:
                    what, advice = _EXTENSIONS[extension.tag]
                    yield _unread(thing, what, advice)


def _things(drawing: Drawing) -> list[Thing]:
    own = [*drawing.processes, *drawing.nodes, *drawing.flows]
    return [*own, *drawing.declared("message").values()]


def _coded(node: NodeModel, place: object) -> Iterator[Finding]:
    thing = Thing(place)  # type: ignore[arg-type]
    for attribute, title in _CODE.items():
        if thing.camunda(attribute):
            yield node.error(
                "unsupported-property",
                f"要运行程序代码（camunda:{attribute}，{title}），这里不支持；{_SERVICE.zh}。",
                f"runs program code (camunda:{attribute}, {title}), which is not supported; {_SERVICE.en}.",
            )
    if place is not node.element and thing.camunda("topic"):
        yield node.error(
            "unsupported-property",
            "的消息事件带有 Topic，这里不支持；请在前面画服务任务，事件里只写消息。",
            "has a topic on its message event, which is not supported; draw a service task before it.",
        )


def _unread(thing: Thing, what: LocalizedText, advice: LocalizedText) -> Finding:
    return thing.error(
        "unsupported-property",
        f"带有{what.zh}，这里不支持；{advice.zh}。",
        f"has {what.en}, which is not supported; {advice.en}.",
    )


def camunda_8(drawing: Drawing) -> Iterator[Finding]:
    """Camunda 8 properties that are read, and their names in Camunda 7, which the product's pages use."""
    for node in drawing.nodes:
        for extension in node.extensions(Z):
            twin = _TWINS.get(local(extension))
            if twin:
                yield node.warning(
                    "camunda-8",
                    f"用的是 Camunda 8 的 zeebe:{local(extension)}；它会照 {twin} 来读，请改用 Camunda 7 的写法。",
                    f"uses Camunda 8's zeebe:{local(extension)}; it is read as {twin}, which is the one to use.",
                )


def standard_people(drawing: Drawing) -> Iterator[Finding]:
    """BPMN's own resource roles, which Camunda's modeler never writes and nothing here reads."""
    for node in drawing.nodes:
        for name in ("potentialOwner", "humanPerformer", "performer", "resourceRole"):
            if node.children(name):
                yield node.warning(
                    "people-not-read",
                    f"用 {name} 写了办理人，这里不读；请写在 camunda:assignee 或 camunda:candidateGroups。",
                    f"names its people by {name}, which is not read; use camunda:assignee or camunda:candidateGroups.",
                )


def languages(drawing: Drawing) -> Iterator[Finding]:
    """Conditions in a programming language, or in a file of their own."""
    for flow in drawing.flows:
        for child in flow.children("conditionExpression"):
            language = child.get("language", "")
            if language and not any(known in language.lower() for known in _EXPRESSION_LANGUAGES):
                yield flow.error(
                    "condition-language",
                    f"的条件用 {language} 写成，这里不支持；请改写成表达式，例如 ${{amount > 5}}。",
                    f"has a condition in {language}, which is not supported; write an expression such as ${{amount > 5}}.",
                )
            if child.get(C + "resource"):
                yield flow.error(
                    "condition-language",
                    "的条件放在外部文件里，这里不支持；请写在图里。",
                    "has its condition in another file, which is not supported; write it in the diagram.",
                )


RULES = (elements, variants, code, camunda_8, standard_people, languages)
