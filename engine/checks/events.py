"""Events: which kinds may stand where, what they need, and timers that can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from lxml import etree

from engine.checks.finding import Finding
from engine.checks.model import EVENTS, B, Drawing, NodeModel, ScopeModel, local, text_of
from engine.expressions import ExpressionError, compile_value
from engine.iso import BadTime, cycle, duration, instant
from engine.text import LocalizedText

_KINDS = {
    "startEvent": ("message", "signal", "timer"),
    "endEvent": ("message", "signal", "error", "escalation", "terminate", "compensate"),
    "intermediateCatchEvent": ("message", "signal", "timer", "link"),
    "intermediateThrowEvent": ("message", "signal", "escalation", "link", "compensate"),
    "boundaryEvent": ("message", "signal", "timer", "error", "escalation", "compensate"),
}
_CALLED = {
    "message": LocalizedText("消息", "message"),
    "signal": LocalizedText("信号", "signal"),
    "timer": LocalizedText("定时", "timer"),
    "error": LocalizedText("错误", "error"),
    "escalation": LocalizedText("升级", "escalation"),
    "terminate": LocalizedText("终止", "terminate"),
    "link": LocalizedText("链接", "link"),
    "conditional": LocalizedText("条件", "conditional"),
    "compensate": LocalizedText("补偿", "compensation"),
    "cancel": LocalizedText("取消", "cancel"),
}
_INSTEAD = {
    "conditional": LocalizedText("请改用消息或信号事件", "use a message or a signal event"),
    "compensate": LocalizedText(
        "请把撤销的步骤画在普通的流向上", "draw the steps that undo on an ordinary flow"
    ),
    "cancel": LocalizedText(
        "请改用错误结束事件和错误边界事件", "use an error end event and an error boundary event"
    ),
}
_TIMES = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
_ZONE = ZoneInfo("Asia/Shanghai")


def kinds(drawing: Drawing) -> Iterator[Finding]:
    """Each event is of one kind, and of a kind that runs at its place."""
    for node in drawing.nodes:
        if node.kind not in EVENTS:
            continue
        count = len(node.events) + len(node.children("eventDefinitionRef"))
        if node.children("eventDefinitionRef"):
            yield node.error(
                "event-reference",
                "引用了别处的事件定义（eventDefinitionRef），这里不支持；请把定义画在事件里。",
                "refers to an event definition elsewhere, which is not supported; put the definition into the event.",
            )
        if count > 1:
            yield node.error(
                "event-multiple",
                "是多重事件（有几个事件定义），这里不支持；请拆成几个事件，需要任选其一时用事件网关。",
                "is a multiple event (it has several definitions), which is not supported; draw several events, behind an event-based gateway when the first one decides.",
            )
        elif node.event and node.event not in _allowed(node):
            yield _refused(node)
        elif not node.event and not count and node.kind in ("intermediateCatchEvent", "boundaryEvent"):
            yield node.error(
                "event-none",
                "没有写等待什么；请选消息、信号或定时。",
                "does not say what it waits for; make it a message, signal or timer event.",
            )


def _allowed(node: NodeModel) -> tuple[str, ...]:
    owner = node.scope.owner
    if node.kind == "startEvent" and owner is not None and owner.listens:
        return (*_KINDS["startEvent"], "error", "escalation")
    return _KINDS[node.kind]


def _refused(node: NodeModel) -> Finding:
    what = _CALLED.get(node.event, LocalizedText(node.event, node.event))
    place = EVENTS[node.kind]
    known = _allowed(node)
    instead = _INSTEAD.get(
        node.event,
        LocalizedText(
            f"这里可以用：{'、'.join(_CALLED[name].zh for name in known)}",
            f"here one can use: {', '.join(_CALLED[name].en for name in known)}",
        ),
    )
    return node.error(
        "event-kind",
        f"是{what.zh}{place.zh}，这里不支持；{instead.zh}。",
        f"is a {what.en} {place.en}, which is not supported; {instead.en}.",
    )


def needs(drawing: Drawing) -> Iterator[Finding]:
    """What an event of each kind must say."""
    for node in drawing.nodes:
        if node.kind not in EVENTS or len(node.events) != 1:
            continue
        definition = node.events[0]
        if node.event in ("message", "signal") and not definition.get(f"{node.event}Ref"):
            what = _CALLED[node.event]
            yield node.error(
                "event-unnamed",
                f"没有写是哪个{what.zh}；请在属性面板里选一个{what.zh}。",
                f"does not say which {what.en} it is about; choose a {what.en} in the properties.",
            )
        elif (
            node.event in ("error", "escalation")
            and not definition.get(f"{node.event}Ref")
            and node.kind not in ("boundaryEvent", "startEvent")
        ):
            what = _CALLED[node.event]
            yield node.warning(
                "event-unnamed",
                f"没有写是哪个{what.zh}，只有不分{what.zh}的边界事件能接住它；请选一个{what.zh}。",
                f"does not say which {what.en} it throws, so only a catch-all boundary event catches it; choose one.",
            )
        if node.kind == "boundaryEvent" and node.event == "error" and not node.interrupts:
            yield node.error(
                "boundary-error",
                "是不中断的错误边界事件，BPMN 里没有；请改为中断，或改用升级事件。",
                "is an error boundary event that does not interrupt, which BPMN does not have; let it interrupt, or use an escalation.",
            )


def twins(drawing: Drawing) -> Iterator[Finding]:
    """Two boundary events for one error: the second never fires."""
    for node in drawing.nodes:
        caught = Counter(
            (event.event, event.events[0].get(f"{event.event}Ref") or "")
            for event in node.boundary
            if event.event in ("error", "escalation")
        )
        for (event, _), count in caught.items():
            if count > 1:
                yield node.warning(
                    "boundary-twice",
                    f"上有 {count} 个边界事件接同一个{_CALLED[event].zh}，只有一个会发生；请删去多余的。",
                    f"has {count} boundary events for one {_CALLED[event].en}, of which one happens; take out the others.",
                )


def links(drawing: Drawing) -> Iterator[Finding]:
    """A link leads from throw events to one catch event in the same scope."""
    for scope in drawing.scopes:
        throws = [
            node for node in scope.nodes if node.kind == "intermediateThrowEvent" and node.event == "link"
        ]
        catches = [
            node for node in scope.nodes if node.kind == "intermediateCatchEvent" and node.event == "link"
        ]
        for throw in throws:
            aims = [other for other in catches if other.link == throw.link]
            if not aims:
                yield throw.error(
                    "link-broken",
                    f"跳到链接“{throw.link}”，而同一层里没有这个名字的链接捕获事件；请画一个，或改名。",
                    f"jumps to the link “{throw.link}”, and there is no link catch event of this name on its level; draw one, or rename it.",
                )
            if throw.outgoing:
                yield throw.error(
                    "link-outgoing",
                    "是链接抛出事件，后面的线不会走；请把线接在链接捕获事件后。",
                    "is a link throw event, so the flow behind it is never taken; let it leave from the link catch event.",
                )
        for name, count in Counter(catch.link for catch in catches).items():
            if count > 1:
                yield next(catch for catch in catches if catch.link == name).error(
                    "link-twice",
                    f"：链接“{name}”有 {count} 个捕获事件；请只留一个。",
                    f"is one of {count} catch events of the link “{name}”; keep one.",
                )
        for catch in catches:
            if catch.link not in {other.link for other in throws}:
                yield catch.error(
                    "link-broken",
                    f"是链接“{catch.link}”的捕获事件，而没有抛出事件跳到这里；请画一个，或改名。",
                    f"catches the link “{catch.link}”, and nothing jumps to it; draw a throw event, or rename it.",
                )
            if catch.incoming:
                yield catch.error(
                    "link-incoming",
                    "是链接捕获事件，不能有进来的线；请把线删去，改用链接抛出事件跳来。",
                    "is a link catch event, which has no incoming flow; take it out and jump by a link throw event.",
                )


def starts(drawing: Drawing) -> Iterator[Finding]:
    """Where a process and a sub-process begin."""
    for scope in drawing.scopes:
        if scope.owner is not None:
            yield from _inner_starts(scope, scope.owner)
            continue
        if not scope.starts:
            yield scope.error(
                "start-missing",
                "没有开始事件；请画一个，并连到第一步。",
                "has no start event; draw one and connect it to the first step.",
            )
        plain = [start for start in scope.starts if not start.event]
        for extra in plain[1:]:
            yield extra.error(
                "start-twice",
                f"是第二个普通开始事件，流程不知道从哪里开始（另一个是“{plain[0].label}”）；请只留一个。",
                f"is a second plain start event, so the process cannot know where to begin (the other is “{plain[0].label}”); keep one.",
            )


def _inner_starts(scope: ScopeModel, owner: NodeModel) -> Iterator[Finding]:
    if owner.listens:
        yield from _listening(scope, owner)
        return
    plain = [start for start in scope.starts if not start.event]
    if not scope.nodes:
        yield owner.error(
            "subprocess-empty",
            "是空的子流程；请画出里面的步骤，或改成任务。",
            "is an empty sub-process; draw its steps, or make it a task.",
        )
    elif len(plain) != 1:
        yield owner.error(
            "subprocess-start",
            f"里有 {len(plain)} 个普通开始事件，应当正好一个。",
            f"has {len(plain)} plain start events inside; it needs exactly one.",
        )
    for start in scope.starts:
        if start.event:
            yield start.error(
                "subprocess-start",
                "在子流程里，只能是普通开始事件；请去掉它的类型。",
                "stands in a sub-process, where a start event is plain; take its type away.",
            )


def _listening(scope: ScopeModel, owner: NodeModel) -> Iterator[Finding]:
    """An event sub-process waits for one event, and stands beside the flow."""
    if len(scope.starts) != 1 or not scope.starts[0].event:
        yield owner.error(
            "event-subprocess",
            "是事件子流程，里面应当正好有一个开始事件，并且是消息、信号、定时、错误或升级事件。",
            "is an event sub-process, which needs exactly one start event inside: a message, signal, timer, error or escalation event.",
        )
    for start in scope.starts:
        if start.event == "error" and not start.interrupts:
            yield start.error(
                "boundary-error",
                "是不中断的错误开始事件，BPMN 里没有；请改为中断，或改用升级事件。",
                "is an error start event that does not interrupt, which BPMN does not have; let it interrupt, or use an escalation.",
            )
    if owner.incoming or owner.outgoing or owner.boundary or owner.loops:
        yield owner.error(
            "event-subprocess",
            "是事件子流程，由事件触发，不能有进出的线、边界事件和循环标记；请删去。",
            "is an event sub-process: its event triggers it, so it has no flows in or out, no boundary events and no loop marker; take them out.",
        )


def timers(drawing: Drawing) -> Iterator[Finding]:
    """A timer says one time, in ISO 8601 or as an expression."""
    for node in drawing.nodes:
        for definition in node.events:
            if local(definition) != "timerEventDefinition" or node.kind not in EVENTS:
                continue
            timers_drawn = [
                (name, text_of(child))
                for name in _TIMES
                for child in definition.findall(B + name)
                if text_of(child)
            ]
            if not timers_drawn:
                yield node.error(
                    "timer-missing",
                    "没有写时间；请填写日期（2019-09-24）、时长（P3D）或周期（R3/PT24H）。",
                    "has no time; give it a date (2019-09-24), a duration (P3D) or a cycle (R3/PT24H).",
                )
            elif len(timers_drawn) > 1:
                yield node.error(
                    "timer-several",
                    "写了不止一个时间；请只留日期、时长、周期之一。",
                    "has more than one time; keep one date, duration or cycle.",
                )
            else:
                yield from _timer(node, *timers_drawn[0], definition)


def _timer(node: NodeModel, name: str, text: str, definition: etree._Element) -> Iterator[Finding]:
    try:
        compiled = compile_value(text)
        if compiled.names or compiled.calls:
            return
        value = compiled.evaluate({})
        if name == "timeDate":
            instant(value, _ZONE)
        elif name == "timeDuration":
            duration(value)
        elif cycle(value, _ZONE).times == 0:
            raise BadTime(value, LocalizedText("次数不能是零。", "the number of times must not be zero."))
    except (BadTime, ExpressionError) as fault:
        yield node.error(
            "timer-bad",
            f"的时间写得不对：{fault.words.zh}",
            f"has a time that cannot be read: {fault.words.en}",
        )
        return
    except (OverflowError, ValueError):
        yield node.error(
            "timer-bad", f"的时间“{text}”太大；请改小。", f"has the time “{text}”, which is too large."
        )
        return
    if (
        name == "timeCycle"
        and (node.kind == "intermediateCatchEvent" or node.interrupts)
        and not (node.kind == "startEvent" and node.scope.owner is None)
    ):
        yield node.warning(
            "timer-cycle",
            f"的周期“{text}”只会发生一次（只有不中断的边界事件会重复）；请改写成时长或日期。",
            f"has the cycle “{text}”, which happens only once here (only a boundary event that does not interrupt repeats); write a duration or a date.",
        )


RULES = (kinds, needs, twins, links, starts, timers)
