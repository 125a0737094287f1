"""Tokens of one version put onto the diagram of another (or elsewhere on their own), in memory.

What stands on an element that both have, of the same kind, stays as it is: its variables, its draft, its
timers. What stands on an element that is gone needs a place. SpiffWorkflow's own migration resets every
waiting task, forgets timers and leaves instances that cannot be loaded (docs/decisions/0003-migration.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import orjson
from SpiffWorkflow.util.task import TaskState

from engine.checks.model import ScopeModel as DrawnScope
from engine.checks.model import read_drawing
from engine.checks.tokens import waits_for_ever
from engine.definitions.versions import Version
from engine.diagrams.activities import SubProcess
from engine.diagrams.elements import Element, UserTask
from engine.diagrams.events import BoundaryEvent, CatchEvent
from engine.diagrams.gateways import InclusiveGateway, ParallelGateway
from engine.diagrams.tokens import Host, Instance, Internal, Scope, Token
from engine.instances import state
from engine.text import LocalizedText
from engine.xml import parse_xml

_TIES: Final = ("host", "of", "undoes")
"""What binds a token to another one: a boundary event, one of several instances, an undoing."""


@dataclass(frozen=True, slots=True)
class MovePlan:
    """Where tokens go: ``places`` from element to element (by id); ``rearm`` are elements of the target whose
    deadlines and timers are worked out anew, all others keep theirs."""

    target: Version
    places: Mapping[str, str] = field(default_factory=dict)
    rearm: frozenset[str] = frozenset()


class NeedsPlace(Exception):
    """Tokens stand on elements that the target does not have, or has as something else."""

    def __init__(self, elements: list[tuple[str, str]]) -> None:
        super().__init__(", ".join(element for element, _ in elements))
        self.elements = elements
        names = [name or element for element, name in elements]
        self.words = LocalizedText(
            f"新版本里没有“{'”、“'.join(names)}”，或已不是同类步骤；请指定移到哪一步。",
            f"The new version has no “{'”, “'.join(names)}”, or not of that kind; say where it goes.",
        )


class CannotMove(Exception):
    """No choice of places would make it right."""

    def __init__(self, words: LocalizedText) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(slots=True)
class MovedInstance:
    """An instance on its new diagram; the rows that follow are the caller's to write."""

    instance: Instance
    kept: list[Token] = field(default_factory=list)
    """User tasks that stand where they stood."""
    replaced: list[Token] = field(default_factory=list)
    """User tasks that keep their work item and stand on another task now."""
    removed: list[int] = field(default_factory=list)
    """Ids of tokens that are no more."""


def move(stored: bytes, process: str, old: Version, plan: MovePlan, host: Host) -> MovedInstance:
    """Put an instance (its stored state) onto the plan's version.

    Raises:
        NeedsPlace: naming every element for which a place is to be chosen.
        CannotMove: with the reason.
    """
    return _Mover(orjson.loads(stored), process, old, plan, host).move()


