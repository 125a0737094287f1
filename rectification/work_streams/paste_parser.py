"""Questions as people paste them from Excel or Word: one to a line, a heading above each group.

A line is a question, or up to four cells cut by tabs: category, question, the answer that makes a problem
(是 or 否), whether a photo is asked for (是 or 否). A line that begins with # is a heading.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from engine.text import LocalizedText

MOST: Final = 300
LONGEST: Final = 300
_YES: Final = frozenset({"是", "有", "要", "yes", "y", "√"})
_NO: Final = frozenset({"否", "无", "不要", "no", "n", ""})
_HEADINGS: Final = frozenset({"问题", "检查内容", "排查内容", "question"})


@dataclass(frozen=True, slots=True)
class PastedQuestion:
    """One question; ``category`` is the place of its heading."""

    category: int
    text: str
    fail_when: str = "no"
    photo: bool = False

    @property
    def short(self) -> str:
        """What lists call it."""
        bare = self.text.rstrip("？?。 ")
        return bare if len(bare) <= 20 else bare[:19] + "…"


@dataclass(slots=True)
class Pasted:
    """What was read, and what could not be."""

    categories: list[str] = field(default_factory=list)
    questions: list[PastedQuestion] = field(default_factory=list)
    problems: dict[str, LocalizedText] = field(default_factory=dict)

    def category(self, title: str) -> int:
        """The place of a heading, begun if it is new."""
        if title not in self.categories:
            self.categories.append(title)
        return self.categories.index(title)


def read_pasted(text: str) -> Pasted:
    """Read pasted lines; the first thing that is wrong is named with its line."""
    pasted = Pasted()
    under = ""
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if not bare:
            continue
        if bare.startswith(("#", "＃")):
            under = bare.lstrip("#＃ ").strip()
            continue
        problem, under = _read_line(pasted, [cell.strip() for cell in line.strip("\n").split("\t")], under)
        if problem is not None:
            pasted.problems = {
                "questions": LocalizedText(f"第 {number} 行：{problem.zh}", f"Line {number}: {problem.en}")
            }
            return pasted
    if not pasted.questions:
        pasted.problems = {
            "questions": LocalizedText(
                "请至少填写一个问题，每行一个。", "Write at least one question, one to a line."
            )
        }
    elif len(pasted.questions) > MOST:
        pasted.problems = {"questions": LocalizedText(f"最多 {MOST} 个问题。", f"At most {MOST} questions.")}
    return pasted


def _read_line(pasted: Pasted, cells: list[str], under: str) -> tuple[LocalizedText | None, str]:
    category, question, *answers = cells if len(cells) > 1 else ["", cells[0]]
    if question.casefold() in _HEADINGS:
        return None, under
    title = category or under or "排查内容"
    if not question:
        return LocalizedText("没有写问题。", "there is no question."), title
    if len(question) > LONGEST:
        return LocalizedText(
            f"问题超过 {LONGEST} 字。", f"the question has more than {LONGEST} characters."
        ), title
    bad = next((answer for answer in answers[:2] if answer.casefold() not in _YES | _NO), None)
    if bad is not None:
        return LocalizedText(f"“{bad}”应为“是”或“否”。", f"“{bad}” should be yes or no."), title
    fails, photo = ((answers[place] if place < len(answers) else "") for place in (0, 1))
    pasted.questions.append(
        PastedQuestion(
            pasted.category(title),
            question,
            "yes" if fails.casefold() in _YES else "no",
            photo.casefold() in _YES,
        )
    )
    return None, title
