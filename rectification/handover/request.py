"""What is asked for when a person's work is handed over, and what of it cannot stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from engine.text import LocalizedText
from rectification.core.context import ActionContext
from rectification.handover.workload import Workload, may_move_post, possible_successors
from rectification.people.posts import LastAdministrator, administrators

REASONS: Final[dict[str, LocalizedText]] = {
    "leave": LocalizedText("离岗", "Leaves"),
    "moved": LocalizedText("调岗", "Moves to another post"),
    "closed": LocalizedText("账号停用", "The account is closed"),
}
GROUPS: Final = ("tickets", "households", "work")


@dataclass(frozen=True, slots=True)
class HandoverRequest:
    """What is asked for. A group without a successor stays; a post that is not named stays."""

    person: int
    reason: str
    note: str
    successors: Mapping[str, int] = field(default_factory=dict)
    posts: Mapping[int, int] = field(default_factory=dict)
    """Post to its new holder; 0 ends it."""


def problems_of(
    context: ActionContext, proposal: HandoverRequest, hangs: Workload
) -> dict[str, LocalizedText]:
    """A sentence for each field that cannot be taken."""
    session, person, today = context.session, context.actor.person or 0, context.today
    problems: dict[str, LocalizedText] = {}
    if proposal.reason not in REASONS:
        problems["reason"] = LocalizedText("请选择原因。", "Choose why.")
    possible = possible_successors(session, proposal.person, today)
    for name in GROUPS:
        if proposal.successors.get(name) and proposal.successors[name] not in possible:
            problems[name] = _NOT_NEAR
    by_id = {post.id: post for post in hangs.posts}
    for number, holder in proposal.posts.items():
        if number not in by_id or not may_move_post(session, person, by_id[number], today):
            problems[f"post-{number}"] = LocalizedText(
                "这个岗位由上级机关或管理员调整。",
                "This post is changed by the office above or an administrator.",
            )
        elif not holder and by_id[number].is_installation_wide and _is_last(session, proposal.person, today):
            problems[f"post-{number}"] = LastAdministrator().words
        elif holder and holder not in possible:
            problems[f"post-{number}"] = _NOT_NEAR
        elif not holder and number in hangs.lonely:
            problems[f"post-{number}"] = LocalizedText(
                "这个岗位没有其他人担任，还有待办事项，请指定接任人。",
                "Nobody else holds this post and work is open on its desk: say who follows.",
            )
    if proposal.reason == "closed" and not problems:
        problems = _not_yet_closed(context, proposal, hangs)
    return problems


def _not_yet_closed(
    context: ActionContext, proposal: HandoverRequest, hangs: Workload
) -> dict[str, LocalizedText]:
    """An account is closed by whoever may change its posts, when everything passes."""
    session, person, today = context.session, context.actor.person or 0, context.today
    if person == proposal.person or not all(
        may_move_post(session, person, post, today) for post in hangs.posts
    ):
        words = LocalizedText(
            "账号由上级机关或管理员停用。", "The office above or an administrator closes accounts."
        )
        return {"reason": words}
    if _is_last(session, proposal.person, today):
        return {"reason": LastAdministrator().words}
    stays = [name for name in GROUPS if getattr(hangs, name) and not proposal.successors.get(name)]
    words = LocalizedText("停用账号前必须移交。", "An account is closed only when this passes to somebody.")
    problems = dict.fromkeys(stays, words)
    problems.update({f"post-{post.id}": words for post in hangs.posts if post.id not in proposal.posts})
    return problems


def _is_last(session: Session, person_id: int, today: dt.date) -> bool:
    return set(administrators(session, today)) == {person_id}


_NOT_NEAR: Final = LocalizedText(
    "只能选择本单位、本区域或上一级的在岗人员。",
    "Choose somebody of the same unit, of the area or of the level above.",
)
