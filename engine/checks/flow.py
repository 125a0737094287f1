"""The flow as a graph: what begins, ends, is reached, chooses, and goes round."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from engine.checks.finding import Finding
from engine.checks.model import CHOICES, GATEWAYS, Drawing, Flow, NodeModel, reachable

_WAITS = ("userTask", "manualTask", "receiveTask", "eventBasedGateway", "callActivity")
_CHANGES = ("serviceTask", "businessRuleTask", "sendTask", "callActivity")


def ends(drawing: Drawing) -> Iterator[Finding]:
    """Starts and boundary events have nothing before them, ends nothing behind."""
    for node in drawing.nodes:
        if node.kind in ("startEvent", "boundaryEvent") and node.incoming:
            yield node.error(
                "start-incoming",
                "不能有进来的线；要回到这里，请连到它后面的那一步。",
                "must not have an incoming flow; to come back here, connect the step behind it.",
            )
        if node.kind == "endEvent" and node.outgoing:
            yield node.error(
                "end-outgoing",
                "是结束事件，后面的线永远不会走；请删去线，或改成中间事件。",
                "is an end event, so the flow behind it is never taken; take it out, or make it an intermediate event.",
            )


def reached(drawing: Drawing) -> Iterator[Finding]:
    """Every node can be reached from a start event; of a chain that cannot, its beginning is named."""
    for scope in drawing.scopes:
        if not scope.starts:
            continue
        reachable_nodes = reachable(scope.begins)
        left = [node for node in scope.nodes if node not in reachable_nodes]
        part = {node: number for number, ring in enumerate(_parts(left)) for node in ring}
        entered = {
            part[following]
            for node in left
            for following in node.ahead()
            if part.get(following, part[node]) != part[node]
        }
        named: set[int] = set()
        for node in left:
            if part[node] in entered or part[node] in named:
                continue
            if node.kind == "boundaryEvent" and node.host is None:
                continue  # the rule about hosts says it
            if node.kind == "intermediateCatchEvent" and node.event == "link":
                continue  # the rule about links says it
            named.add(part[node])
            yield node.error(
                "unreachable",
                "从开始事件走不到；请连上线，或删去。",
                "cannot be reached from a start event; connect it, or take it out.",
            )


def dead_ends(drawing: Drawing) -> Iterator[Finding]:
    """What has nothing behind it ends there, which an end event would say."""
    for scope in drawing.scopes:
        broken = {flow.element.get("sourceRef") for flow in scope.flows if flow.target is None}
        for node in scope.nodes:
            if node.kind == "endEvent" or node.ahead() or node.id in broken or node.event == "link":
                continue
            if node.listens or node.undoes or node.is_compensation_event:
                continue
            if node.kind == "boundaryEvent" and node.host is None:
                continue
            if node.kind == "eventBasedGateway":
                yield node.error(
                    "event-gateway",
                    "后面没有事件；请至少连到两个捕获事件。",
                    "has no events behind it; connect it to two catch events or more.",
                )
            elif node.kind == "startEvent":
                yield node.error(
                    "start-alone",
                    "后面没有步骤；请连到第一步。",
                    "has no step behind it; connect it to the first step.",
                )
            else:
                yield node.warning(
                    "dead-end",
                    "后面没有线，走到这里就结束；请连到下一步或结束事件。",
                    "has nothing behind it, so its path ends there; connect it to the next step or to an end event.",
                )


def can_end(drawing: Drawing) -> Iterator[Finding]:
    """From everywhere an end can be reached."""
    for scope in drawing.scopes:
        if scope.owner is not None and not scope.nodes:
            continue
        if scope.nodes and not any(node.kind == "endEvent" for node in scope.nodes):
            thing = scope.owner or scope
            yield thing.said(
                "warning" if scope.owner else "error",
                "end-missing",
                "里没有结束事件；请画一个。",
                "has no end event inside; draw one.",
            )
            if not any(not node.ahead() and not node.undoes for node in scope.nodes):
                continue  # no way out at all: said once
        aside = {node for node in scope.nodes if node.undoes or node.is_compensation_event}
        saved = [
            node
            for node in scope.nodes
            if (node.kind == "endEvent" or not node.ahead()) and node not in aside
        ]
        if not saved:
            continue
        before: dict[NodeModel, list[NodeModel]] = {}
        for node in scope.nodes:
            for following in node.ahead():
                before.setdefault(following, []).append(node)
        safe = set(saved)
        while saved:
            more = [earlier for earlier in before.get(saved.pop(), ()) if earlier not in safe]
            safe.update(more)
            saved += more
        known = reachable(scope.begins)  # what is never reached is said to be so, and no more
        lost = [node for node in scope.nodes if node not in safe and node in known and node not in aside]
        trapped = set(lost)
        for node in lost:
            entered = any(flow.source not in trapped for flow in node.incoming) or not node.incoming
            if entered or node is lost[0]:
                yield node.error(
                    "no-way-out",
                    "之后走不到任何结束事件；请画一条能结束的路。",
                    "leads to no end event; draw a way out.",
                )


def choices(drawing: Drawing) -> Iterator[Finding]:
    """Gateways and activities with conditions behind them always know a way."""
    for node in drawing.nodes:
        if not node.conditional or not node.outgoing:
            continue
        if len(node.outgoing) > 1 and node.kind in CHOICES:
            yield from _unconditional(node)
        yield from _never_taken(node)
        if any(not flow.condition and not flow.default for flow in node.outgoing):
            continue
        if not any(flow.default for flow in node.outgoing) and not _complementary(node.outgoing):
            yield node.warning(
                "no-default",
                "没有默认流向；条件都不成立时会停在这里。请选一条默认流向。",
                "has no default flow; when no condition holds, the process stops here. Make one flow the default.",
            )


def _unconditional(node: NodeModel) -> Iterator[Finding]:
    bare = [flow for flow in node.outgoing if not flow.condition and not flow.default]
    if node.kind == "exclusiveGateway":
        for flow in bare:
            yield flow.error(
                "condition-missing",
                f"从排他网关“{node.label}”出来，却没有条件，也不是默认流向；请写条件，或设为默认流向。",
                f"leaves the exclusive gateway “{node.label}” without a condition and is not its default; give it a condition, or make it the default.",
            )
    for flow in bare if node.kind == "inclusiveGateway" else ():
        yield flow.warning(
            "condition-missing",
            f"从包容网关“{node.label}”出来，没有条件，所以每次都走；有意如此请用并行网关。",
            f"leaves the inclusive gateway “{node.label}” without a condition, so it is always taken; give it one.",
        )


def _never_taken(node: NodeModel) -> Iterator[Finding]:
    """A default flow is taken when no other is, and one without a condition always is."""
    bare = [flow for flow in node.outgoing if not flow.condition and not flow.default]
    if not bare or node.kind == "exclusiveGateway":  # there the flow without a condition is the fault
        return
    for flow in node.outgoing:
        if flow.default:
            other = bare[0].target.label if bare[0].target is not None else bare[0].label
            yield flow.warning(
                "default-never",
                f"是默认流向，但到“{other}”的线没有条件、每次都走，所以默认流向永远不会走；请给那条线写条件，或不设默认流向。",
                f"is the default flow, but the flow to “{other}” has no condition and is always taken, so the default never is; give that flow a condition, or make none the default.",
            )


_OPPOSITE = {"=": "!=", "<": ">=", ">": "<="}


def _complementary(flows: list[Flow]) -> bool:
    """Whether two conditions are plainly each other's opposite."""
    if len(flows) != 2:
        return False
    first, second = (_bare(flow.condition) for flow in flows)
    return any(_negated(condition, other) for condition, other in ((first, second), (second, first)))


