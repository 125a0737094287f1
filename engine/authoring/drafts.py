"""Drafts of a version: begun, changed by several hands, given up.

A draft keeps only the files that it changes. Everything else comes from the version that is current when it
is published, so two drafts of different files do not undo each other; a file that both change is refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.definitions.versions import Definitions, Version
from engine.errors import DomainError, NotFound
from engine.host import Actor
from engine.rows import DraftRow, get_row, get_rows
from engine.schema import draft_editors, drafts, processes
from engine.text import LocalizedText

HERE_LATELY: Final = dt.timedelta(minutes=2)
"""Somebody who had the draft open this lately is said to work on it too."""
LARGEST: Final = 2_000_000
"""Bytes of one file."""


class SavedMeanwhile(DomainError):
    """Somebody else saved the draft after this person read it; nothing was overwritten."""

    def __init__(self, person: str) -> None:
        super().__init__(
            "saved_meanwhile",
            LocalizedText(
                f"{person}刚刚保存过这份草稿。请重新打开后再改，您这一份可先下载留存。",
                f"{person} has just saved this draft. Open it again before you go on; download yours first to keep it.",
            ),
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it stands: its files are whole, those that it leaves alone come from ``current``."""

    id: int
    title: str
    scope: str
    base: Version
    current: Version
    changed: Mapping[str, str | None]
    revision: int
    accepted: list[dict[str, str]]
    begun_by: str
    saved_at: dt.datetime
    ended_at: dt.datetime | None
    definition: int | None
    follows: bool
    """Whether it gives up what its scope has of its own, so that what is in force above is in force there."""
    above: Version | None
    """Of one that follows: what is in force above now."""

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
        result = {**version.files}
        for name, text in self.changed.items():
            if text is None:
                result.pop(name, None)
            else:
                result[name] = text.encode()
        return result

    @property
    def overtaken(self) -> list[str]:
        """Files that the draft changes and that somebody published otherwise meanwhile."""
        then, now = self.base.files, self.current.files
        return [name for name in self.changed if then.get(name) != now.get(name)]

    @property
    def key(self) -> str:
        """How the history names it."""
        return f"draft:{self.id}"

    def must_be_open(self) -> None:
        """Raises DomainError when it was published or given up."""
        if self.ended_at is not None:
            raise DomainError("draft_ended", LocalizedText("这份草稿已经结束。", "This draft has ended."))


def begin(
    session: Session, base: Version, title: str, actor: Actor, now: dt.datetime, scope: str = ""
) -> int:
    """Begin to change a version, for a scope in which it is or was in force; returns the draft's id."""
    row = {
        "title": title.strip()[:200] or "—",
        "scope": scope,
        "base_id": base.id,
        "files": {},
        "revision": 0,
        "accepted": [],
        "begun_at": now,
        "begun_by": actor.name,
        "saved_at": now,
    }
    number = int(session.execute(insert(drafts).returning(drafts.c.id), row).scalar_one())
    record(session, actor, now, "draft_begun", f"draft:{number}", base=base.id, scope=scope, title=title)
    return number


def begin_rollback(
    session: Session,
    known: Definitions,
    version: Version,
    title: str,
    actor: Actor,
    now: dt.datetime,
    scope: str = "",
) -> int:
    """Begin a draft that puts an old version in force again in a scope; it is reviewed and published as any other.

    Warnings that were accepted when it was published stay accepted, with their reasons.

    Raises:
        DomainError: what is in force there is the same.
    """
    current = _newest_of(session, known, version, scope)
    changes = {name: version.files.get(name) for name in {**current.files, **version.files}}
    if current.files == version.files:
        raise DomainError("unchanged", LocalizedText("现行版本与它相同。", "What is in force is the same."))
    number = begin(session, current, title, actor, now, scope)
    save(session, get_draft(session, known, number), changes, 0, actor, now)
    before = select(drafts.c.accepted).where(drafts.c.definition_id == version.id)
    accepted = session.execute(before.limit(1)).scalar_one_or_none()
    if accepted:
        session.execute(update(drafts).where(drafts.c.id == number).values(accepted=accepted))
    return number


def begin_following(
    session: Session, known: Definitions, version: Version, title: str, actor: Actor, now: dt.datetime
) -> int:
    """Begin a draft after which a scope follows what is in force above it again; a second person reads it.

    Its files are those from above, so that what changes can be read, rehearsed and counted as of any draft.

    Raises:
        DomainError: the scope has no such version of its own now, or nothing is in force above it.
    """
    own = (processes.c.definition_id == version.id, processes.c.current)
    if not version.scope or session.execute(select(processes.c.process).where(*own)).first() is None:
        raise DomainError(
            "not_own",
            LocalizedText("这不是本地区自己的现行版本。", "This is no version of the area's own in force."),
        )
    above = known.above(session, version)
    if above is None:
        raise DomainError(
            "nothing_above",
            LocalizedText("上级没有可沿用的版本。", "No version is in force above that could be followed."),
        )
    number = begin(session, version, title, actor, now, version.scope)
    session.execute(update(drafts).where(drafts.c.id == number).values(follows=True))
    changes = {name: above.files.get(name) for name in {**version.files, **above.files}}
    save(session, get_draft(session, known, number), changes, 0, actor, now)
    _hand(session, number, actor, now, saved=True)  # also where the files are the same
    return number


