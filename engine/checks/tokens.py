"""Soundness: the tokens of a scope are played through, to find joins that wait for ever.

Each flow holds tokens and belongs to one target, so steps of different nodes never disturb each
other; it is enough to let one node move at a time and to try all ways it can choose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from engine.checks.finding import Finding
from engine.checks.model import Drawing, Flow, NodeModel, ScopeModel, reachable

MOST_WORK = 60_000
"""Tokens looked at per start event; larger diagrams are judged as far as they were seen."""
_MOST_WAYS = 6
_MOST_TOKENS = 4
_JOINS = ("parallelGateway", "inclusiveGateway")
Marking = tuple[tuple[int, int], ...]


class _Play:
    """The flows of a scope as places, collapsed where nothing happens."""

    def __init__(self, scope: ScopeModel, *, subsets: bool) -> None:
        self.scope = scope
        self.subsets = subsets
        self.places: list[Flow | NodeModel] = []
        self.number: dict[Flow | NodeModel, int] = {}
        self.stuck: set[NodeModel] = set()
        self.doubled: set[NodeModel] = set()
        self._reach: dict[NodeModel, set[NodeModel]] = {}

    def place(self, where: Flow | NodeModel) -> int:
        """The number of a flow, or of a node that is entered without one (by a link, at a start)."""
        if where not in self.number:
            self.number[where] = len(self.places)
            self.places.append(where)
        return self.number[where]

    def target(self, place: int) -> NodeModel:
        where = self.places[place]
        if isinstance(where, Flow):
            assert where.target is not None
            return where.target
        return where

    def explore(self, *first: int) -> None:
        """Play from a token on each of these places."""
        start: Marking = tuple(sorted((place, first.count(place)) for place in set(first)))
        visited, pending = {start}, [start]
        work = 0
        while pending and work < MOST_WORK:
            now = pending.pop()
            work += 1 + len(now)
            for marking in self.after(now):
                if marking not in visited:
                    visited.add(marking)
                    pending.append(marking)

    def after(self, marking: Marking) -> Iterator[Marking]:
        """The markings that follow when one node moves in all its ways."""
        held = dict(marking)
        arrived: dict[NodeModel, list[int]] = {}
        for place in held:
            arrived.setdefault(self.target(place), []).append(place)
        node = self._mover(arrived, held)
        if node is None:
            self.stuck |= {following for following in arrived if following.kind == "parallelGateway"}
            return
        if (
            len(node.incoming) > 1
            and node.kind not in (*_JOINS, "endEvent")
            and sum(held[p] for p in arrived[node]) > 1
        ):
            self.doubled.add(node)
        taken = arrived[node] if node.kind in _JOINS else arrived[node][:1]
        rest = dict(held)
        for place in taken:
            rest[place] -= 1
            if not rest[place]:
                del rest[place]
        for way in self.ways(node):
            if way is None:
                yield ()
                continue
            following = dict(rest)
            for place in way:
                following[place] = following.get(place, 0) + 1
            if all(count <= _MOST_TOKENS for count in following.values()):
                yield tuple(sorted(following.items()))

    def _mover(self, arrived: dict[NodeModel, list[int]], held: dict[int, int]) -> NodeModel | None:
        """Whoever moves next: merges late, so that doubled tokens are seen; inclusive joins last."""
        merging: NodeModel | None = None
        inclusive: list[NodeModel] = []
        for node, places in arrived.items():
            if node.kind == "parallelGateway":
                if len(places) >= max(1, len(node.incoming)):
                    return node
            elif node.kind == "inclusiveGateway" and len(node.incoming) > 1:
                inclusive.append(node)
            elif len(node.incoming) > 1:
                merging = merging or node
            else:
                return node
        if merging is not None:
            return merging
        for node in inclusive:
            if not any(node in self._ahead(other) for other in arrived if other is not node):
                return node
        return inclusive[0] if inclusive else None

    def _ahead(self, node: NodeModel) -> set[NodeModel]:
        if node not in self._reach:
            self._reach[node] = reachable(node.ahead())
        return self._reach[node]

    def ways(self, node: NodeModel) -> list[list[int] | None]:
        """Where its tokens may go: alternatives of places; None ends the whole scope."""
        if node.kind == "endEvent":
            return [None] if node.event in ("terminate", "error") else [[]]
        if node.event == "link":
            jumps = [self.place(following) for following in node.ahead() if following.kind != "boundaryEvent"]
            if node.kind == "intermediateThrowEvent":
                return [jumps]
        flows = [self.place(flow) for flow in node.outgoing]
        choices: list[list[int] | None]
        if node.kind in ("exclusiveGateway", "eventBasedGateway") and flows:
            choices = [[flow] for flow in flows]
        elif node.conditional and len(flows) > 1:
            choices = list(self._chosen(node))
        else:
            choices = [flows]
        for event in node.boundary:
            if event.interrupts and not event.is_compensation_event:
                choices.append([self.place(flow) for flow in event.outgoing])
        return choices

    def _chosen(self, node: NodeModel) -> Iterator[list[int]]:
        """What an inclusive gateway may take: all that have conditions, or (subsets) some; else the default."""
        always = [self.place(flow) for flow in node.outgoing if not flow.condition and not flow.default]
        perhaps = [self.place(flow) for flow in node.outgoing if flow.condition and not flow.default]
        yield always + perhaps
        if self.subsets:
            sizes = range(len(perhaps)) if len(perhaps) <= _MOST_WAYS else [0, 1]
            for size in sizes:
                for combination in combinations(perhaps, size):
                    if combination or always:
                        yield [*always, *combination]
            if not always:
                yield [self.place(flow) for flow in node.outgoing if flow.default]


def _played(scope: ScopeModel, *, subsets: bool) -> _Play:
    play = _Play(scope, subsets=subsets)
    for start in scope.starts:
        play.explore(play.place(start))
    for node in scope.nodes:
        # What a reminder sets off runs beside the rest; it is played alone.
        if node.kind == "boundaryEvent" and not node.interrupts:
            for flow in node.outgoing:
                play.explore(play.place(flow))
    return play


def soundness(drawing: Drawing) -> Iterator[Finding]:
    """Joins get what they wait for, and merges do not double the work."""
    for scope in drawing.scopes:
        if not any(len(node.incoming) > 1 for node in scope.nodes):
            continue
        sure = _played(scope, subsets=False)
        for node in scope.nodes:
            if node in sure.stuck:
                yield node.error(
                    "join-deadlock",
                    "会永远等下去：进来的线不会都有到达的（前面是二选一，或有一路提前结束）；请改用排他网关汇合。",
                    "can wait for ever: not all of its incoming flows are reached (a choice lies before it, or one branch ends early); join by an exclusive gateway instead.",
                )
            elif node in sure.doubled:
                yield _doubled(node)
        if not any(node.conditional and node.kind != "exclusiveGateway" for node in scope.nodes):
            continue
        perhaps = _played(scope, subsets=True)
        for node in scope.nodes:
            if node in perhaps.stuck and node not in sure.stuck:
                yield node.warning(
                    "join-deadlock",
                    "可能永远等下去：前面的包容网关不一定走每条线；请改用包容网关汇合。",
                    "may wait for ever: the inclusive gateway before it need not take every flow; join by an inclusive gateway.",
                )
            elif node in perhaps.doubled and node not in sure.doubled:
                yield _doubled(node)


def waits_for_ever(scope: ScopeModel, standing: Iterable[tuple[str, str]]) -> list[NodeModel]:
    """Joins that would not get what they wait for, if tokens stood on these nodes.

    Each token is the id of its node and, where it waits in a join, of the node that it came from.
    """
    play = _Play(scope, subsets=False)
    nodes = {node.id: node for node in scope.nodes}
    places = []
    for here, came in standing:
        node = nodes[here]
        flow = next((flow for flow in node.incoming if flow.source and flow.source.id == came), None)
        places.append(play.place(flow if flow is not None and node.kind in _JOINS else node))
    play.explore(*places)
    return sorted(play.stuck, key=lambda node: node.id)


def _doubled(node: NodeModel) -> Finding:
    return node.warning(
        "merge-doubles",
        "会走两遍或更多：并行的几路在这里没有汇合就各自往下走；请在它前面用并行网关汇合。",
        "is passed twice or more: parallel branches meet here without being joined; join them by a parallel gateway before it.",
    )


RULES = (soundness,)
