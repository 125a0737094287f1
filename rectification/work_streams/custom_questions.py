"""Questions of an office's own, given their codes: A1, A2, … under the first heading, B1, … under the second."""

from __future__ import annotations

from sqlalchemy.orm import Session

from rectification.campaigns.catalogue import SWEEP, Category, CheckItem
from rectification.work_streams.paste_parser import Pasted


def add_questions(session: Session, campaign_id: int, own: Pasted, work: str = SWEEP) -> None:
    """Add headings and questions to a campaign's catalogue; those of a key work bear its code before theirs."""
    before = "" if work == SWEEP else f"{work}."
    for place, title in enumerate(own.categories):
        row = Category(campaign_id=campaign_id, code=f"{before}{place + 1}"[:20], position=place)
        row.title_zh = row.title_en = title
        session.add(row)
    counts: dict[int, int] = {}
    for place, question in enumerate(own.questions):
        number = counts[question.category] = counts.get(question.category, 0) + 1
        item = CheckItem(campaign_id=campaign_id, work=work, kind="item", levels="H", position=place)
        item.code = f"{before}{_letter(question.category)}{number}"[:20]
        item.category = f"{before}{question.category + 1}"[:20]
        item.name_zh = item.name_en = question.short
        item.question_zh = item.question_en = question.text
        item.fail_when, item.photo_on_failure = question.fail_when, question.photo
        item.evidence = ["photo"] if question.photo else ["document"]
        session.add(item)


def _letter(place: int) -> str:
    """A, B, …, Z, AA, AB, …: what Excel calls its columns."""
    before, last = divmod(place, 26)
    return (_letter(before - 1) if before else "") + chr(ord("A") + last)
