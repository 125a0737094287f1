"""Long work that I asked for: how far it is, and the files that came of it."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Depends
from sqlalchemy import select
from starlette.responses import FileResponse, Response

from engine.errors import NotFound
from rectification.core.jobs import Job, get_job, job_folder
from web.context import RequestContext, get_context
from web.path_id import PathId

router = APIRouter(include_in_schema=False)
MOST = 50


@router.get("/jobs")
def show(context: RequestContext = Depends(get_context)) -> Response:
    """My jobs, the newest first."""
    query = select(Job).where(Job.asked_by_id == context.user.person).order_by(Job.id.desc()).limit(MOST)
    with context.application.database.reading() as session:
        rows = session.scalars(query).all()
        busy = any(row.state in ("queued", "running") for row in rows)
        return context.page(session, "jobs.html", rows=rows, busy=busy)


@router.get("/jobs/{number}/result")
def result(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """The file that came of a job."""
    with context.application.database.reading() as session:
        job = get_job(session, number, context.user.person)
    if job.result is None or job.state != "done":
        raise NotFound
    path = job_folder(context.application.settings.data_dir, job.id) / job.result
    if not path.is_file():
        raise NotFound
    name = f"attachment; filename*=UTF-8''{quote(job.result)}"
    return FileResponse(path, headers={"Content-Disposition": name, "Cache-Control": "private, no-store"})