class _Mover:
    def __init__(
        self, read: state.StoredState, process: str, old: Version, plan: MovePlan, host: Host
    ) -> None:
        self.read, self.process, self.old, self.plan, self.host = read, process, old, plan, host
        self.lost: list[tuple[str, str]] = []
        self.enter: list[tuple[int, str, Internal]] = []
        self.replaced: set[int] = set()
        self.fresh: dict[int, list[str]] = {}
        self.removed: list[int] = []
        self.raced: set[int] = set()

    def move(self) -> MovedInstance:
        if self.process not in self.plan.target.specs:
            raise CannotMove(
                LocalizedText(
                    f"新版本里没有流程“{self.process}”。", f"The new version has no process “{self.process}”."
                )
            )
        self._carry_scopes()
        if self.lost:
            raise NeedsPlace(list(dict.fromkeys(self.lost)))
        spec = self.plan.target.specs[self.process]
        try:
            instance = state.load(orjson.dumps(self.read), spec, self.plan.target.specs, self.host)
        except KeyError as gone:
            raise CannotMove(
                LocalizedText(f"新版本里没有“{gone.args[0]}”。", f"The new version has no “{gone.args[0]}”.")
            ) from None
        moved = MovedInstance(instance, removed=self.removed)
        self._enter_places(instance)
        self._arm_what_is_new(instance)
        for token in instance.every_token():
            if token.stored and isinstance(token.task_spec, UserTask) and token.state == TaskState.READY:
                (moved.replaced if token.id in self.replaced else moved.kept).append(token)
        _no_join_waits_for_ever(self.plan.target, instance)
        return moved

    # -- the stored state, scope by scope ------------------------------------------------------

    def _carry_scopes(self) -> None:
        owners: dict[int, tuple[str, str]] = {}
        self.read["t"] = self._carry(0, self.process, self.process, self.read["t"], owners)
        _keep_what_can_be_undone(self.read, self.plan.target, self.process)
        inner, left = self.read["s"], []
        while inner:
            ready = [task for task in inner if task["o"] in owners]
            if not ready:
                break
            for scope in ready:
                inner.remove(scope)
                was, now = owners[scope["o"]]
                old_spec, scope["p"] = scope["p"], self._inside(was, now)
                scope["t"] = self._carry(scope["o"], old_spec, scope["p"], scope["t"], owners)
                _keep_what_can_be_undone(scope, self.plan.target, scope["p"])
                left.append(scope)
        for scope in inner:
            self.removed += [row[0] for row in scope["t"]]
        self.read["s"] = left

    def _inside(self, spec: str, name: str) -> str:
        element: SubProcess = self.plan.target.specs[spec].task_specs[name]
        if element.inside not in self.plan.target.specs:
            raise CannotMove(
                LocalizedText(
                    f"新版本里没有流程“{element.inside}”。",
                    f"The new version has no process “{element.inside}”.",
                )
            )
        return element.inside

    def _carry(
        self,
        scope: int,
        was: str,
        now: str,
        rows: list[state.StoredToken],
        owners: dict[int, tuple[str, str]],
    ) -> list[state.StoredToken]:
        """The tokens of one scope that stay; what else becomes of them is noted."""
        before, after = self.old.specs[was].task_specs, self.plan.target.specs[now].task_specs
        kept: dict[int, state.StoredToken] = {}
        gone: list[state.StoredToken] = []
        for row in sorted(rows, key=lambda element: not element[3].keys().isdisjoint(_TIES)):
            number, name, internal = row[0], row[1], row[3]
            tied = internal.get("host", internal.get("of", internal.get("undoes")))
            place = self.plan.places.get(name)
            if (tied is not None and (tied not in kept or tied in self.replaced)) or internal.get(
                "race"
            ) in self.raced:
                self.removed.append(number)
            elif place is not None:
                self._place(scope, before[name], after.get(place), row, kept)
            elif name not in after or not _same_kind(before[name], after[name], internal):
                if "host" in internal or "listens" in internal:
                    self.removed.append(number)
                else:
                    gone.append(row)
            elif tied is not None and "host" in internal and name not in after[kept[tied][1]].boundary:
                self.removed.append(number)
            elif name in self.plan.rearm and "due" in internal:
                self.removed.append(number)
                self.enter.append((scope, name, _ties(internal)))
            else:
                kept[number] = row
                owners[number] = (now, name)
                if "host" not in internal and "listens" not in internal:
                    self.fresh[number] = [
                        event for event in after[name].boundary if event not in before[name].boundary
                    ]
        races = {row[3]["race"] for row in kept.values() if "race" in row[3]} | self.raced
        for row in gone:
            number, name, internal = row[0], row[1], row[3]
            if internal.get("race") in races:
                self.removed.append(number)
            else:
                self.lost.append((before[name].bpmn_id, before[name].bpmn_name or ""))
        for number, row in list(kept.items()):
            if row[3].get("race") in self.raced:
                del kept[number]
                self.removed.append(number)
        self._arm_beside(scope, before, after, list(kept.values()))
        return list(kept.values())

    def _arm_beside(
        self,
        scope: int,
        before: Mapping[str, Element],
        after: Mapping[str, Element],
        kept: list[state.StoredToken],
    ) -> None:
        """What listens in the new version only, and new ways behind an event gateway at which a token waits."""
        self.enter += [
            (scope, name, {"listens": True})
            for name, element in after.items()
            if element.listens and name not in before
        ]
        races = {row[3]["race"]: row[3].get("came", "") for row in kept if "race" in row[3]}
        for race, gateway in races.items():
            if gateway in before and gateway in after:
                new = [flow for flow in after[gateway].flows if flow not in before[gateway].flows]
                self.enter += [(scope, name, {"came": gateway, "race": race}) for name in new]

    def _place(
        self,
        scope: int,
        was: Element,
        now: Element | None,
        row: state.StoredToken,
        kept: dict[int, state.StoredToken],
    ) -> None:
        """A token goes elsewhere: from task to task with its work item, else it comes there anew."""
        if (
            now is None
            or not isinstance(now, (UserTask, CatchEvent))
            or isinstance(now, (BoundaryEvent, SubProcess))
        ):
            raise CannotMove(
                LocalizedText(
                    f"“{was.bpmn_name or was.bpmn_id}”只能移到同一层里的人工任务或等待事件。",
                    f"“{was.bpmn_name or was.bpmn_id}” can only go to a user task or a waiting event on the same level.",
                )
            )
        number, stands, internal = row[0], row[2], row[3]
        plain = "of" not in internal and "multi" not in internal and now.repeat is None
        if isinstance(was, UserTask) and isinstance(now, UserTask) and plain and stands == TaskState.READY:
            moved: Internal = {}
            kept[number] = (number, now.name, stands, moved)
            self.replaced.add(number)
            self.fresh[number] = list(now.boundary)
            return
        if "of" in internal:
            raise CannotMove(
                LocalizedText(
                    f"“{was.bpmn_name or was.bpmn_id}”是多实例中的一份，不能单独移走。",
                    f"“{was.bpmn_name or was.bpmn_id}” is one of several instances; it cannot go alone.",
                )
            )
        self.removed.append(number)
        self.enter.append((scope, now.name, {}))
        if "race" in internal:
            self.raced.add(internal["race"])

    # -- on the new diagram ---------------------------------------------------------------------

    def _enter_places(self, instance: Instance) -> None:
        scopes: dict[int, Scope] = {0: instance, **dict(instance.subprocesses.items())}
        for scope, name, ties in self.enter:
            host = scopes[scope].tasks.get(ties.get("host", -1))
            data = host.data if host is not None else scopes[scope].variables
            scopes[scope].enter(name, data, **ties)

    def _arm_what_is_new(self, instance: Instance) -> None:
        for number, names in self.fresh.items():
            token = instance.find(number)
            for name in names if token is not None else ():
                assert token is not None
                token.workflow.enter(name, token.data, host=number)
            if token is not None and number in self.replaced:
                instance.reached(token.task_spec.particulars.status)


