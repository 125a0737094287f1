"""Running work on its way to another version: choose, see the verdicts, move, watch, take back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, ImmutableMultiDict
from starlette.responses import RedirectResponse, Response

from engine.definitions.versions import Version
from engine.errors import DomainError, NotFound
from engine.migration.move import send
from engine.migration.tokens import MovePlan
from engine.text import LocalizedText
from engine.worklist.selectables import instances, open_work, running_instances
from rectification.core import jobs
from rectification.process.instance_migrations import (
    MOST,
    InstanceChoice,
    changed_times,
    chosen,
    judge_all,
    lie_in,
    lost_elements,
    moves_of,
    places_in,
    undo_moves,
    versions_in_use,
)
from web.authority import owner, version_for
from web.components.subject_cards import path_of, places_of
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.guards import require_visible
from web.labels import process_words, status_words
from web.names import step_name
from web.path_id import PathId

router = APIRouter(include_in_schema=False)
Fields = ImmutableMultiDict[str, Any] | FormData
_PLACE = "place."


@dataclass(frozen=True, slots=True)
class MigrationRequest:
    """What the page's fields say: which work, and where its tokens go."""

    choice: InstanceChoice
    places: dict[str, str]
    rearm: frozenset[str]

    @classmethod
    def read(cls, fields: Fields, process: str) -> MigrationRequest:
        """From a query or a posted form."""
        version = text_of(fields, "version")
        choice = InstanceChoice(
            process,
            int(version) if version.isdecimal() else None,
            text_of(fields, "step"),
            text_of(fields, "status"),
            text_of(fields, "area"),
        )
        places = {
            name.removeprefix(_PLACE): str(value)
            for name, value in fields.multi_items()
            if name.startswith(_PLACE) and value
        }
        return cls(choice, places, frozenset(str(value) for value in fields.getlist("rearm")))


def text_of(fields: Fields, name: str) -> str:
    """One field as trimmed text."""
    return str(fields.get(name) or "").strip()[:200]


@router.get("/definitions/{number}/{process}/migration")
def plan_page(
    number: PathId, process: str, request: Request, context: RequestContext = Depends(get_context)
) -> Response:
    """Choose running work and see what would become of each piece."""
    with context.application.database.reading() as session:
        proposal = _proposal(context, session, number, request.query_params, process)
        return _plan_page(session, context, number, process, proposal)


def _proposal(
    context: RequestContext, session: Session, number: int, fields: Fields, process: str
) -> MigrationRequest:
    """What the page's fields say, as far as it lies where the user owns the definitions and the target is in force."""
    target = version_for(context, session, number)
    proposal = MigrationRequest.read(fields, process)
    scopes = tuple(owner(context, session).places_in(target.scope))
    if not scopes:
        raise NotFound
    return replace(proposal, choice=replace(proposal.choice, scopes=scopes))


def _plan_page(
    session: Session,
    context: RequestContext,
    number: int,
    process: str,
    proposal: MigrationRequest,
    problem: LocalizedText | None = None,
    reason: str = "",
) -> Response:
    engine = context.application.engine
    target = version_for(context, session, number)
    if process not in target.file_of:
        raise NotFound
    numbers = chosen(session, proposal.choice, number)
    verdicts = judge_all(engine, session, numbers, MovePlan(target, proposal.places, proposal.rearm))
    without_places = (
        verdicts if not proposal.places else judge_all(engine, session, numbers, MovePlan(target))
    )
    old = _versions(session, context, process, proposal, number)
    times = {
        changed_time.name: changed_time
        for version in old
        for changed_time in changed_times(version, target, process)
    }
    return context.page(
        session,
        "migration.html",
        status=200 if problem is None else 409,
        target=number,
        process=process,
        name=process_words(process, target.spec(process).description or process),
        proposal=proposal,
        total=len(numbers),
        most=MOST,
        verdicts=verdicts,
        counted=Counter(verdict.outcome for verdict in verdicts),
        lost=lost_elements(without_places),
        options=[(place.name, place.bpmn_name or place.name) for place in places_in(target, process)],
        times=[(time.name, time.bpmn_name or time.name) for time in times.values()],
        places=places_of(session, [verdict.key for verdict in verdicts]),
        path_of=path_of,
        versions=versions_in_use(session, process, proposal.choice.scopes),
        steps=_steps(session, context, proposal.choice, number),
        statuses=_statuses(session, proposal.choice, number),
        problem=problem,
        reason=reason,
    )


def _versions(
    session: Session, context: RequestContext, process: str, proposal: MigrationRequest, target: int
) -> list[Version]:
    result = [
        one for one, _number in versions_in_use(session, process, proposal.choice.scopes) if one != target
    ]
    if proposal.choice.version is not None:
        result = [number for number in result if number == proposal.choice.version]
    return [context.application.engine.definitions.version(session, number) for number in result]


def _steps(
    session: Session, context: RequestContext, choice: InstanceChoice, target: int
) -> list[tuple[str, str]]:
    query = (
        select(open_work.c.element, open_work.c.name, open_work.c.definition_id, open_work.c.process)
        .join(running_instances, running_instances.c.id == open_work.c.instance_id)
        .where(
            running_instances.c.process == choice.process,
            running_instances.c.definition_id != target,
            lie_in(choice.scopes),
        )
        .distinct()
    )
    result: dict[str, str] = {}
    for row in session.execute(query.order_by(open_work.c.element)):
        name = step_name(
            context.application.engine, session, row.definition_id, row.process, row.element, row.name
        )
        result.setdefault(row.element, name)
    return list(result.items())


