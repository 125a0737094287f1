"""Tests of a process: a rehearsal with what it is expected to do, published with the version that it tests.

A test is a file ``NAME.test.json`` beside the models::

    {"name": "…", "process": "rectification", "at": "2019-09-02T09:00:00+08:00",
     "milestones": {"reverify": "2019-09-24"}, "start": {…}, "answers": {…}, "delays": {…},
     "key": "ticket:1", "also": [{"process": "…", "key": "ticket:2", "start": {…}}],
     "expect": {"path": ["review_line", …], "statuses": ["reported", …], "messages": ["…"],
                "work": [["review_line", "post:town_office@341226100", "2019-09-03T18:00:00+08:00"]],
                "ended": true}}
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import orjson

from engine.definitions.versions import TEST_SUFFIX, Files, Version
from engine.errors import DomainError
from engine.expressions import Functions
from engine.iso import end_of_day
from engine.json import Json, JsonObject, Values
from engine.simulation.host import Around
from engine.simulation.rehearsal import KEY, Beside, Rehearsal, rehearse
from engine.text import LocalizedText

HOME: Final = ZoneInfo("Asia/Shanghai")
_NEVER: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
EXPECTED: Final[dict[str, LocalizedText]] = {
    "path": LocalizedText("走过的步骤", "the way it goes"),
    "statuses": LocalizedText("状态", "statuses"),
    "messages": LocalizedText("发出的消息", "messages"),
    "work": LocalizedText("谁在何时前办理", "who does what by when"),
    "ended": LocalizedText("是否办结", "whether it ends"),
}
"""What a test may expect, and what it is called."""


@dataclass(frozen=True, slots=True)
class ProcessTest:
    """What is played, and what is expected of it."""

    file: str
    name: str
    process: str
    at: dt.datetime
    start: JsonObject
    answers: JsonObject
    delays: Mapping[str, str] = field(default_factory=dict)
    also: Sequence[Beside] = ()
    milestones: Mapping[str, str] = field(default_factory=dict)
    expect: JsonObject = field(default_factory=dict)
    key: str = KEY

    def play(self, version: Version) -> Rehearsal:
        """The rehearsal on a version."""
        return rehearse(
            version,
            self.process,
            key=self.key,
            start=self.start,
            answers=self.answers,
            also=self.also,
            at=self.at,
            delays=self.delays,
            around=_on_dates(self.milestones),
        )

    def as_file(self) -> bytes:
        """What stands in the file."""
        return orjson.dumps(
            {
                "name": self.name,
                "process": self.process,
                "key": self.key,
                "at": self.at.isoformat(),
                "milestones": self.milestones,
                "start": self.start,
                "answers": self.answers,
                "delays": self.delays,
                "also": [asdict(other) for other in self.also],
                "expect": self.expect,
            },
            option=orjson.OPT_INDENT_2,
        )


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of one test: nothing to say when it passed."""

    test: ProcessTest
    problems: list[LocalizedText]
    covered: frozenset[tuple[str, str]] = frozenset()
    """(process, element) of everything that was passed."""

    @property
    def passed(self) -> bool:
        """Whether it did what is expected."""
        return not self.problems


