"""Trying and bringing in an upload: at once when it is short, as a job when it is long."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from engine.host import Actor
from engine.json import as_int
from rectification.access.permissions import posts_by_area
from rectification.core.context import ActionContext
from rectification.core.jobs import Run, enqueue, stand_back
from rectification.imports import KINDS, ImportOptions, bring_in
from rectification.imports.report import ImportReport
from rectification.imports.sheets import find_sheet
from rectification.imports.uploads import Upload, content, keep_report
from rectification.imports.workbooks import UnreadableSheet, opened
from rectification.matters.timezone import acting_now, zone_of_campaign
from rectification.people.deputies import acting_posts
from rectification.people.model import get_person
from rectification.people.posts import posts_of
from rectification.setup.start_campaign import begin_campaign

LONG: Final = 5_000
"""Rows beyond which somebody should not be kept waiting."""
_EVERY: Final = 5_000
_KEPT: Final = ("created", "changed", "unchanged")


def is_long(data: bytes, kind: str) -> bool:
    """Whether a file has more rows than can be gone through while somebody waits."""
    if len(data) < LONG * 8 and not data.startswith(b"PK"):
        return False
    try:
        with opened(data) as grids:
            return any(place > LONG for place, _ in enumerate(find_sheet(grids, KINDS[kind].columns).raw()))
    except UnreadableSheet:
        return False


def try_upload(context: ActionContext, data_dir: Path, upload: Upload) -> ImportReport:
    """Go through a file of the actor's without writing anything of it."""
    data, options = content(data_dir, upload.id), replace(_options(context, upload), trial=True)
    report = bring_in(context, upload.kind, data, upload.file_name, options)
    keep_report(data_dir, upload, report, "tried")
    return report


def bring_in_upload(
    context: ActionContext, data_dir: Path, upload: Upload, *, skip_bad: bool
) -> ImportReport:
    """Bring a file of the actor's in, in the caller's transaction."""
    data, options = content(data_dir, upload.id), replace(_options(context, upload), skip_bad=skip_bad)
    report = bring_in(context, upload.kind, data, upload.file_name, options)
    written = not report.problems or skip_bad
    keep_report(data_dir, upload, report, "imported" if written else "tried")
    upload.imported_at = context.now if written else None
    return report


def ask_for_work(context: ActionContext, upload: Upload, *, kind: str, skip_bad: bool = False) -> None:
    """Queue the trial (``try_import``) or the import (``import``) of an upload of the actor's."""
    words = KINDS[upload.kind].words
    upload.state = "trying" if kind == "try_import" else "importing"
    upload.job_id = enqueue(context, kind, words, upload=upload.id, skip_bad=skip_bad).id


def try_import(run: Run) -> None:
    """The job that goes through a long file."""
    with run.database.reading() as session:
        upload = session.get_one(Upload, run.params["upload"])
        report = _gone_through(run, session, upload, trial=True, progress=Teller(run, _lines(run, upload)))
    with run.database.writing() as session:
        keep_report(run.data_dir, session.get_one(Upload, upload.id), report, "tried")
    run.finish(None, **_figures(report))


def _lines(run: Run, upload: Upload) -> int:
    """About how many rows there are, where that is easily seen."""
    data = content(run.data_dir, upload.id)
    return 0 if data.startswith(b"PK") else data.count(b"\n")


def import_upload(run: Run) -> None:
    """The job that brings a long file in; begun again it goes on where it was, and its figures stay right."""
    number = as_int(run.params["upload"])
    with run.database.reading() as session:
        upload = session.get_one(Upload, number)
    if upload.state != "imported" and _may_go_in(run, upload):
        with run.database.writing_in_pieces() as session:
            _bring_in_pieces(run, session, number)
    if upload.kind == "households" and upload.campaign_id is not None:
        begin_campaign(run.engine, upload.campaign_id)
    with run.database.reading() as session:
        counts = session.get_one(Upload, number).counts
    run.finish(None, **{name: counts.get(name, 0) for name in ("created", "changed", "unchanged", "bad")})


def _may_go_in(run: Run, upload: Upload) -> bool:
    """Whether bad rows are to be skipped, or there are none: looked at once more before anything is written."""
    if run.params["skip_bad"] or "through" in upload.counts:
        return True
    with run.database.reading() as session:
        report = _gone_through(run, session, upload, trial=True, progress=Teller(run, _lines(run, upload)))
    if report.problems:
        with run.database.writing() as session:
            keep_report(run.data_dir, session.get_one(Upload, upload.id), report, "tried")
    return not report.problems


def _bring_in_pieces(run: Run, session: Session, number: int) -> None:
    upload = session.get_one(Upload, number)
    report = _gone_through(run, session, upload, pieces=_Pieces(run, session, upload))
    keep_report(run.data_dir, upload, report, "imported")
    upload.imported_at = run.clock.now()
    session.commit()


def _gone_through(run: Run, session: Session, upload: Upload, **how: Any) -> ImportReport:
    context = acting_now(session, run.engine, _actor(session, upload))
    data, options = content(run.data_dir, upload.id), replace(_options(context, upload), **how)
    return bring_in(context, upload.kind, data, upload.file_name, options)


def _options(context: ActionContext, upload: Upload) -> ImportOptions:
    return ImportOptions(upload.campaign_id, upload.mapping, _within(context, upload))


class _Pieces:
    """A long file goes in a batch at a time; how far it is stands in the upload, in the batch's own transaction."""

    def __init__(self, run: Run, session: Session, upload: Upload) -> None:
        self._run, self._session, self._upload = run, session, upload
        self._total = _lines(run, upload)
        self.through: int = upload.counts.get("through", 0)
        self.counts = {name: upload.counts[name] for name in _KEPT} if self.through else {}

    def keep(self, batch: int, rows: int, report: ImportReport) -> None:
        """Commit, then let others write."""
        counts = {name: getattr(report, name) for name in _KEPT}
        self._upload.counts = {**self._upload.counts, **counts, "through": batch}
        self._session.commit()
        self._run.progress(rows, max(rows, self._total))
        stand_back(self._run.database)


class Teller:
    """Says how far a trial is, now and then."""

    def __init__(self, run: Run, total: int) -> None:
        self._run, self._total, self._told = run, total, 0

    def __call__(self, done: int) -> None:
        if done - self._told >= _EVERY:
            self._told = done
            self._run.progress(done, max(self._total, done))


def _figures(report: ImportReport) -> dict[str, object]:
    return {
        "created": report.created,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "bad": report.bad,
    }


def _actor(session: Session, upload: Upload) -> Actor:
    return Actor(get_person(session, upload.by_id).name, upload.by_id)


def _within(context: ActionContext, upload: Upload) -> tuple[str, ...] | None:
    """The areas of the posts for which this kind of sheet is; an administrator of the installation brings in everything."""
    session = context.session
    today = context.in_zone(zone_of_campaign(session, upload.campaign_id)).today
    roles = KINDS[upload.kind].roles
    if (
        upload.kind == "people"
    ):  # as on the page of accounts: whoever stands in for an administrator names nobody
        own = [post for post in posts_of(session, upload.by_id, today) if post.role in roles]
        is_everywhere = any(post.is_installation_wide for post in own)
        return None if is_everywhere else tuple(sorted({post.area_code for post in own if post.area_code}))
    posts = acting_posts(session, upload.by_id, today)
    if any(post.is_installation_wide for post in posts):
        return None
    return tuple(sorted(posts_by_area(session, upload.by_id, roles, today)))
