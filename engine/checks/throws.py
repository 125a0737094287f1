"""What is thrown finds its receiver: messages by a key, errors and escalations by an event around them."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.checks.expressions import compiles
from engine.checks.finding import Finding
from engine.checks.model import B, Drawing, NodeModel, local
from engine.diagrams.nodes import OWN_KEY
from engine.iso import BadTime, duration

_THROWERS = ("intermediateThrowEvent", "endEvent", "sendTask")


def keys(drawing: Drawing) -> Iterator[Finding]:
    """A message says to whom it goes."""
    for node in drawing.nodes:
        if _sends(node) and not node.extra("key").strip():
            yield node.warning(
                "message-key",
                "没有写消息送给谁，会送给业务键相同的事项（同一工单、同一户）；请在属性面板“送给”里选择。",
                "does not say to whom its message goes, so it goes to work with the same business key (the same ticket, the same household); choose it under “Goes to” in the properties.",
            )


def written(drawing: Drawing) -> Iterator[Finding]:
    """What says where a message goes, and how long it is kept, can be read."""
    for node in drawing.nodes:
        if not _sends(node):
            continue
        key, life = node.extra("key").strip(), node.extra("timeToLive").strip()
        if key and key not in OWN_KEY:
            yield from compiles(node, key, "key", whole=False)[1]
        if not life:
            continue
        value, problems = compiles(node, life, "timeToLive", whole=False)
        yield from problems
        if value is not None:
            yield from _no_duration(node, value)


def _no_duration(node: NodeModel, value: object) -> Iterator[Finding]:
    try:
        duration(value)
    except BadTime as fault:
        yield node.error(
            "message-life",
            f"的保留时间读不懂：{fault.words.zh}请写成 P3D（3 天）的样子，或空着（30 天）。",
            f"says how long its message is kept, which cannot be read: {fault.words.en} Write it as P3D (3 days), or leave it empty (30 days).",
        )


def _sends(node: NodeModel) -> bool:
    return node.kind in _THROWERS and bool(node.event == "message" or node.element.get("messageRef"))


def caught(drawing: Drawing) -> Iterator[Finding]:
    """An error or an escalation that nobody catches stops the instance with an incident."""
    for node in drawing.nodes:
        if node.kind not in _THROWERS or node.event not in ("error", "escalation"):
            continue
        code = _code(node.events[0], node.event)
        for place in _uncaught(drawing, node.element, node.event, code):
            yield _nobody_catches(node, code, place)


def _nobody_catches(node: NodeModel, code: str, place: etree._Element) -> Finding:
    zh, en = {"error": ("错误", "error"), "escalation": ("升级", "escalation")}[node.event]
    name = place.get("name") or place.get("id") or ""
    if local(place) == "process":
        return node.warning(
            f"{node.event}-uncaught",
            f"抛出的{zh}“{code}”没有人接住，流程会停在这里成为异常；请在流程“{name}”里画一个接这个{zh}的事件子流程，或在调用它的活动上画{zh}边界事件。",
            f"throws the {en} “{code}”, which nobody catches, so the instance stops here as an incident; draw an event sub-process for it in the process “{name}”, or an {en} boundary event on the activity that calls it.",
        )
    return node.error(
        f"{node.event}-uncaught",
        f"抛出的{zh}“{code}”没有人接住，流程会停在这里成为异常；请在“{name}”上画接这个{zh}的边界事件。",
        f"throws the {en} “{code}”, which nobody catches, so the instance stops here as an incident; draw an {en} boundary event for it on “{name}”.",
    )


def _uncaught(drawing: Drawing, thrower: etree._Element, kind: str, code: str) -> Iterator[etree._Element]:
    """The outermost activities or processes that what is thrown leaves uncaught, through every call."""
    visited: set[str] = set()
    pending = [thrower]
    while pending:
        escaped, process = _outwards(pending.pop(), kind, code)
        if process is None:
            continue
        calls = list(_calls_of(drawing, process.get("id", "")))
        if process.get("id", "") in visited:
            continue
        visited.add(process.get("id", ""))
        if calls:
            pending += calls
        else:
            yield process if escaped is thrower else escaped


def _outwards(thrower: etree._Element, kind: str, code: str) -> tuple[etree._Element, etree._Element | None]:
    """From an element outwards (BPMN 2.0, 10.5.7): the last activity left, and the process; None: it was caught."""
    here = thrower
    while True:
        scope = here.getparent()
        left = here is not thrower or local(here) == "callActivity"
        if scope is None or (left and _on(here, kind, code)):
            return here, None
        # What an event sub-process throws is never caught by those of the same scope.
        if here.get("triggeredByEvent") != "true" and _beside(scope, kind, code):
            return here, None
        if local(scope) != "subProcess":
            return here, scope
        here = scope


def _on(activity: etree._Element, kind: str, code: str) -> bool:
    scope = activity.getparent()
    assert scope is not None
    on_it = (
        event
        for event in scope.iterfind(f"{B}boundaryEvent")
        if event.get("attachedToRef") == activity.get("id")
    )
    return any(_catches(event, kind, code) for event in on_it)


def _beside(scope: etree._Element, kind: str, code: str) -> bool:
    listening = (
        process for process in scope.iterfind(f"{B}subProcess") if process.get("triggeredByEvent") == "true"
    )
    return any(
        _catches(start, kind, code) for process in listening for start in process.iterfind(f"{B}startEvent")
    )


def _catches(event: etree._Element, kind: str, code: str) -> bool:
    definitions = event.findall(f"{B}{kind}EventDefinition")
    return any(
        not definition.get(f"{kind}Ref") or _code(definition, kind) == code for definition in definitions
    )


def _code(definition: etree._Element, kind: str) -> str:
    """The code by which thrower and catcher meet, as the reader of diagrams takes it."""
    reference = definition.get(f"{kind}Ref")
    for element in definition.getroottree().getroot().iterfind(f"{B}{kind}"):
        if reference and element.get("id") == reference:
            return element.get(f"{kind}Code") or element.get("name") or ""
    return ""


def _calls_of(drawing: Drawing, process: str) -> Iterator[etree._Element]:
    """The call activities of all files of the version that call a process."""
    files = {id(root): root for root in (tree.getroottree().getroot() for tree in drawing.beside.values())}
    for root in (drawing.element, *files.values()):
        for call in root.iter(f"{B}callActivity"):
            if call.get("calledElement") == process:
                yield call


RULES = (keys, written, caught)
