"""The answers that people and services give in a rehearsal."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from engine.diagrams.tokens import Stuck
from engine.iso import duration
from engine.json import JsonObject
from engine.text import LocalizedText

MOST_TIMES = 1_000
"""How often one task is answered before a rehearsal says that it goes round."""
Answers = JsonObject


class RehearsedAnswers:
    """Who asks gets the first, second … answer of a task; ``delays`` are how long people take over it.

    A task is asked for by its element id, else by its name.
    """

    def __init__(self, answers: Answers, delays: Mapping[str, str]) -> None:
        self._answers, self._delays = answers, delays
        self._given: dict[str, int] = {}
        self._done: Counter[tuple[int, str]] = Counter()

    def done_at(self, element: str, name: str, offered_at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
        """When whoever has the task is done with it."""
        taken = self._delays.get(element) or self._delays.get(name)
        return duration(taken).after(offered_at, zone) if taken else offered_at

    def leaves_alone(self, element: str, name: str) -> bool:
        """Whether the answer is that nobody does this task."""
        key = element if element in self._answers else name
        if key not in self._answers:
            return False
        answer = self._answers[key]
        if isinstance(answer, list):
            return bool(answer) and answer[min(self._given.get(key, 0), len(answer) - 1)] is None
        return answer is None

    def not_for_ever(self, instance: int, element: str, name: str) -> None:
        """Answers that lead back to the same task would be given again and again."""
        self._done[instance, element] += 1
        if self._done[instance, element] > MOST_TIMES:
            raise _stuck(
                element,
                name,
                LocalizedText(
                    f"按给定的答案，这一步已重复 {MOST_TIMES} 次；请给出能走出循环的答案。",
                    f"With the answers given, this step was done {MOST_TIMES} times; give answers that lead out of the loop.",
                ),
            )

    def answer(self, element: str, name: str) -> JsonObject:
        """What is said this time; asking uses it up."""
        key = element if element in self._answers else name
        answer = self._answers.get(key)
        if isinstance(answer, list):
            turn = self._given.get(key, 0)
            self._given[key] = turn + 1
            answer = answer[min(turn, len(answer) - 1)] if answer else None
        if answer is not None and not isinstance(answer, Mapping):
            words = LocalizedText("预演的答案应为对象。", "An answer of a rehearsal is an object of values.")
            raise _stuck(element, name, words)
        return answer or {}


def _stuck(element: str, name: str, words: LocalizedText) -> Stuck:
    label = name or element
    return Stuck(LocalizedText(f"“{label}”：{words.zh}", f"“{label}”: {words.en}"), element, name)
