"""Drafts of a version: changed by several hands, read by a second person, then published.

A draft keeps only the files that it changes. Everything else comes from the version that is current when it
is published, so two drafts of different files do not undo each other; a file that both change is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from engine.checks import Finding, check
from engine.checks.facts import Facts
from engine.definitions import Definitions, Version, is_model, publish
from engine.errors import BadModel, NotAllowed, NotFound, Refusal
from engine.history import record
from engine.process_tests import ProcessTest, TestResult, run_tests
from engine.schema import draft_hands, draft_reviews, drafts
from engine.words import Words
from engine.world import Actor

HERE_LATELY: Final = dt.timedelta(minutes=2)
"""Somebody who had the draft open this lately is said to work on it too."""
LARGEST: Final = 2_000_000
"""Bytes of one file."""


class SavedMeanwhile(Refusal):
    """Somebody else saved the draft after this person read it; nothing was overwritten."""

    def __init__(self, who: str) -> None:
        super().__init__(
            "saved_meanwhile",
            Words(
                f"{who}刚刚保存过这份草稿。请重新打开后再改，您这一份可先下载留存。",
                f"{who} has just saved this draft. Open it again before you go on; download yours first to keep it.",
            ),
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it stands: its files are whole, those that it leaves alone come from ``current``."""

    id: int
    title: str
    base: Version
    current: Version
    changed: Mapping[str, str | None]
    revision: int
    accepted: list[dict[str, Any]]
    begun_by: str
    saved_at: dt.datetime
    ended_at: dt.datetime | None
    definition: int | None

    @property
    def files(self) -> dict[str, bytes]:
        """What would be published now."""
        return self._over(self.current)

    @property
    def files_as_drawn(self) -> dict[str, bytes]:
        """What its authors see: their changes on the version that they began with."""
        return self._over(self.base)

    @property
    def version_as_drawn(self) -> Version:
        """What its authors see, to be read, played and compared; nothing runs on it."""
        return Version(0, {name: data.decode() for name, data in self.files_as_drawn.items()})

    def _over(self, version: Version) -> dict[str, bytes]:
        found = {**version.files}
        for name, text in self.changed.items():
            if text is None:
                found.pop(name, None)
            else:
                found[name] = text.encode()
        return found

    @property
    def overtaken(self) -> list[str]:
        """Files that the draft changes and that somebody published otherwise meanwhile."""
        then, now = self.base.files, self.current.files
        return [name for name in self.changed if then.get(name) != now.get(name)]

    @property
    def key(self) -> str:
        """How the history names it."""
        return f"draft:{self.id}"


def begin(session: Session, base: Version, title: str, actor: Actor, now: dt.datetime) -> int:
    """Begin to change a version; returns the draft's id."""
    row = {
        "title": title.strip()[:200] or "—",
        "base_id": base.id,
        "files": {},
        "revision": 0,
        "accepted": [],
        "begun_at": now,
        "begun_by": actor.name,
        "saved_at": now,
    }
    number = int(session.execute(insert(drafts).returning(drafts.c.id), row).scalar_one())
    record(session, actor, now, "draft_begun", f"draft:{number}", base=base.id, title=title)
    return number


def draft(session: Session, known: Definitions, number: int, *, lock: bool = False) -> Draft:
    """Read a draft."""
    wanted = select(drafts).where(drafts.c.id == number)
    row = session.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    if row is None:
        raise NotFound()
    base = known.version(session, row.base_id)
    return Draft(
        row.id, row.title, base, _newest_of(session, known, base), row.files, row.revision, row.accepted,
        row.begun_by, row.saved_at, row.ended_at, row.definition_id,
    )  # fmt: skip


def open_drafts(session: Session) -> list[Row[Any]]:
    """The drafts that are still being worked on, the last saved first."""
    wanted = select(drafts).where(drafts.c.ended_at.is_(None))
    return list(session.execute(wanted.order_by(drafts.c.saved_at.desc(), drafts.c.id.desc())).all())


def _newest_of(session: Session, known: Definitions, base: Version) -> Version:
    """The version on which the base's processes start today."""
    for process in base.file_of:
        return known.current(session, process)
    return base