def read_test(file: str, data: bytes) -> ProcessTest:
    """A test as it stands in a file.

    Raises:
        DomainError: saying what is wrong with the file.
    """
    try:
        read = orjson.loads(data)
        return ProcessTest(
            file,
            str(read.get("name") or file.removesuffix(TEST_SUFFIX)),
            str(read["process"]),
            dt.datetime.fromisoformat(read["at"]),
            dict(read.get("start") or {}),
            dict(read.get("answers") or {}),
            dict(read.get("delays") or {}),
            [Beside(**other) for other in read.get("also") or []],
            dict(read.get("milestones") or {}),
            dict(read.get("expect") or {}),
            str(read.get("key") or KEY),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as fault:
        zh, en = f"测试文件“{file}”读不懂：{fault}", f"The test “{file}” cannot be read: {fault}"
        raise DomainError("bad_test", LocalizedText(zh, en)) from None


def tests_of(version: Version) -> list[ProcessTest]:
    """The tests that a version brings."""
    return [
        read_test(name, data) for name, data in sorted(version.files.items()) if name.endswith(TEST_SUFFIX)
    ]


def run_tests(version: Version) -> list[TestResult]:
    """Play every test of a version; the same files always do the same, and are played once."""
    return list(_results(tuple(sorted(version.files.items()))))


@lru_cache(maxsize=32)
def _results(files: Files) -> tuple[TestResult, ...]:
    version = Version(0, {name: data.decode() for name, data in files})
    result = []
    for name, data in files:
        if name.endswith(TEST_SUFFIX):
            test = ProcessTest(name, name, "", _NEVER, {}, {})
            try:
                test = read_test(name, data)
                result.append(run_test(version, test))
            except DomainError as fault:
                result.append(TestResult(test, [fault.words]))
            except Exception as fault:
                kind = type(fault).__name__
                words = LocalizedText(
                    f"测试没能跑完（{kind}）。", f"The test could not be played to its end ({kind})."
                )
                result.append(TestResult(test, [words]))
    return tuple(result)


def run_test(version: Version, test: ProcessTest) -> TestResult:
    """Play one test and compare."""
    if test.process not in version.specs:
        zh, en = f"没有流程“{test.process}”。", f"There is no process “{test.process}”."
        return TestResult(test, [LocalizedText(zh, en)])
    played = test.play(version)
    covered = frozenset((step["process"], step["element"]) for step in played.trace)
    problems = []
    if played.incident is not None:
        problems.append(LocalizedText(played.incident["message_zh"], played.incident["message_en"]))
    happened = expectation(played)
    for name, words in EXPECTED.items():
        if name in test.expect and test.expect[name] != happened[name]:
            problems.append(_unlike(words, test.expect[name], happened[name]))
    return TestResult(test, problems, covered)


def expectation(played: Rehearsal, zone: ZoneInfo = HOME) -> Values:
    """What a rehearsal did, as a test would expect it."""
    return {
        "path": [
            step["element"] for step in played.trace if step["event"] in ("completed", "caught", "ended")
        ],
        "statuses": [status for _, _, status in played.statuses],
        "messages": [name for _, _, name in played.messages],
        "work": [
            [
                work.element,
                ",".join(work.owners),
                work.due.astimezone(zone).isoformat() if work.due else None,
            ]
            for work in played.work
        ],
        "ended": played.ended,
    }


def _unlike(what: LocalizedText, expected: Json, happened: Json) -> LocalizedText:
    """Where two lists part, or what differs otherwise."""
    if isinstance(expected, list) and isinstance(happened, list):
        place = next((at for at, (a, b) in enumerate(zip(expected, happened, strict=False)) if a != b), None)
        place = min(len(expected), len(happened)) if place is None else place
        a = _said(expected[place]) if place < len(expected) else LocalizedText("到此为止", "nothing more")
        b = _said(happened[place]) if place < len(happened) else LocalizedText("到此为止", "nothing more")
        return LocalizedText(
            f"{what.zh}第 {place + 1} 项应为“{a.zh}”，实际是“{b.zh}”。",
            f"{what.en}: number {place + 1} should be “{a.en}”, and is “{b.en}”.",
        )
    return LocalizedText(
        f"{what.zh}应为“{expected}”，实际是“{happened}”。",
        f"{what.en}: “{expected}” expected, “{happened}” found.",
    )


def _said(value: Json) -> LocalizedText:
    text = " · ".join(str(item) for item in value if item) if isinstance(value, list) else str(value)
    return LocalizedText(text, text)


def _on_dates(milestones: Mapping[str, str]) -> Around | None:
    """Milestones of the test's own, so that no campaign's dates change what it says."""
    if not milestones:
        return None

    def milestone(name: str) -> dt.datetime:
        return end_of_day(dt.date.fromisoformat(milestones[name]), HOME)

    result: Functions = {"milestone": milestone}
    return lambda _now, _variables: result
