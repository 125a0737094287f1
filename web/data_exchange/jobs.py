"""Long work that I asked for: how far it is, and the files that came of it."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Depends
from sqlalchemy import select
from starlette.responses import FileResponse, Response

from engine.errors import NotFound
from rectification.core.jobs import Job, get_job, job_folder
from web.context import RequestContext, get_context
from web.i18n import use_language
from web.path_id import PathId

router = APIRouter(include_in_schema=False)
MOST = 50


@router.get("/jobs")
def show(asked: RequestContext = Depends(get_context)) -> Response:
    """My jobs, the newest first."""
    use_language(asked.language)
    wanted = select(Job).where(Job.asked_by_id == asked.visitor.person).order_by(Job.id.desc()).limit(MOST)
    with asked.house.database.reading() as session:
        rows = session.scalars(wanted).all()
        busy = any(one.state in ("queued", "running") for one in rows)
        return asked.page(session, "jobs.html", rows=rows, busy=busy)


@router.get("/jobs/{number}/result")
def result(number: PathId, asked: RequestContext = Depends(get_context)) -> Response:
    """The file that came of a job."""
    with asked.house.database.reading() as session:
        found = get_job(session, number, asked.visitor.person)
    if found.result is None or found.state != "done":
        raise NotFound
    path = job_folder(asked.house.settings.data_dir, found.id) / found.result
    if not path.is_file():
        raise NotFound
    name = f"attachment; filename*=UTF-8''{quote(found.result)}"
    return FileResponse(path, headers={"Content-Disposition": name, "Cache-Control": "private, no-store"})
