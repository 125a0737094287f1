"""Trying and bringing in an upload: at once when it is short, as a job when it is long."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.world import Actor
from register.areas import area
from register.campaigns import campaign
from register.deadlines import local_day
from register.imports import KINDS, bring_in
from register.imports.books import UnreadableSheet, opened
from register.imports.kinds import OFFICES
from register.imports.report import Report
from register.imports.sheets import find_sheet
from register.imports.uploads import Upload, content, keep_report
from register.jobs import Run, ask_for
from register.opening import begin_campaign
from register.people import person
from register.posts import posts_of

LONG: Final = 5_000
"""Rows beyond which somebody should not be kept waiting."""
_EVERY: Final = 5_000


def is_long(data: bytes, kind: str) -> bool:
    """Whether a file has more rows than can be gone through while somebody waits."""
    if len(data) < LONG * 8 and not data.startswith(b"PK"):
        return False
    try:
        with opened(data) as grids:
            return any(place > LONG for place, _ in enumerate(find_sheet(grids, KINDS[kind].columns).raw()))
    except UnreadableSheet:
        return False


def try_upload(session: Session, data_dir: Path, one: Upload, now: dt.datetime) -> Report:
    """Go through a file without writing anything of it."""
    data = content(data_dir, one.id)
    report = bring_in(
        session, one.kind, data, one.file_name, now, _actor(session, one), campaign_id=one.campaign_id, trial=True, mapping=one.mapping, within=_within(session, one, now)
    )  # fmt: skip
    keep_report(data_dir, one, report, "tried")
    return report


def bring_in_upload(
    session: Session, engine: Engine, data_dir: Path, one: Upload, now: dt.datetime, *, skip_bad: bool
) -> Report:
    """Bring a file in, in the caller's transaction."""
    data = content(data_dir, one.id)
    report = bring_in(
        session, one.kind, data, one.file_name, now, _actor(session, one),
        campaign_id=one.campaign_id, engine=engine, skip_bad=skip_bad, mapping=one.mapping, within=_within(session, one, now),
    )  # fmt: skip
    written = not report.problems or skip_bad
    keep_report(data_dir, one, report, "imported" if written else "tried")
    one.imported_at = now if written else None
    return report


def ask_for_work(
    session: Session, one: Upload, now: dt.datetime, *, kind: str, skip_bad: bool = False
) -> None:
    """Queue the trial (``try_import``) or the import (``import``) of an upload."""
    words = KINDS[one.kind].words
    one.state = "trying" if kind == "try_import" else "importing"
    one.job_id = ask_for(session, kind, words, one.by_id, now, upload=one.id, skip_bad=skip_bad).id


def try_import(run: Run) -> None:
    """The job that goes through a long file."""
    with run.database.reading() as session:
        one = session.get_one(Upload, run.params["upload"])
        data = content(run.data_dir, one.id)
        total = sum(data.count(mark) for mark in (b"\n",)) if not data.startswith(b"PK") else 0
        report = bring_in(
            session, one.kind, data, one.file_name, run.clock.now(), _actor(session, one), campaign_id=one.campaign_id, trial=True, mapping=one.mapping,
            within=_within(session, one, run.clock.now()), progress=Teller(run, total),
        )  # fmt: skip
    with run.database.writing() as session:
        keep_report(run.data_dir, session.get_one(Upload, one.id), report, "tried")
    run.finish(None, **_figures(report))


def import_upload(run: Run) -> None:
    """The job that brings a long file in; done twice it changes nothing more."""
    number = run.params["upload"]
    with run.database.writing() as session:
        one = session.get_one(Upload, number)
        skip_bad = bool(run.params["skip_bad"])
        report = bring_in_upload(session, run.engine, run.data_dir, one, run.clock.now(), skip_bad=skip_bad)
        campaign_id, kind = one.campaign_id, one.kind
    if kind == "households":
        begin_campaign(run.engine, campaign_id)
    run.finish(None, **_figures(report))


class Teller:
    """Says how far a job is, now and then; only a trial may, for an import holds the one writing transaction."""

    def __init__(self, run: Run, total: int) -> None:
        self._run, self._total, self._told = run, total, 0

    def __call__(self, done: int) -> None:
        if done - self._told >= _EVERY:
            self._told = done
            self._run.progress(done, max(self._total, done))


def _figures(report: Report) -> dict[str, Any]:
    return {
        "created": report.created,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "bad": report.bad,
    }


def _actor(session: Session, one: Upload) -> Actor:
    return Actor(person(session, one.by_id).name, one.by_id)


def _within(session: Session, one: Upload, now: dt.datetime) -> tuple[str, ...] | None:
    """A town's office brings in what belongs to its own area; the offices above are not bound."""
    today = local_day(now, campaign(session, one.campaign_id).zone)
    posts = posts_of(session, one.by_id, today)
    if any(post.role == "admin" for post in posts):
        return None
    roles = OFFICES | {"town_office"}
    scopes = tuple(post.scope for post in posts if post.role in roles and not post.scope.startswith("U"))
    return tuple(area(session, scope).code for scope in scopes)
