"""Which rule made a due date, in words: the expression of a diagram as people say it."""

from __future__ import annotations

from typing import Final

from engine.expressions import Expression, ExpressionError
from engine.expressions.syntax import Part, SyntaxNode, parse
from engine.text import LocalizedText
from rectification.campaigns.model import MILESTONES

_VARIABLES: Final = {
    "due_at": LocalizedText("本工单的整改时限", "the ticket's due date"),
    "explain_by": LocalizedText("本工单的说明期限", "the ticket's date for its explanation"),
    "statement_by": LocalizedText("要求说明时定下的期限", "the date set when the statement was asked for"),
    "answer_by": LocalizedText(
        "征求后 2 个工作日，或所问事项的期限，以早者为准",
        "2 working days after it was asked, or the date of the work itself, whichever is first",
    ),
    "review_date": LocalizedText("情况说明中写明的复查日期", "the review date that the explanation gives"),
}
_OFFERED: Final = LocalizedText("任务交到时", "it was offered")
_SHIFTS: Final = {
    "days_before": ("前 {} 天", "{} day{s} before "),
    "days_after": ("后 {} 天", "{} day{s} after "),
    "hours_after": ("后 {} 小时", "{} hour{s} after "),
    "workdays_before": ("前 {} 个工作日", "{} working day{s} before "),
    "workdays_after": ("后 {} 个工作日", "{} working day{s} after "),
}


class _Unsaid(Exception):
    """An expression that has no words of its own."""


def rule_words(expression: Expression | None) -> LocalizedText | None:
    """A due date's rule in both languages; one that has no words is said as the diagram writes it."""
    if expression is None:
        return None
    written = expression.text.strip()
    bare = (
        written[2:-1] if written[:2] in ("${", "#{") and written.endswith("}") else written.removeprefix("=")
    )
    try:
        return _said(parse(bare))
    except (_Unsaid, ExpressionError):
        return LocalizedText(bare, bare)


def _said(node: SyntaxNode) -> LocalizedText:
    match node:
        case SyntaxNode("name", (str() as name,)) if name in _VARIABLES:
            return _VARIABLES[name]
        case SyntaxNode("name", (str() as name,)):
            return LocalizedText(f"表单中填写的日期（{name}）", f"the date given in the form ({name})")
        case SyntaxNode("constant", (str() as text,)):
            return LocalizedText(text, text)
        case SyntaxNode("call", (str() as name, tuple() as arguments)):
            return _called(name, arguments)
        case SyntaxNode("choice", (_, SyntaxNode() as first, SyntaxNode() as second)):
            words, other = _said(first), _said(second)
            return LocalizedText(f"{words.zh}，或{other.zh}", f"{words.en}, or {other.en}")
    raise _Unsaid


def _called(name: str, arguments: tuple[Part, ...]) -> LocalizedText:
    match name, arguments:
        case "now" | "today", ():
            return _OFFERED
        case "date" | "date and time" | "end_of_day", (SyntaxNode() as day,):
            return _said(day)
        case "milestone", (SyntaxNode("constant", (str() as milestone,)),):
            words = MILESTONES.get(milestone, LocalizedText(milestone, milestone))
            return LocalizedText(f"“{words.zh}”节点", f"the milestone “{words.en}”")
        case shift, (SyntaxNode() as of, SyntaxNode("constant", (int() as count,))) if shift in _SHIFTS:
            base, (zh, en) = _said(of), _SHIFTS[shift]
            plural = "" if count == 1 else "s"
            return LocalizedText(
                base.zh.removesuffix("时") + zh.format(count), en.format(count, s=plural) + base.en
            )
    raise _Unsaid