def _bare(text: str) -> str:
    inner = re.fullmatch(r"[$#]\{(.*)\}|=(?!=)(.*)", text.strip(), re.DOTALL)
    next_ = next((group for group in inner.groups() if group is not None), "") if inner else text
    return re.sub(r"\s+", " ", next_.replace("==", "=")).strip()


def _negated(condition: str, other: str) -> bool:
    if re.fullmatch(r"!\s*[\w.]+", other):
        return other[1:].strip() == condition
    if re.fullmatch(r"not\s*\(.*\)", other):
        return other[other.index("(") + 1 : -1].strip() == condition
    left, right = (
        re.fullmatch(r"([\w.]+) ?(<=|>=|!=|<|>|=) ?([\w.'\"]+)", text) for text in (condition, other)
    )
    if not left or not right or (left[1], left[3]) != (right[1], right[3]):
        return left is not None and right is not None and left[1] == right[1] and _truths(left, right)
    return _OPPOSITE.get(left[2]) == right[2]


def _truths(left: re.Match[str], right: re.Match[str]) -> bool:
    return left[2] == right[2] == "=" and {left[3], right[3]} == {"true", "false"}


def ignored_conditions(drawing: Drawing) -> Iterator[Finding]:
    """A condition counts behind an activity, an exclusive or an inclusive gateway, and nowhere else."""
    for flow in drawing.flows:
        if not flow.condition or flow.source is None:
            continue
        if not flow.source.conditional:
            what = GATEWAYS.get(flow.source.kind)
            zh = f"{what.zh}“{flow.source.label}”" if what else f"“{flow.source.label}”"
            en = f"the {what.en} “{flow.source.label}”" if what else f"“{flow.source.label}”"
            yield flow.error(
                "condition-ignored",
                f"从{zh}出来的线带有条件，条件不起作用；请在中间画一个排他或包容网关。",
                f"has a condition and leaves {en}, where conditions do nothing; draw an exclusive or inclusive gateway in between.",
            )
        elif flow.default:
            yield flow.warning(
                "condition-ignored",
                "是默认流向，它的条件不起作用；请删去条件。",
                "is the default flow, so its condition does nothing; take the condition out.",
            )


