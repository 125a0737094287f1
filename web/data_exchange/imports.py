"""Spreadsheets in: a template to fill in, a trial that says what would happen, then the import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import NotAllowed, NotFound, WrongValues
from engine.text import LocalizedText
from rectification.campaigns.model import Campaign, NoCampaign
from rectification.core.jobs import Job
from rectification.imports import KINDS, ImportKind
from rectification.imports.bad_rows import bad_rows
from rectification.imports.report import ImportProblem
from rectification.imports.sheets import find_places, headings
from rectification.imports.templates import template
from rectification.imports.uploads import (
    Upload,
    content,
    get_upload,
    keep_mapping,
    keep_upload,
    mappings_of,
    sentences,
)
from rectification.imports.work import ask_for_work, bring_in_upload, is_long, try_upload
from rectification.imports.workbooks import UnreadableSheet, opened
from rectification.setup.start_campaign import begin_campaign
from web.context import RequestContext, get_context
from web.current_campaign import get_current_campaign
from web.form_data import SentFile, get_form, sent_file, text
from web.i18n import spoken, translate
from web.path_id import PathId

router = APIRouter(include_in_schema=False)
SHOWN = 200
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def kind_sent(request: Request) -> str:
    """Of which kind the file is said to be."""
    return text(await request.form(max_files=1, max_fields=20), "kind", 40)


@router.get("/imports")
def listing(kind: str = "", context: RequestContext = Depends(get_context)) -> Response:
    """What can be imported, and what I imported before."""
    return _listing(context, kind, None)


def _listing(context: RequestContext, chosen: str, problem: LocalizedText | None) -> Response:
    kinds = [kind for kind in KINDS.values() if kind.roles & context.user.roles]
    query = select(Upload).where(Upload.by_id == context.user.person).order_by(Upload.id.desc()).limit(20)
    with context.application.database.reading() as session:
        campaign = get_current_campaign(session, context)
        return context.page(
            session,
            "imports.html",
            status=422 if problem else 200,
            kinds=[kind for kind in kinds if campaign is not None or not kind.of_campaign],
            later=[kind for kind in kinds if campaign is None and kind.of_campaign],
            at_hand=_written_to(campaign) if any(kind.of_campaign for kind in kinds) else "",
            chosen=chosen,
            problem=problem,
            rows=[(row, KINDS[row.kind].words) for row in session.scalars(query) if row.kind in KINDS],
        )


def _written_to(campaign: Campaign | None) -> str:
    if campaign is None:
        return ""
    return campaign.name if spoken() == "zh" else campaign.name_en


@router.get("/imports/templates/{kind}")
def blank(kind: str, context: RequestContext = Depends(get_context)) -> Response:
    """A workbook to fill in."""
    chosen = _kind(context, kind)
    along = [KINDS[code] for code in chosen.along]
    data = template([chosen, *along], context.language)
    suffix = {"zh": "导入模板", "en": " template"}[context.language]
    return _workbook(data, f"{chosen.words.in_language(context.language)}{suffix}.xlsx")


@router.post("/imports")
def keep(
    file: SentFile | None = Depends(sent_file),
    chosen: str = Depends(kind_sent),
    context: RequestContext = Depends(get_context),
) -> Response:
    """Keep a file and try it: at once when it is short, as a job when it is long."""
    if file is None:
        return _listing(context, "", LocalizedText("请选择文件。", "Choose a file."))
    kind, application = _kind(context, chosen), context.application
    folder = application.settings.data_dir
    slow = is_long(file.data, kind.code)
    with application.database.writing() as session:
        campaign = get_current_campaign(session, context)
        if campaign is None and kind.of_campaign:
            return _listing(context, kind.code, NoCampaign().words)
        at_hand, acting = None if campaign is None else campaign.id, context.acting(session)
        upload = keep_upload(acting, folder, at_hand, kind.code, file.data, file.name)
        if slow:
            ask_for_work(acting, upload, kind="try_import")
        else:
            try_upload(acting, folder, upload)
        number = upload.id
    return RedirectResponse(f"/imports/{number}", 303)


@router.get("/imports/{number}")
def show(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """What the trial said, or what came of the import."""
    folder = context.application.settings.data_dir
    with context.application.database.reading() as session:
        upload = get_upload(session, number, context.user.person)
        job = session.get(Job, upload.job_id) if upload.job_id else None
        failed = job is not None and job.state == "failed" and upload.state in ("trying", "importing")
        problems, warnings = sentences(folder, number)
        return context.page(
            session,
            "import.html",
            upload=upload,
            kind=KINDS[upload.kind].words,
            into=_written_to(_campaign_of(session, upload)),
            job=job,
            busy=upload.state in ("trying", "importing") and not failed,
            failed=failed,
            problems=problems[:SHOWN],
            warnings=warnings[:SHOWN],
            more=max(len(problems), len(warnings)) > SHOWN,
            sheets=any(each.sheet for each in (*problems, *warnings)),
            choosing=_choosing(session, folder, upload, problems),
        )


def _campaign_of(session: Session, upload: Upload) -> Campaign | None:
    """The campaign that its rows belong to; areas, units and people belong to none."""
    if upload.campaign_id is None or not KINDS[upload.kind].of_campaign:
        return None
    return session.get(Campaign, upload.campaign_id)


@dataclass(frozen=True, slots=True)
class Choosing:
    """The columns of a kind, and the headings of the file that each could be."""

    columns: list[tuple[str, str, bool, str]]
    """Code, name, whether it is required, the heading that is taken for it."""
    headings: tuple[str, ...]
    kept: list[tuple[int, str]]


def _choosing(
    session: Session, folder: Any, upload: Upload, problems: list[ImportProblem]
) -> Choosing | None:
    """Offered when the headings were not understood, or when some were left out."""
    if upload.state != "tried" or not (upload.counts.get("whole") or upload.counts.get("ignored")):
        return None
    kind = KINDS[upload.kind]
    try:
        with opened(content(folder, upload.id)) as grids:
            columns = headings(grids, kind.columns)
            places = find_places(grids, kind.columns, upload.mapping)
    except UnreadableSheet:
        return None
    if not columns:
        return None
    rows = [
        (each.code, translate(each.words), each.required, places.get(each.code, "")) for each in kind.columns
    ]
    kept = [(each.id, each.name) for each in mappings_of(session, upload.campaign_id, upload.kind)]
    return Choosing(rows, columns, kept)


@router.post("/imports/{number}/mapping")
def choose(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Say which heading is which column, keep that under a name if one is given, and try again."""
    application = context.application
    folder = application.settings.data_dir
    with application.database.writing() as session:
        upload = _tried(session, number, context)
        kept = text(form, "kept", 20)
        if kept:
            known = {
                str(each.id): each.columns for each in mappings_of(session, upload.campaign_id, upload.kind)
            }
            upload.mapping = dict(known.get(kept, {}))
        else:
            codes = (each.code for each in KINDS[upload.kind].columns)
            upload.mapping = {code: chosen for code in codes if (chosen := text(form, f"column.{code}", 200))}
            name = text(form, "name", 100)
            if name:
                keep_mapping(session, upload.campaign_id, upload.kind, name, upload.mapping)
        if is_long(content(folder, number), upload.kind):
            ask_for_work(context.acting(session), upload, kind="try_import")
        else:
            try_upload(context.acting(session), folder, upload)
    return RedirectResponse(f"/imports/{number}", 303)