def get_draft(session: Session, known: Definitions, number: int, *, lock: bool = False) -> Draft:
    """Read a draft."""
    query = select(drafts).where(drafts.c.id == number)
    row = get_row(session, query.with_for_update() if lock else query, DraftRow)
    if row is None:
        raise NotFound()
    base = known.version(session, row.base_id)
    return Draft(
        row.id, row.title, row.scope, base, _newest_of(session, known, base, row.scope), row.files, row.revision, row.accepted,
        row.begun_by, row.saved_at, row.ended_at, row.definition_id, row.follows,
        known.above(session, base) if row.follows else None,
    )  # fmt: skip


def open_drafts(session: Session) -> list[DraftRow]:
    """The drafts that are still being worked on, the last saved first."""
    query = select(drafts).where(drafts.c.ended_at.is_(None))
    return get_rows(session, query.order_by(drafts.c.saved_at.desc(), drafts.c.id.desc()), DraftRow)


def _newest_of(session: Session, known: Definitions, base: Version, scope: str) -> Version:
    """The version on which the base's processes start today in a scope."""
    for process in base.file_of:
        return known.current(session, process, scope)
    return base


def save(
    session: Session,
    draft: Draft,
    changes: Mapping[str, bytes | None],
    revision: int,
    actor: Actor,
    now: dt.datetime,
) -> int:
    """Keep files as somebody left them; ``revision`` is the one that they had read. Returns the new one.

    Raises:
        SavedMeanwhile: somebody else was quicker.
    """
    draft.must_be_open()
    if revision != draft.revision:
        raise SavedMeanwhile(_last_hand(session, draft.id, actor))
    texts = {name: None if data is None else _text(name, data) for name, data in changes.items()}
    base = {name: data.decode() for name, data in draft.base.files.items()}
    files = {name: text for name, text in {**draft.changed, **texts}.items() if text != base.get(name)}
    if files == draft.changed:
        return draft.revision
    values = {"files": files, "revision": draft.revision + 1, "saved_at": now}
    session.execute(update(drafts).where(drafts.c.id == draft.id).values(**values))
    _hand(session, draft.id, actor, now, saved=True)
    return draft.revision + 1


def _text(name: str, data: bytes) -> str:
    if len(data) > LARGEST:
        raise DomainError(
            "too_large", LocalizedText(f"“{name}”超过 2 MB。", f"“{name}” is larger than 2 MB.")
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DomainError(
            "encoding", LocalizedText(f"“{name}”不是 UTF-8 文本。", f"“{name}” is not UTF-8 text.")
        ) from None


def see(session: Session, number: int, actor: Actor, now: dt.datetime) -> list[str]:
    """Note that somebody has the draft open; answers who else has, or had a moment ago."""
    _hand(session, number, actor, now)
    query = select(draft_editors.c.name).where(
        draft_editors.c.draft_id == number,
        draft_editors.c.person != (actor.person or 0),
        draft_editors.c.seen_at >= now - HERE_LATELY,
    )
    return list(session.execute(query.order_by(draft_editors.c.name)).scalars())


def _hand(session: Session, number: int, actor: Actor, now: dt.datetime, saved: bool = False) -> None:
    person = actor.person or 0
    values = {"seen_at": now, "name": actor.name, **({"saved_at": now} if saved else {})}
    result = session.execute(
        update(draft_editors)
        .where(draft_editors.c.draft_id == number, draft_editors.c.person == person)
        .values(**values)
    )
    if not result.rowcount:  # type: ignore[attr-defined]
        session.execute(insert(draft_editors), {"draft_id": number, "person": person, **values})


def _last_hand(session: Session, number: int, actor: Actor) -> str:
    query = select(draft_editors.c.name).where(
        draft_editors.c.draft_id == number, draft_editors.c.saved_at.is_not(None)
    )
    others_first = query.order_by(
        draft_editors.c.person == (actor.person or 0), draft_editors.c.saved_at.desc()
    )
    return session.execute(others_first.limit(1)).scalar_one_or_none() or "—"


def authors(session: Session, number: int) -> set[int]:
    """Everybody who changed the draft: none of them may judge it."""
    query = select(draft_editors.c.person).where(
        draft_editors.c.draft_id == number, draft_editors.c.saved_at.is_not(None)
    )
    return set(session.execute(query).scalars())


def take_current_as_base(session: Session, draft: Draft, actor: Actor, now: dt.datetime) -> None:
    """Go on from the version that is current now: the draft's own files stay, their differences show."""
    draft.must_be_open()
    now_there = {name: data.decode() for name, data in draft.current.files.items()}
    files = {name: text for name, text in draft.changed.items() if text != now_there.get(name)}
    values = {"base_id": draft.current.id, "files": files, "revision": draft.revision + 1, "saved_at": now}
    session.execute(update(drafts).where(drafts.c.id == draft.id).values(**values))
    record(session, actor, now, "draft_rebased", draft.key, base=draft.current.id)


def give_up(session: Session, draft: Draft, actor: Actor, now: dt.datetime) -> None:
    """End a draft without publishing it; it stays in the history."""
    draft.must_be_open()
    session.execute(update(drafts).where(drafts.c.id == draft.id).values(ended_at=now))
    record(session, actor, now, "draft_given_up", draft.key)