def gateways(drawing: Drawing) -> Iterator[Finding]:
    """A gateway splits or joins."""
    for node in drawing.nodes:
        if (
            node.kind in ("parallelGateway", "inclusiveGateway")
            and len(node.incoming) > 1
            and len(node.outgoing) > 1
        ):
            yield node.warning(
                "gateway-mixed",
                "既汇合又分开，不易看懂；请画成两个网关。",
                "both joins and splits, which is hard to read; draw two gateways.",
            )
        if node.kind == "eventBasedGateway":
            yield from _event_gateway(node)


def _event_gateway(node: NodeModel) -> Iterator[Finding]:
    targets = [flow.target for flow in node.outgoing if flow.target]
    if len(targets) == 1:
        yield node.warning(
            "event-gateway",
            "后面只有一个事件，网关是多余的；请再连一个事件，或删去网关。",
            "has one event behind it and is not needed; connect another event, or take it out.",
        )
    if not node.incoming:
        return
    for target in dict.fromkeys(targets):
        waits = target.kind == "receiveTask" or (
            target.kind == "intermediateCatchEvent" and target.event in ("message", "signal", "timer")
        )
        if not waits:
            yield target.error(
                "event-gateway",
                f"在事件网关“{node.label}”之后，这里只能是消息、信号、定时捕获事件或接收任务；请在中间画一个。",
                f"follows the event-based gateway “{node.label}”, behind which stand message, signal or timer catch events and receive tasks only; draw one in between.",
            )
        elif target.loops or target.boundary:
            yield target.error(
                "event-gateway",
                f"在事件网关“{node.label}”之后，不能循环，也不能带边界事件；请把它们放到后一步上。",
                f"follows the event-based gateway “{node.label}”, so it cannot repeat or carry boundary events; put them on the next step.",
            )
        elif len(target.incoming) > 1:
            yield target.warning(
                "event-gateway",
                f"在事件网关“{node.label}”之后，又有别的线进来；请另画一个事件。",
                f"follows the event-based gateway “{node.label}” and has another incoming flow; draw a second event.",
            )


def rings(drawing: Drawing) -> Iterator[Finding]:
    """A ring of steps waits for somebody or something in each round."""
    for scope in drawing.scopes:
        automatic = [node for node in scope.nodes if not waits(node)]
        for ring in rings_of(automatic):
            inside = set(ring)
            leaves = any(following not in inside for node in ring for following in node.ahead())
            changes = any(node.kind in _CHANGES or node.inside for node in ring)
            names = " → ".join(node.label for node in ring[:5]) + (" …" if len(ring) > 5 else "")
            head = ring[0]
            if leaves and changes:
                yield head.warning(
                    "ring-without-wait",
                    f"所在的环（{names}）里没有要等待的步骤；请确认它总能出来，否则会被中止。",
                    f"is in a ring ({names}) in which nothing waits; be sure that it always ends, or it will be stopped.",
                )
            else:
                yield head.error(
                    "ring-without-wait",
                    f"所在的环（{names}）里没有要等待的步骤，会一直打转；请在环里加一个用户任务、定时或消息事件，或画一个出口。",
                    f"is in a ring ({names}) in which nothing waits, so it turns for ever; put a user task, a timer or a message event into it, or a way out.",
                )


def waits(node: NodeModel) -> bool:
    """Whether a token may stand here until something happens."""
    if node.kind in _WAITS:
        return True
    if node.kind in ("intermediateCatchEvent", "boundaryEvent"):
        return node.event in ("message", "signal", "timer")
    return node.inside is not None and any(waits(inner) for inner in node.inside.nodes)


def rings_of(nodes: Iterable[NodeModel]) -> list[list[NodeModel]]:
    """The parts in which one can go round."""
    return [part for part in _parts(nodes) if len(part) > 1 or part[0] in part[0].ahead()]


def _parts(nodes: Iterable[NodeModel]) -> list[list[NodeModel]]:
    """The strongly connected components (Tarjan, without recursion)."""
    inside = list(nodes)
    among = set(inside)
    index: dict[NodeModel, int] = {}
    low: dict[NodeModel, int] = {}
    stack: list[NodeModel] = []
    on_stack: set[NodeModel] = set()
    result: list[list[NodeModel]] = []
    for root in inside:
        if root in index:
            continue
        work = [(root, iter([following for following in root.ahead() if following in among]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, following = work[-1]
            for element in following:
                if element not in index:
                    index[element] = low[element] = len(index)
                    stack.append(element)
                    on_stack.add(element)
                    work.append((element, iter([other for other in element.ahead() if other in among])))
                    break
                if element in on_stack:
                    low[node] = min(low[node], index[element])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    ring: list[NodeModel] = []
                    while True:
                        element = stack.pop()
                        on_stack.discard(element)
                        ring.append(element)
                        if element is node:
                            break
                    result.append(ring[::-1])
    return result


RULES = (ends, reached, dead_ends, can_end, choices, ignored_conditions, gateways, rings)