@router.post("/imports/{number}/entry")
def enter(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Bring the file in: all of it, or without its bad rows."""
    application = context.application
    folder = application.settings.data_dir
    skip_bad = text(form, "skip_bad", 5) == "yes"
    begins = None
    with application.database.writing() as session:
        upload = _tried(session, number, context)
        _kind(context, upload.kind)
        if upload.counts.get("whole") or (upload.counts.get("bad") and not skip_bad):
            words = LocalizedText("还有不能导入的行。", "There are rows that cannot go in.")
            raise WrongValues({"": words})
        rows = sum(upload.counts.get(name, 0) for name in ("created", "changed", "unchanged", "bad"))
        if rows > 1_000:
            ask_for_work(context.acting(session), upload, kind="import", skip_bad=skip_bad)
        else:
            bring_in_upload(context.acting(session), folder, upload, skip_bad=skip_bad)
            begins = upload.campaign_id if upload.kind == "households" else None
    if begins is not None:
        begin_campaign(application.engine, begins)
    return RedirectResponse(f"/imports/{number}", 303)


@router.get("/imports/{number}/bad-rows")
def wrong(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """The rows that cannot go in, each with its reasons."""
    folder = context.application.settings.data_dir
    with context.application.database.reading() as session:
        upload = get_upload(session, number, context.user.person)
    problems, _warnings = sentences(folder, number)
    if not upload.counts.get("bad"):
        raise NotFound
    kind = KINDS[upload.kind]
    kinds = [kind, *(KINDS[code] for code in kind.along)]
    data = bad_rows(content(folder, number), kinds, problems, context.language, upload.mapping)
    name = {"zh": "需更正的行", "en": "rows to correct"}[context.language]
    return _workbook(data, f"{name}-{number}.xlsx")


def _kind(context: RequestContext, code: str) -> ImportKind:
    kind = KINDS.get(code)
    if kind is None:
        raise NotFound
    if not kind.roles & context.user.roles:
        raise NotAllowed(
            LocalizedText("您的岗位不能导入这类数据。", "Your posts do not include importing this.")
        )
    return kind


def _tried(session: Session, number: int, context: RequestContext) -> Upload:
    upload = get_upload(session, number, context.user.person)
    if upload.state != "tried":
        words = LocalizedText(
            "这份文件正在处理或已经导入。", "This file is being worked on, or is in already."
        )
        raise WrongValues({"": words})
    return upload


def _workbook(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(data, media_type=WORKBOOK, headers=headers)