def _ties(internal: Internal) -> Internal:
    """What binds an event that is armed anew to what it belongs to."""
    ties: Internal = {}
    if "host" in internal:
        ties["host"] = internal["host"]
    if "listens" in internal:
        ties["listens"] = internal["listens"]
    if "race" in internal:
        ties["race"] = internal["race"]
    return ties


def _keep_what_can_be_undone(
    scope: state.StoredState | state.StoredScope, target: Version, spec: str
) -> None:
    """Completed activities that compensation may undo, as far as the new diagram has them."""
    if "c" in scope:
        scope["c"] = [name for name in scope["c"] if name in target.specs[spec].task_specs]


def _same_kind(was: Element, now: Element, internal: Internal) -> bool:
    """Whether the token can stand on both alike."""
    if isinstance(now, (ParallelGateway, InclusiveGateway)) and internal.get("came") not in now.sources:
        return False
    if type(was) is not type(now) or (was.repeat is None) != (now.repeat is None):
        return False
    if was.repeat is not None and now.repeat is not None:
        return (was.repeat.sequential, was.repeat.is_loop) == (now.repeat.sequential, now.repeat.is_loop)
    if isinstance(was, CatchEvent) and isinstance(now, CatchEvent):
        return was.event.kind == now.event.kind
    return True


def _no_join_waits_for_ever(target: Version, instance: Instance) -> None:
    """Tokens inside parallel branches need their sisters: without them the join behind never opens."""
    for scope in instance.scopes():
        standing = tuple(sorted(_standing(scope)))
        names = _joins(target, scope.spec.name, standing)
        if names:
            raise CannotMove(
                LocalizedText(
                    f"移过去后会永远等在“{'”、“'.join(names)}”：并行的其他分支上没有办理中的步骤。",
                    f"It would wait for ever at “{'”, “'.join(names)}”: nothing is under way on the other parallel branches.",
                )
            )


def _standing(scope: Scope) -> Iterator[tuple[str, str]]:
    races: set[int] = set()
    for token in scope.live():
        internal = token.internal_data
        if "of" in internal:
            continue
        if "race" in internal:
            if internal["race"] in races:
                continue
            races.add(internal["race"])
            yield str(internal.get("came", token.task_spec.name)), ""
        else:
            joins = isinstance(token.task_spec, (ParallelGateway, InclusiveGateway))
            yield token.task_spec.name, str(internal.get("came", "")) if joins else ""


@lru_cache(maxsize=4096)
def _joins(target: Version, spec: str, standing: tuple[tuple[str, str], ...]) -> list[str]:
    """Names of joins that would wait for ever; many tickets stand alike, so the answer is kept."""
    drawn = _drawn(target).get(spec)
    if drawn is None or len(standing) == 0:
        return []
    known = {node.id for node in drawn.nodes}
    places = [place for place in standing if place[0] in known]
    return [node.name or node.id for node in waits_for_ever(drawn, places)]


@lru_cache(maxsize=16)
def _drawn(target: Version) -> dict[str, DrawnScope]:
    """Every scope of a version as the checks see it, by the id of its process or sub-process."""
    return {
        scope.id: scope
        for name, data in target.files.items()
        if name.endswith(".bpmn")
        for scope in read_drawing(parse_xml(data), name, {}).scopes
    }
