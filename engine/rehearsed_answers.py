"""The answers that people give in a rehearsal."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from engine.diagrams.tokens import Token
from engine.iso import duration
from engine.words import Words

MOST_TIMES = 1_000
"""How often one task is answered before a rehearsal says that it goes round."""
Answers = Mapping[str, Any]


class RehearsedAnswers:
    """Who asks gets the first, second … answer of a task; ``delays`` are how long people take over it."""

    def __init__(self, answers: Answers, delays: Mapping[str, str]) -> None:
        self._answers, self._delays = answers, delays
        self._given: dict[str, int] = {}
        self._done: Counter[tuple[int, str]] = Counter()

    def done_at(self, token: Token, offered_at: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
        """When whoever has the task is done with it; None: at once."""
        spec = token.task_spec
        taken = self._delays.get(spec.bpmn_id) or self._delays.get(spec.bpmn_name or "")
        return duration(taken).after(offered_at, zone) if taken else None

    def leaves_alone(self, token: Token) -> bool:
        """Whether the answer is that nobody does this task."""
        spec = token.task_spec
        name = spec.bpmn_id if spec.bpmn_id in self._answers else (spec.bpmn_name or "")
        if name not in self._answers:
            return False
        answer = self._answers[name]
        if isinstance(answer, list):
            return bool(answer) and answer[min(self._given.get(name, 0), len(answer) - 1)] is None
        return answer is None

    def not_for_ever(self, run: int, token: Token) -> None:
        """Answers that lead back to the same task would be given again and again."""
        task = (run, token.task_spec.bpmn_id)
        self._done[task] += 1
        if self._done[task] > MOST_TIMES:
            raise token.task_spec.stuck(
                Words(
                    f"按给定的答案，这一步已重复 {MOST_TIMES} 次；请给出能走出循环的答案。",
                    f"With the answers given, this step was done {MOST_TIMES} times; give answers that lead out of the loop.",
                )
            )

    def answer(self, token: Token) -> Mapping[str, Any] | None:
        """What is said this time; asking uses it up."""
        spec = token.task_spec
        name = spec.bpmn_id if spec.bpmn_id in self._answers else (spec.bpmn_name or "")
        if name not in self._answers:
            return {}
        answer = self._answers[name]
        if isinstance(answer, list):
            turn = self._given.get(name, 0)
            self._given[name] = turn + 1
            answer = answer[min(turn, len(answer) - 1)] if answer else {}
        return answer  # type: ignore[no-any-return]
