"""A second person reads a draft; what they approved is published."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.authoring.drafts import Draft, authors
from engine.authoring.findings import findings, test_results
from engine.checks.facts import Vocabulary
from engine.definitions.versions import give_up_own, publish
from engine.errors import DomainError, NotAllowed
from engine.host import Actor
from engine.rows import ReviewRow, get_rows
from engine.schema import draft_reviews, drafts
from engine.text import LocalizedText


def reviews(session: Session, number: int) -> list[ReviewRow]:
    """Every time that a review was asked for, the newest first."""
    query = select(draft_reviews).where(draft_reviews.c.draft_id == number)
    return get_rows(session, query.order_by(draft_reviews.c.id.desc()), ReviewRow)


def ask_for_review(
    session: Session, draft: Draft, note: str, actor: Actor, now: dt.datetime, facts: Vocabulary | None = None
) -> None:
    """Ask a second person to read it; ``note`` says what changes and why.

    Raises:
        DomainError: nothing is changed, errors stand, warnings stand without a reason, or nothing is said.
    """
    draft.must_be_open()
    if not draft.changed and not draft.follows:
        raise DomainError("unchanged", LocalizedText("草稿没有任何改动。", "The draft changes nothing."))
    if not note.strip():
        raise DomainError(
            "note_missing", LocalizedText("请写明改了什么、为什么。", "Say what changes, and why.")
        )
    _nothing_blocks(draft, facts)
    row = {
        "draft_id": draft.id,
        "revision": draft.revision,
        "note": note.strip()[:4000],
        "asked_at": now,
        "asked_by": actor.name,
        "words": "",
    }
    session.execute(insert(draft_reviews), row)
    record(session, actor, now, "review_asked", draft.key, text=note.strip())


def _nothing_blocks(draft: Draft, facts: Vocabulary | None) -> None:
    """Errors, then tests that fail, then warnings that nobody explained; what is in force above was judged there."""
    if draft.follows:
        return
    blocking = [judged.finding for judged in findings(draft, facts=facts) if judged.blocks]
    errors = [finding for finding in blocking if finding.severity == "error"]
    if errors:
        zh = f"还有 {len(errors)} 个错误：{errors[0].words.zh}"
        raise DomainError("errors", LocalizedText(zh, f"{len(errors)} errors stand: {errors[0].words.en}"))
    red = next((result for result in test_results(draft) if not result.passed), None)
    if red is not None:
        zh = f"测试“{red.test.name}”没有通过：{red.problems[0].zh}"
        raise DomainError(
            "tests_fail", LocalizedText(zh, f"The test “{red.test.name}” fails: {red.problems[0].en}")
        )
    if blocking:
        zh = f"还有 {len(blocking)} 条提示没有说明理由：{blocking[0].words.zh}"
        en = f"{len(blocking)} warnings stand without a reason: {blocking[0].words.en}"
        raise DomainError("warnings", LocalizedText(zh, en))


def decide(
    session: Session, draft: Draft, approved: bool, words: str, actor: Actor, now: dt.datetime
) -> None:
    """A second person's word on what was asked to be read.

    Raises:
        NotAllowed: the reader changed the draft too.
        DomainError: nobody asked, or the draft was changed since.
    """
    draft.must_be_open()
    review = _open_review(session, draft)
    if actor.person in authors(session, draft.id):
        raise NotAllowed(
            LocalizedText(
                "参与修改的人不能审核，请由另一人审核。",
                "Whoever changed it cannot approve it; a second person must.",
            )
        )
    if not approved and not words.strip():
        raise DomainError("words_missing", LocalizedText("请写明退回的理由。", "Say why it goes back."))
    session.execute(
        update(draft_reviews)
        .where(draft_reviews.c.id == review.id)
        .values(decided_at=now, decided_by=actor.name, approved=approved, words=words.strip()[:4000])
    )
    record(session, actor, now, "reviewed", draft.key, approved=approved, text=words.strip())


def _open_review(session: Session, draft: Draft) -> ReviewRow:
    latest = next(iter(reviews(session, draft.id)), None)
    if latest is None or latest.decided_at is not None:
        raise DomainError("not_asked", LocalizedText("没有待审核的申请。", "Nobody has asked for a review."))
    if latest.revision != draft.revision:
        raise DomainError(
            "changed_since",
            LocalizedText(
                "申请审核后草稿又有改动，请重新申请。",
                "It was changed after the review was asked for; ask again.",
            ),
        )
    return latest


def approval(session: Session, draft: Draft) -> ReviewRow | None:
    """The approval of exactly what stands in the draft now, if there is one."""
    latest = next(iter(reviews(session, draft.id)), None)
    return latest if latest is not None and latest.approved and latest.revision == draft.revision else None


def publish_draft(
    session: Session, draft: Draft, actor: Actor, now: dt.datetime, facts: Vocabulary | None = None
) -> int:
    """Make the draft the version on which new work starts; returns its id. What runs stays where it is.

    Raises:
        DomainError: not approved as it stands, or a file of it was published otherwise meanwhile.
        BadModel: the checks find an error in the whole.
    """
    draft.must_be_open()
    approved = approval(session, draft)
    if approved is None:
        raise DomainError(
            "not_approved",
            LocalizedText("请先由另一人审核通过。", "A second person has to approve it first."),
        )
    if draft.overtaken:
        raise _overtaken(draft)
    _nothing_blocks(draft, facts)
    if draft.follows:
        number = _follow(session, draft)
    else:
        number = publish(session, draft.files, actor.name, now, approved.note, draft.scope)
    session.execute(update(drafts).where(drafts.c.id == draft.id).values(ended_at=now, definition_id=number))
    by = {"scope": draft.scope, "approved_by": approved.decided_by}
    action = "own_version_given_up" if draft.follows else "published"
    record(session, actor, now, action, draft.key, definition=number, **by)
    return number


def _follow(session: Session, draft: Draft) -> int:
    """Let what is in force above be in force in the draft's scope; returns that version.

    Raises:
        DomainError: that, or the scope's own version, is no longer what was read.
    """
    above = draft.above
    if above is None or above.files != draft.files or not give_up_own(session, draft.base):
        raise DomainError(
            "overtaken",
            LocalizedText(
                "期间上级或本地区已发布新版本，与审核的内容不同。请放弃这份草稿后重新申请。",
                "A newer version was published meanwhile, here or above: it is not what was read. "
                "Give this draft up and ask again.",
            ),
        )
    return above.id


def _overtaken(draft: Draft) -> DomainError:
    """Somebody published another version of a file that the draft changes."""
    names = "、".join(draft.overtaken)
    return DomainError(
        "overtaken",
        LocalizedText(
            f"期间已发布了新版本，其中也改了 {names}。请先“以新版本为基础”，核对差异后再申请审核。",
            f"A newer version that changes {', '.join(draft.overtaken)} too was published meanwhile. "
            "Take it as the base, look at the differences, and ask for a review again.",
        ),
    )