def _statuses(session: Session, choice: InstanceChoice, target: int) -> list[tuple[str, str]]:
    running = running_instances.c
    query = select(running.status).where(
        running.process == choice.process,
        running.definition_id != target,
        running.status.is_not(None),
        lie_in(choice.scopes),
    )
    return [(row, status_words(row)) for row in sorted(session.execute(query.distinct()).scalars())]


@router.post("/definitions/{number}/{process}/migration")
def begin(
    number: PathId,
    process: str,
    context: RequestContext = Depends(get_context),
    form: FormData = Depends(get_form),
) -> Response:
    """Move what was chosen, in the background."""
    reason = text(form, "reason", 2000)
    with context.application.database.reading() as session:
        proposal = _proposal(context, session, number, form, process)
        numbers = chosen(session, proposal.choice, number)
        problem = (
            LocalizedText("请写明理由。", "Say why.")
            if not reason
            else LocalizedText("没有可迁移的事项。", "There is nothing to move.")
            if not numbers
            else None
        )
        if problem is not None:
            return _plan_page(session, context, number, process, proposal, problem, reason)
        title = process_words(process)
    with context.application.database.writing() as session:
        job = jobs.enqueue(
            context.acting(session),
            "migrate",
            LocalizedText(f"迁移“{title}”", f"Move “{title}” to another version"),
            target=number,
            process=process,
            instances=numbers,
            places=proposal.places,
            rearm=sorted(proposal.rearm),
            reason=reason,
        )
        job_number = job.id
    return RedirectResponse(f"/migrations/{job_number}", 303)


@router.get("/migrations/{number}")
def progress(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """How far it is, what was moved, and what was not and why."""
    with context.application.database.reading() as session:
        job = _migration(session, context, number)
        made = moves_of(session, job)
        refused = [
            (key, zh if context.language == "zh" else en) for _n, key, zh, en in job.report.get("refused", [])
        ]
        keys = [row.key for row in made] + [key for key, _words in refused]
        return context.page(
            session,
            "migration_job.html",
            job=job,
            made=made,
            refused=refused,
            places=places_of(session, keys),
            path_of=path_of,
            busy=job.state in ("queued", "running"),
        )


def _migration(session: Session, context: RequestContext, number: int) -> jobs.Job:
    job = jobs.get_job(session, number, context.user.person)
    if job.kind != "migrate":
        raise NotFound
    return job


@router.post("/migrations/{number}/{act}")
def turn(
    number: PathId,
    act: str,
    context: RequestContext = Depends(get_context),
    form: FormData = Depends(get_form),
) -> Response:
    """Pause, let go on, or take moves back."""
    with context.application.database.writing() as session:
        job = _migration(session, context, number)
        mine = {row.id for row in moves_of(session, job)}
        match act:
            case "pause":
                jobs.pause(session, job)
            case "going-on":
                jobs.go_on(session, job)
            case "undoing":
                pass
            case _:
                raise NotFound
    if act == "undoing":
        numbers = [int(str(value)) for value in form.getlist("move") if str(value).isdecimal()]
        undo_moves(
            context.application.engine, [number for number in numbers if number in mine], context.user.actor
        )
    return RedirectResponse(f"/migrations/{number}", 303)


# -- one piece of work, by hand ----------------------------------------------------------------


@router.get("/instances/{number}/move")
def move_page(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Send one piece of work back, or to another step, with a reason."""
    with context.application.database.reading() as session:
        return _move_page(session, context, number)


def _move_page(
    session: Session, context: RequestContext, number: int, problem: LocalizedText | None = None
) -> Response:
    engine, running = context.application.engine, running_instances.c
    row = session.execute(
        select(running.id, running.key, running.process, running.definition_id).where(running.id == number)
    ).one_or_none()
    if row is None:
        raise NotFound
    require_visible(session, context, row.key)
    version = engine.definitions.version(session, row.definition_id)
    here = [one for process, one in engine.tokens(session, number) if process == row.process]
    named = {element: step for (process, element), step in version.elements.items() if process == row.process}

    def name(element: str) -> str:
        return step_name(
            engine, session, row.definition_id, row.process, element, str(named[element].bpmn_name or element)
        )

    return context.page(
        session,
        "move_token.html",
        status=200 if problem is None else 409,
        row=row,
        title=places_of(session, [row.key]).get(row.key, row.key),
        path=path_of(row.key),
        stands=[(fromkey, name(fromkey)) for fromkey in dict.fromkeys(here) if fromkey in named],
        there=[(place.name, name(place.name)) for place in places_in(version, row.process)],
        problem=problem,
    )


@router.post("/instances/{number}/move")
def move(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Do it."""
    kind = "jumped" if text(form, "kind", 10) == "jumped" else "sent_back"
    with context.application.database.reading() as session:
        key = session.scalar(select(instances.c.key).where(instances.c.id == number))
        if key is None:
            raise NotFound
        require_visible(session, context, key)
    try:
        send(
            context.application.engine,
            number,
            text(form, "here", 200),
            text(form, "there", 200),
            context.user.actor,
            text(form, "reason", 2000),
            kind=kind,  # type: ignore[arg-type]
        )
    except NotFound:
        raise
    except DomainError as refusal:
        with context.application.database.reading() as session:
            return _move_page(session, context, number, refusal.words)
    return RedirectResponse(path_of(key) or "/", 303)
