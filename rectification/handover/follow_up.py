"""What was handed over of a person's work, and what follows when it passed: posts, deputies, the account, telling."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.owners import person_owner, post_owner
from engine.text import LocalizedText
from notifications.outbox import NotificationRequest, notify_many
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.model import Id, LongText, Model
from rectification.handover.accounts import close_account
from rectification.handover.naming_deputies import end_deputies, end_deputies_of_closed
from rectification.handover.return_claims import return_claims
from rectification.handover.workload import get_workload, posts_ever
from rectification.people.model import get_person
from rectification.people.posts import Post, holders, pass_post
from rectification.places.areas import Area
from rectification.places.units import Unit


class Handover(Model):
    """Once the work of a person was handed over: by whom, why, to whom, what passed and what was left."""

    __tablename__ = "handovers"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id"), comment="NULL: whoever runs the machine"
    )
    at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(String(10))
    note: Mapped[LongText]
    successors: Mapped[dict[str, int]] = mapped_column(JSON, comment="group to person")
    posts: Mapped[dict[str, int]] = mapped_column(JSON, comment="post to its new holder, 0: it ends")
    moved: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, comment="group to how many passed")
    left: Mapped[list[tuple[str, str, str]]] = mapped_column(
        JSON, default=list, comment="key and why, in both languages"
    )
    finished_at: Mapped[dt.datetime | None]


def get_handovers(session: Session, person_id: int) -> list[Handover]:
    """Those of a person, the newest first."""
    query = select(Handover).where(Handover.person_id == person_id)
    return list(session.scalars(query.order_by(Handover.id.desc()).limit(20)))


def finish(context: ActionContext, row: Handover) -> None:
    """Let posts pass, end deputies, close the account where that was the reason, and tell everybody once."""
    session = context.session
    passed = 0
    for number, to in row.posts.items():
        post = session.get(Post, int(number))
        if post is not None and post.person_id == row.person_id:
            passed += pass_post(context, post, int(to))
    if passed:
        row.moved = {**row.moved, "posts": passed}
    if row.reason == "leave":
        end_deputies(context, row.person_id)
    if row.reason == "closed":
        end_deputies_of_closed(context, row.person_id)
    if row.reason in ("leave", "closed"):
        return_claims(session, context.now, context.today)
    row.finished_at = context.now
    detail = {"reason": row.reason, "text": row.note, "moved": row.moved, "left": len(row.left)}
    record_event(context, "work_handed_over", person_owner(row.person_id), **detail)
    session.flush()
    if row.reason == "closed" and not row.left:
        hangs = get_workload(session, row.person_id, context.today)
        if not hangs.count and not hangs.posts:
            close_account(context, row.person_id)
    _tell(context, row)


def _tell(context: ActionContext, row: Handover) -> None:
    """Each successor once, the office once, and whose work it was."""
    session = context.session
    name, counts = get_person(session, row.person_id).name, _counted(row.moved)
    new = {int(successor) for successor in (*row.successors.values(), *row.posts.values()) if successor}
    words = LocalizedText(
        f"{name}的工作已移交给您：{counts.zh}。", f"The work of {name} was handed over to you: {counts.en}."
    )
    about, page = person_owner(row.person_id), f"/people/{row.person_id}/handing-over"
    rows = [
        NotificationRequest(
            number, "handed_over", about, words, "/", urgent=True, dedupe=f"handed:{row.id}:{number}"
        )
        for number in new
    ]
    text = LocalizedText(
        f"{name}的工作已移交：{counts.zh}。", f"The work of {name} was handed over: {counts.en}."
    )
    others = {*_offices(session, row.person_id, context.today), row.person_id} - {context.actor.person, *new}
    rows += [
        NotificationRequest(other, "handed_over", about, text, page, dedupe=f"handed:{row.id}:{other}")
        for other in sorted(other for other in others if other is not None)
        if get_person(session, other).active
    ]
    notify_many(session, rows, context.now)


def _offices(session: Session, person_id: int, today: dt.date) -> set[int]:
    """The town's office, or the county's for whoever works in no town."""
    codes = {post.area_code for post in posts_ever(session, person_id, today) if post.area_code}
    units = {post.unit_id for post in posts_ever(session, person_id, today) if post.unit_id}
    codes |= set(session.scalars(select(Unit.area_code).where(Unit.id.in_(units))))
    result: set[int] = set()
    for row in session.scalars(select(Area).where(Area.code.in_(codes))):
        level = "town" if row.level in ("village", "town") else "county"
        owner = post_owner(f"{level}_office", row.above(level)) if row.level != "city" else ""
        result.update(holders(session, {owner}, today).get(owner, ()) if owner else ())
    return result


def _counted(moved: Mapping[str, object]) -> LocalizedText:
    phrases = {
        "tickets": ("工单 {} 件", "{} tickets"),
        "households": ("农户 {} 户", "{} households"),
        "work": ("其他事项 {} 件", "{} other pieces of work"),
        "posts": ("岗位 {} 个", "{} posts"),
    }
    result = [
        (zh.format(moved[name]), en.format(moved[name]))
        for name, (zh, en) in phrases.items()
        if moved.get(name)
    ]
    if not result:
        return LocalizedText("没有事项", "nothing")
    return LocalizedText("、".join(zh for zh, _en in result), ", ".join(en for _zh, en in result))
