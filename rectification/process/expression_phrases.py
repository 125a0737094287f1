"""The expressions that owners choose from lists, in their own words: for comparisons and rehearsals.

The drawing board writes these very forms (frontend/src/workshop/expressions.js).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from engine.text import LocalizedText
from rectification.campaigns.model import MILESTONES
from rectification.people.roles import ROLES


def _milestone(name: str) -> LocalizedText:
    return MILESTONES.get(name, LocalizedText(f"节点“{name}”", f"the milestone “{name}”"))


def _shifted(zh: str, en: str) -> Callable[[re.Match[str]], LocalizedText]:
    def say(match: re.Match[str]) -> LocalizedText:
        mile, count = _milestone(match["milestone"]), match["count"]
        return LocalizedText(zh.format(mile.zh, count), en.format(mile.en, count))

    return say


def _post(match: re.Match[str]) -> LocalizedText:
    return ROLES.get(match["role"], LocalizedText(match["role"], match["role"]))


def _always(zh: str, en: str) -> Callable[[re.Match[str]], LocalizedText]:
    return lambda match: LocalizedText(zh.format(**match.groupdict()), en.format(**match.groupdict()))


_MILE: Final = r"milestone\('(?P<milestone>\w+)'\)"
_COUNT: Final = r", (?P<count>\d+)\)"
_FORMS: Final[tuple[tuple[str, Callable[[re.Match[str]], LocalizedText]], ...]] = (
    (r"post\('(?P<role>\w+)', \w+\)", _post),
    (r"if helper = null then .*", _always("帮扶责任人（没有则工作队长）", "the helper (else the team lead)")),
    (
        r"person\((?P<field>\w+)\)",
        _always("表单里选定的人（{field}）", "the person chosen in a form ({field})"),
    ),
    (r"unit_leader\((?P<field>\w+)\)", _always("所选单位的负责人", "the leader of the chosen unit")),
    (r"office", _always("主管办公室", "the office in charge")),
    (r"verifier", _always("独立复核人", "the independent verifier")),
    (r"judge\('\w+', ticket\)", _always("与整改人无关的上一级", "a level above that is not the fixer")),
    (_MILE, lambda match: _milestone(match["milestone"])),
    (rf"workdays_before\({_MILE}{_COUNT}", _shifted("“{}”前 {} 个工作日", "{1} working days before “{0}”")),
    (rf"days_before\({_MILE}{_COUNT}", _shifted("“{}”前 {} 天", "{1} days before “{0}”")),
    (rf"days_after\({_MILE}{_COUNT}", _shifted("“{}”后 {} 天", "{1} days after “{0}”")),
    (
        rf"workdays_after\(now\(\){_COUNT}",
        _always("到达后 {count} 个工作日", "{count} working days after it arrives"),
    ),
    (
        rf"days_after\((?:now|today)\(\){_COUNT}",
        _always("到达后 {count} 天", "{count} days after it arrives"),
    ),
    (r"R/P(?P<days>\d+)D", _always("每 {days} 天", "every {days} days")),
    (r"P(?P<days>\d+)D", _always("{days} 天后", "after {days} days")),
    (r"PT(?P<hours>\d+)H", _always("{hours} 小时后", "after {hours} hours")),
)


def expression_words(text: str) -> LocalizedText:
    """An expression in words; one that an owner wrote by hand stands as it is."""
    inner = re.sub(r"^[$#]\{(.*)\}$", r"\1", text.strip(), flags=re.DOTALL).strip()
    for pattern, say in _FORMS:
        match = re.fullmatch(pattern, inner, flags=re.DOTALL)
        if match:
            return say(match)
    return LocalizedText(text, text)
