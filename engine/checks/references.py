"""Ids and what refers to them: flows, hosts, messages, processes, decisions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.checks.finding import Finding
from engine.checks.model import ACTIVITIES, BPMNDI, KINDS, REFUSED, B, Drawing, NodeModel, Thing, local

_LONGEST = 200
"""Characters of an id that a row of the database holds."""
_NAME = re.compile(r"[^\W\d][\w.\-]*")


def ids(drawing: Drawing) -> Iterator[Finding]:
    """Every node and process has an id of its own."""
    things: dict[str, Thing] = {}
    for element in drawing.element.iter(f"{B}*"):
        thing = Thing(element)
        if not thing.id:
            if thing.kind in (*KINDS, "process", "message", "signal", "error", "escalation"):
                yield thing.error("id-missing", "没有 id；请给它一个。", "has no id; give it one.")
            continue
        first = things.setdefault(thing.id, thing)
        if first is not thing:
            yield thing.error(
                "id-duplicate",
                f"的 id“{thing.id}”已经用在“{first.label}”（{first.kind}）上；请换一个。",
                f"has the id “{thing.id}”, which “{first.label}” ({first.kind}) has too; change one of them.",
            )
        elif thing.kind in KINDS or thing.kind == "process":
            yield from _spelling(thing)
    for scope in drawing.scopes:
        # The reader keeps processes and insides of sub-processes of all files under one roof.
        if scope.id in drawing.beside:
            yield scope.error(
                "id-duplicate",
                f"的 id“{scope.id}”在一起发布的另一个文件里也有；请换一个。",
                f"has the id “{scope.id}”, which another file of this model uses too; change one of them.",
            )


def _spelling(thing: Thing) -> Iterator[Finding]:
    if len(thing.id) > _LONGEST:
        yield thing.error(
            "id-too-long",
            f"的 id 超过 {_LONGEST} 个字符；请写短。",
            f"has an id of more than {_LONGEST} characters; make it shorter.",
        )
    elif not _NAME.fullmatch(thing.id):
        yield thing.warning(
            "id-spelling",
            f"的 id“{thing.id}”含有空格或符号；请只用文字、数字、下划线、点和连字符，以文字开头。",
            f"has the id “{thing.id}”; use letters, digits, “_”, “.” and “-” only, beginning with a letter.",
        )


def flows(drawing: Drawing) -> Iterator[Finding]:
    """Every sequence flow leads from one node to another in its own scope."""
    everywhere = {node.id: node for node in drawing.nodes if node.id}
    anything = {element.get("id") for element in drawing.element.iter(f"{B}*")}
    for flow in drawing.flows:
        for attribute, end, zh, en in (
            ("sourceRef", flow.source, "起点", "source"),
            ("targetRef", flow.target, "终点", "target"),
        ):
            written = flow.element.get(attribute, "")
            if end is not None:
                continue
            if written in everywhere:
                yield flow.error(
                    "flow-crosses",
                    f"穿过了子流程的边界（{zh}“{everywhere[written].label}”在另一层）；请连到子流程本身，或用事件传递。",
                    f"crosses the border of a sub-process (its {en} “{everywhere[written].label}” is on another level); connect the sub-process itself, or use an event.",
                )
            elif written in anything:
                yield flow.error(
                    "flow-broken",
                    f"的{zh}“{written}”不是流程里能走的元素；请重新连接。",
                    f"has the {en} “{written}”, which is nothing that tokens pass; connect it again.",
                )
            else:
                yield flow.error(
                    "flow-broken",
                    f"的{zh}“{written}”不存在；请重新连接或删去这条线。",
                    f"has the {en} “{written}”, which is not there; connect it again or take it out.",
                )


def defaults(drawing: Drawing) -> Iterator[Finding]:
    """A default flow is one of the flows that leave."""
    for node in drawing.nodes:
        default = node.element.get("default")
        if default and default not in {flow.id for flow in node.outgoing}:
            yield node.error(
                "default-broken",
                f"的默认流向“{default}”不是从它出发的线；请重新选择默认流向。",
                f"has the default flow “{default}”, which does not leave from it; choose the default again.",
            )


def hosts(drawing: Drawing) -> Iterator[Finding]:
    """A boundary event sits on an activity of its own scope."""
    for node in drawing.nodes:
        if node.kind != "boundaryEvent":
            continue
        written = node.element.get("attachedToRef", "")
        if node.host is None:
            yield node.error(
                "boundary-host",
                f"贴在“{written}”上，而同一层里没有它；请把事件拖到一个任务或子流程的边上。",
                f"sits on “{written}”, which is not there; drag it onto the border of a task or sub-process.",
            )
        elif node.host.kind not in (*ACTIVITIES, *REFUSED):
            yield node.error(
                "boundary-host",
                f"贴在“{node.host.label}”上，那不是任务或子流程；请换一个地方。",
                f"sits on “{node.host.label}”, which is neither task nor sub-process; drag it onto one.",
            )


_DECLARED = {
    "messageRef": ("message", "消息", "message"),
    "signalRef": ("signal", "信号", "signal"),
    "errorRef": ("error", "错误", "error"),
    "escalationRef": ("escalation", "升级", "escalation"),
}


def declared(drawing: Drawing) -> Iterator[Finding]:
    """Messages, signals, errors and escalations are declared, with the name by which they meet."""
    tables = {reference: drawing.declared(kind) for reference, (kind, _, _) in _DECLARED.items()}
    reported: set[Thing] = set()
    for node in drawing.nodes:
        for place in [node.element, *node.events]:
            for reference, (_, zh, en) in _DECLARED.items():
                written = place.get(reference)
                if written is None:
                    continue
                thing = tables[reference].get(written)
                if thing is None:
                    yield node.error(
                        "reference-broken",
                        f"引用的{zh}“{written}”没有定义；请在属性面板里选一个{zh}。",
                        f"refers to the {en} “{written}”, which is not defined; choose a {en} in the properties.",
                    )
                elif thing not in reported:
                    reported.add(thing)
                    yield from _named(node, thing, reference, zh, en)


def _named(node: NodeModel, thing: Thing, reference: str, zh: str, en: str) -> Iterator[Finding]:
    code = {"errorRef": "errorCode", "escalationRef": "escalationCode"}.get(reference, "name")
    if not thing.element.get(code) and not thing.element.get("name"):
        yield node.error(
            "reference-nameless",
            f"引用的{zh}“{thing.id}”没有{'名称' if code == 'name' else '代码'}，收发双方无法对上；请填写。",
            f"refers to the {en} “{thing.id}”, which has no {'name' if code == 'name' else 'code'} by which it could be recognised; give it one.",
        )
    elif len(thing.element.get("name") or "") > _LONGEST:
        yield node.error(
            "id-too-long",
            f"引用的{zh}名称超过 {_LONGEST} 个字符；请写短。",
            f"refers to a {en} whose name has more than {_LONGEST} characters; make it shorter.",
        )


def called(drawing: Drawing) -> Iterator[Finding]:
    """A call activity calls a process that is published with it and can be called."""
    own = {scope.id: scope for scope in drawing.processes if scope.id}
    for node in drawing.nodes:
        if node.kind != "callActivity":
            continue
        name = node.called
        if not name:
            yield node.error(
                "called-missing",
                "没有写要调用哪个流程；请填写 Called element。",
                "does not say which process it calls; fill in its called element.",
            )
        elif "${" in name or "#{" in name or name.startswith("="):
            yield node.error(
                "called-missing",
                f"用表达式“{name}”选流程，这里不支持；请写明流程的 id，需要选择时用排他网关。",
                f"chooses its process by the expression “{name}”, which is not supported; write the id, and choose by a gateway.",
            )
        else:
            process = own[name].element if name in own else drawing.beside.get(name)
            if process is None or local(process) != "process":
                yield node.error(
                    "called-unknown",
                    f"调用的流程“{name}”不在一起发布的文件里；请检查 id，或把那个流程的文件一起发布。",
                    f"calls the process “{name}”, which is in none of the files of this model; check the id, or add its file.",
                )
            else:
                yield from _callable(node, name, Thing(process))
                if node.scope.process is None and node.scope.id == name:
                    yield from _recursion(node)


def _callable(node: NodeModel, name: str, process: Thing) -> Iterator[Finding]:
    starts = process.children("startEvent")
    if starts and not any(
        not any(local(event).endswith("EventDefinition") for event in start) for start in starts
    ):
        yield node.error(
            "called-start",
            f"调用的流程“{name}”没有普通的开始事件；请给它画一个。",
            f"calls the process “{name}”, which has no plain start event; draw one there.",
        )


def _recursion(node: NodeModel) -> Iterator[Finding]:
    scope = node.scope
    for start in scope.starts:
        visited, pending = {start, node}, [start]
        while pending:
            here = pending.pop()
            if not here.ahead():
                yield node.warning(
                    "call-recursion",
                    "调用它所在的流程；最多嵌套 50 层，请确认总能走出来。",
                    "calls the process in which it stands; at most 50 levels deep, so be sure that it ends.",
                )
                return
            for following in here.ahead():
                if following not in visited:
                    visited.add(following)
                    pending.append(following)
    yield node.error(
        "call-recursion",
        "每次都再调用它所在的流程，永远不会结束；请加一个不调用就能结束的分支。",
        "always calls the process in which it stands, which never ends; draw a way out before it.",
    )


def decisions(drawing: Drawing) -> Iterator[Finding]:
    """A business rule task asks a decision that is published with it."""
    for node in drawing.nodes:
        if node.kind != "businessRuleTask":
            continue
        name = node.decision
        if not name:
            yield node.error(
                "decision-missing",
                "没有写用哪个决策表；请把实现方式设为 DMN，并填写 Decision reference（camunda:decisionRef）。",
                "does not say which decision it asks; choose the implementation DMN and fill in its decision reference (camunda:decisionRef).",
            )
        elif "${" in name or "#{" in name or name.startswith("="):
            yield node.error(
                "decision-missing",
                f"用表达式“{name}”选决策表，这里不支持；请写明决策的 id。",
                f"chooses its decision by the expression “{name}”, which is not supported; write the id.",
            )
        elif drawing.decisions is not None and name not in drawing.decisions:
            yield node.error(
                "decision-unknown",
                f"用的决策“{name}”不在一起发布的 .dmn 文件里；请检查 id，或把决策表一起发布。",
                f"asks the decision “{name}”, which is in none of the .dmn files of this model; check the id, or add its file.",
            )
        how = node.camunda("mapDecisionResult")
        if how and how not in ("singleEntry", "singleResult", "collectEntries", "resultList"):
            yield node.error(
                "decision-result",
                f"的 mapDecisionResult“{how}”不认识；请用 singleEntry、singleResult、collectEntries 或 resultList。",
                f"has the mapDecisionResult “{how}”; use singleEntry, singleResult, collectEntries or resultList.",
            )


def lanes(drawing: Drawing) -> Iterator[Finding]:
    """A lane holds nodes that are there."""
    known = {element.get("id") for element in drawing.element.iter(f"{B}*")}
    for lane in drawing.element.iter(B + "lane"):
        thing = Thing(lane)
        for child in thing.children("flowNodeRef"):
            written = (child.text or "").strip()
            if written not in known:
                yield thing.warning(
                    "lane-broken",
                    f"这条泳道里的“{written}”不存在；请在建模器里重新保存。",
                    f"is a lane that holds “{written}”, which is not there; save it again in the modeller.",
                )


def picture(drawing: Drawing) -> Iterator[Finding]:
    """What is drawn can be shown: shapes have places, and the nodes have shapes."""
    shapes = list(drawing.element.iter(f"{{{BPMNDI}}}BPMNShape"))
    for shape in shapes:
        for bounds in shape:
            try:
                for side in ("x", "y", "width", "height"):
                    float(bounds.get(side, 0)) if local(bounds) == "Bounds" else None
            except ValueError:
                written = shape.get("bpmnElement") or ""
                yield Finding(
                    "error",
                    "picture-broken",
                    written,
                    "",
                    Thing(shape)
                    .error(
                        "",
                        f"（{written} 的图形）坐标不是数字；请在建模器里重新保存。",
                        f"(the shape of {written}) has coordinates that are no numbers; save it again in the modeller.",
                    )
                    .words,
                )
    drawn = {shape.get("bpmnElement") for shape in shapes}
    missing = [node for node in drawing.nodes if node.id not in drawn]
    if missing and not shapes:
        yield drawing.warning(
            "picture-missing",
            "没有图形布局，不能显示成图；请在建模器里打开并保存。",
            "has no layout and cannot be shown as a picture; open it in a modeller and save it.",
        )
    elif missing:
        yield missing[0].warning(
            "picture-missing",
            f"等 {len(missing)} 个元素没有画在图上；请在建模器里补上。",
            f"and {len(missing) - 1} other elements are not in the picture; draw them in the modeller.",
        )


def executables(drawing: Drawing) -> Iterator[Finding]:
    """A file has a process that can run."""
    if not drawing.processes:
        yield drawing.error(
            "no-process",
            "里没有流程；请至少画一个流程（Pool 里也要有）。",
            "has no process; draw one.",
        )
    elif not any(process.executable for process in drawing.processes):
        yield drawing.processes[0].warning(
            "not-executable",
            "没有勾选“可执行”（isExecutable），发布后不能启动；请在建模器里勾选 Executable。",
            "is not marked as executable, so it cannot be started; tick Executable in the modeller.",
        )
    for process in drawing.processes:
        if process.element.get("isExecutable") is None:
            yield process.warning(
                "executable-unsaid",
                "没有写 isExecutable，按可执行处理；请在建模器里勾选 Executable。",
                "does not say whether it is executable and is taken as such; tick Executable in the modeller.",
            )


RULES = (ids, flows, defaults, hosts, declared, called, decisions, lanes, picture, executables)