def save(
    session: Session,
    one: Draft,
    changes: Mapping[str, bytes | None],
    revision: int,
    actor: Actor,
    now: dt.datetime,
) -> int:
    """Keep files as somebody left them; ``revision`` is the one that they had read. Returns the new one.

    Raises:
        SavedMeanwhile: somebody else was quicker.
    """
    _still_open(one)
    if revision != one.revision:
        raise SavedMeanwhile(_last_hand(session, one.id, actor))
    texts = {name: None if data is None else _text(name, data) for name, data in changes.items()}
    base = {name: data.decode() for name, data in one.base.files.items()}
    files = {name: text for name, text in {**one.changed, **texts}.items() if text != base.get(name)}
    if files == one.changed:
        return one.revision
    values = {"files": files, "revision": one.revision + 1, "saved_at": now}
    session.execute(update(drafts).where(drafts.c.id == one.id).values(**values))
    _hand(session, one.id, actor, now, saved=True)
    return one.revision + 1


def _text(name: str, data: bytes) -> str:
    if len(data) > LARGEST:
        raise Refusal("too_large", Words(f"“{name}”超过 2 MB。", f"“{name}” is larger than 2 MB."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal(
            "encoding", Words(f"“{name}”不是 UTF-8 文本。", f"“{name}” is not UTF-8 text.")
        ) from None


def see(session: Session, number: int, actor: Actor, now: dt.datetime) -> list[str]:
    """Note that somebody has the draft open; answers who else has, or had a moment ago."""
    _hand(session, number, actor, now)
    wanted = select(draft_hands.c.name).where(
        draft_hands.c.draft_id == number,
        draft_hands.c.person != (actor.person or 0),
        draft_hands.c.seen_at >= now - HERE_LATELY,
    )
    return list(session.execute(wanted.order_by(draft_hands.c.name)).scalars())


def _hand(session: Session, number: int, actor: Actor, now: dt.datetime, saved: bool = False) -> None:
    person = actor.person or 0
    values = {"seen_at": now, "name": actor.name, **({"saved_at": now} if saved else {})}
    found = session.execute(
        update(draft_hands)
        .where(draft_hands.c.draft_id == number, draft_hands.c.person == person)
        .values(**values)
    )
    if not found.rowcount:  # type: ignore[attr-defined]
        session.execute(insert(draft_hands), {"draft_id": number, "person": person, **values})


def _last_hand(session: Session, number: int, actor: Actor) -> str:
    wanted = select(draft_hands.c.name).where(
        draft_hands.c.draft_id == number, draft_hands.c.saved_at.is_not(None)
    )
    others_first = wanted.order_by(draft_hands.c.person == (actor.person or 0), draft_hands.c.saved_at.desc())
    return session.execute(others_first.limit(1)).scalar_one_or_none() or "—"


def authors(session: Session, number: int) -> set[int]:
    """Everybody who changed the draft: none of them may judge it."""
    wanted = select(draft_hands.c.person).where(
        draft_hands.c.draft_id == number, draft_hands.c.saved_at.is_not(None)
    )
    return set(session.execute(wanted).scalars())


# -- what the checks say -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding about one file of a draft, and the reason with which somebody accepted it."""

    file: str
    finding: Finding
    reason: str = ""

    @property
    def blocks(self) -> bool:
        """Errors block for good, warnings until somebody says why they may stand."""
        return self.finding.severity == "error" or not self.reason


def findings(one: Draft, file: str | None = None, facts: Facts | None = None) -> list[Judged]:
    """What the checks say of the files that the draft changes, or of one file."""
    files = one.files_as_drawn
    wanted = [file] if file else [name for name in files if name in one.changed]
    reasons = {(kept["file"], kept["rule"], kept["element"]): kept["reason"] for kept in one.accepted}
    return [
        Judged(name, found, reasons.get((name, found.rule, found.element), ""))
        for name in wanted
        if name in files and is_model(name)
        for found in check(files[name], file=name, companions=files, facts=facts)
    ]


def accept(
    session: Session,
    one: Draft,
    warning: tuple[str, str, str],
    reason: str,
    actor: Actor,
    now: dt.datetime,
    facts: Facts | None = None,
) -> None:
    """Let a warning (file, rule, element) stand, with the reason; an empty one takes that back.

    Errors cannot be accepted.
    """
    _still_open(one)
    file, rule, element = warning
    fits = [
        judged
        for judged in findings(one, file, facts)
        if (judged.finding.rule, judged.finding.element) == (rule, element)
    ]
    if not fits:
        raise NotFound()
    if fits[0].finding.severity == "error":
        raise NotAllowed(
            Words("错误不能接受，只能改正。", "An error cannot be accepted; it has to be mended.")
        )
    kept = [
        was for was in one.accepted if (was["file"], was["rule"], was["element"]) != (file, rule, element)
    ]
    if reason.strip():
        kept.append(
            {
                "file": file,
                "rule": rule,
                "element": element,
                "reason": reason.strip()[:1000],
                "by": actor.name,
            }
        )
    session.execute(update(drafts).where(drafts.c.id == one.id).values(accepted=kept))
    record(
        session,
        actor,
        now,
        "warning_accepted",
        one.key,
        file=file,
        rule=rule,
        on=element,
        text=reason.strip(),
    )


def test_results(one: Draft) -> list[TestResult]:
    """What the tests say of the draft as it would be published; nothing while it cannot be read."""
    version = Version(0, {name: data.decode() for name, data in one.files.items()})
    try:
        return run_tests(version)
    except BadModel:
        return []


def expect_anew(
    session: Session, one: Draft, test: ProcessTest, reason: str, actor: Actor, now: dt.datetime
) -> None:
    """Put a test into the draft that expects otherwise, with the reason in the history."""
    save(session, one, {test.file: test.as_file()}, one.revision, actor, now)
    record(session, actor, now, "expected_anew", one.key, file=test.file, text=reason)


# -- review and publishing ---------------------------------------------------------------------


def reviews(session: Session, number: int) -> list[Row[Any]]:
    """Every time that a review was asked for, the newest first."""
    wanted = select(draft_reviews).where(draft_reviews.c.draft_id == number)
    return list(session.execute(wanted.order_by(draft_reviews.c.id.desc())).all())


def ask_for_review(
    session: Session, one: Draft, note: str, actor: Actor, now: dt.datetime, facts: Facts | None = None
) -> None:
    """Ask a second person to read it; ``note`` says what changes and why.

    Raises:
        Refusal: nothing is changed, errors stand, warnings stand without a reason, or nothing is said.
    """
    _still_open(one)
    if not one.changed:
        raise Refusal("unchanged", Words("草稿没有任何改动。", "The draft changes nothing."))
    if not note.strip():
        raise Refusal("note_missing", Words("请写明改了什么、为什么。", "Say what changes, and why."))
    _nothing_blocks(one, facts)
    row = {
        "draft_id": one.id,
        "revision": one.revision,
        "note": note.strip()[:4000],
        "asked_at": now,
        "asked_by": actor.name,
        "words": "",
    }
    session.execute(insert(draft_reviews), row)
    record(session, actor, now, "review_asked", one.key, text=note.strip())


def _nothing_blocks(one: Draft, facts: Facts | None) -> None:
    """Errors, then tests that fail, then warnings that nobody explained."""
    blocking = [judged.finding for judged in findings(one, facts=facts) if judged.blocks]
    errors = [found for found in blocking if found.severity == "error"]
    if errors:
        zh = f"还有 {len(errors)} 个错误：{errors[0].words.zh}"
        raise Refusal("errors", Words(zh, f"{len(errors)} errors stand: {errors[0].words.en}"))
    red = next((result for result in test_results(one) if not result.passed), None)
    if red is not None:
        zh = f"测试“{red.test.name}”没有通过：{red.problems[0].zh}"
        raise Refusal("tests_fail", Words(zh, f"The test “{red.test.name}” fails: {red.problems[0].en}"))
    if blocking:
        zh = f"还有 {len(blocking)} 条提示没有说明理由：{blocking[0].words.zh}"
        en = f"{len(blocking)} warnings stand without a reason: {blocking[0].words.en}"
        raise Refusal("warnings", Words(zh, en))


def decide(session: Session, one: Draft, approved: bool, words: str, actor: Actor, now: dt.datetime) -> None:
    """A second person's word on what was asked to be read.

    Raises:
        NotAllowed: the reader changed the draft too.
        Refusal: nobody asked, or the draft was changed since.
    """
    _still_open(one)
    asked = _open_review(session, one)
    if actor.person in authors(session, one.id):
        raise NotAllowed(
            Words(
                "参与修改的人不能审核，请由另一人审核。",
                "Whoever changed it cannot approve it; a second person must.",
            )
        )
    if not approved and not words.strip():
        raise Refusal("words_missing", Words("请写明退回的理由。", "Say why it goes back."))
    session.execute(
        update(draft_reviews)
        .where(draft_reviews.c.id == asked.id)
        .values(decided_at=now, decided_by=actor.name, approved=approved, words=words.strip()[:4000])
    )
    record(session, actor, now, "reviewed", one.key, approved=approved, text=words.strip())


def _open_review(session: Session, one: Draft) -> Row[Any]:
    latest = next(iter(reviews(session, one.id)), None)
    if latest is None or latest.decided_at is not None:
        raise Refusal("not_asked", Words("没有待审核的申请。", "Nobody has asked for a review."))
    if latest.revision != one.revision:
        raise Refusal(
            "changed_since",
            Words(
                "申请审核后草稿又有改动，请重新申请。",
                "It was changed after the review was asked for; ask again.",
            ),
        )
    return latest


def approval(session: Session, one: Draft) -> Row[Any] | None:
    """The approval of exactly what stands in the draft now, if there is one."""
    latest = next(iter(reviews(session, one.id)), None)
    return latest if latest is not None and latest.approved and latest.revision == one.revision else None


def publish_draft(
    session: Session, one: Draft, actor: Actor, now: dt.datetime, facts: Facts | None = None
) -> int:
    """Make the draft the version on which new work starts; returns its id. What runs stays where it is.

    Raises:
        Refusal: not approved as it stands, or a file of it was published otherwise meanwhile.
        BadModel: the checks find an error in the whole.
    """
    _still_open(one)
    approved = approval(session, one)
    if approved is None:
        raise Refusal(
            "not_approved", Words("请先由另一人审核通过。", "A second person has to approve it first.")
        )
    if one.overtaken:
        raise overtaken(one)
    _nothing_blocks(one, facts)
    number = publish(session, one.files, actor.name, now, approved.note)
    session.execute(update(drafts).where(drafts.c.id == one.id).values(ended_at=now, definition_id=number))
    record(session, actor, now, "published", one.key, definition=number, approved_by=approved.decided_by)
    return number


def overtaken(one: Draft) -> Refusal:
    """Somebody published another version of a file that the draft changes."""
    names = "、".join(one.overtaken)
    return Refusal(
        "overtaken",
        Words(
            f"期间已发布了新版本，其中也改了 {names}。请先“以新版本为基础”，核对差异后再申请审核。",
            f"A newer version that changes {', '.join(one.overtaken)} too was published meanwhile. "
            "Take it as the base, look at the differences, and ask for a review again.",
        ),
    )


def take_current_as_base(session: Session, one: Draft, actor: Actor, now: dt.datetime) -> None:
    """Go on from the version that is current now: the draft's own files stay, their differences show."""
    _still_open(one)
    now_there = {name: data.decode() for name, data in one.current.files.items()}
    files = {name: text for name, text in one.changed.items() if text != now_there.get(name)}
    values = {"base_id": one.current.id, "files": files, "revision": one.revision + 1, "saved_at": now}
    session.execute(update(drafts).where(drafts.c.id == one.id).values(**values))
    record(session, actor, now, "draft_rebased", one.key, base=one.current.id)


def give_up(session: Session, one: Draft, actor: Actor, now: dt.datetime) -> None:
    """End a draft without publishing it; it stays in the history."""
    _still_open(one)
    session.execute(update(drafts).where(drafts.c.id == one.id).values(ended_at=now))
    record(session, actor, now, "draft_given_up", one.key)


def roll_back(session: Session, version: Version, reason: str, actor: Actor, now: dt.datetime) -> int:
    """Publish an old version anew; returns the new version's id. What runs stays where it is."""
    if not reason.strip():
        raise Refusal("reason_missing", Words("请写明理由。", "Say why."))
    number = publish(session, version.files, actor.name, now, reason.strip()[:4000])
    record(session, actor, now, "rolled_back", f"definition:{number}", of=version.id, text=reason.strip())
    return number


def _still_open(one: Draft) -> None:
    if one.ended_at is not None:
        raise Refusal("draft_ended", Words("这份草稿已经结束。", "This draft has ended."))
