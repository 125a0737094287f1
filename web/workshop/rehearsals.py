"""Rehearsing a draft: play it on a clock that jumps, see who gets what when, keep the play as a test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, ImmutableMultiDict
from starlette.responses import RedirectResponse, Response

from engine.authoring import drafts, findings
from engine.authoring.drafts import Draft
from engine.definitions.versions import TEST_SUFFIX, Version
from engine.errors import BadModel, DomainError, NotFound
from engine.forms.form import Form
from engine.iso import instant
from engine.simulation.rehearsal import KEY, Beside, Rehearsal, rehearse
from engine.simulation.tests import ProcessTest, expectation, run_tests, tests_of
from engine.text import LocalizedText
from rectification.campaigns.model import get_current_campaign
from rectification.core.jobs import Job, enqueue
from rectification.process.rehearsals import campaign_around, like_which, lines, variables_of
from web.authority import draft_of
from web.components.subject_cards import path_of, places_of
from web.context import RequestContext, get_context
from web.fields.surroundings import NoSurroundings
from web.fields.view import read_posted, view_form
from web.form_data import get_form, text
from web.labels import process_words, status_words
from web.path_id import PathId
from web.workshop.rehearsal_forms import bring_along, only_shown, tasks_of

router = APIRouter(include_in_schema=False)
_ANSWER = "a."


@dataclass(slots=True)
class Play:
    """What somebody wants to see played."""

    process: str
    at: dt.datetime
    start: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    delays: dict[str, str] = field(default_factory=dict)
    also: Sequence[Beside] = ()
    key: str = KEY
    like: str = ""


def the_draft(session: Session, context: RequestContext, number: int) -> tuple[Draft, Version]:
    """A draft and the version that it would become."""
    draft = draft_of(context, session, number)
    version = draft.version_as_drawn
    _ = version.specs
    return draft, version


@router.get("/workshop/drafts/{number}/rehearsal")
def stage(number: PathId, request: Request, context: RequestContext = Depends(get_context)) -> Response:
    """Choose what is played: like a test, like a running piece of work, with answers of one's own."""
    query: ImmutableMultiDict[str, str] = request.query_params
    with context.application.database.reading() as session:
        try:
            draft, version = the_draft(session, context, number)
        except BadModel as fault:
            return _page(
                session,
                context,
                draft_of(context, session, number),
                None,
                None,
                None,
                fault.words,
            )
        play = _begun(session, context, draft, version, query.get("process", ""), query.get("like", ""))
        return _page(session, context, draft, version, play, None)


def _begun(
    session: Session, context: RequestContext, draft: Draft, version: Version, process: str, like: str
) -> Play:
    """The play to begin with: that of the test that was chosen, else of the first of this process."""
    known = [test for test in _readable_tests(version) if not process or test.process == process]
    test = next((each for each in known if each.file == like), known[0] if known else None)
    if test is not None:
        play = Play(
            test.process,
            test.at,
            dict(test.start),
            dict(test.answers),
            dict(test.delays),
            test.also,
            test.key,
            test.file,
        )
    else:
        chosen = process if process in version.file_of else next(iter(version.file_of))
        play = Play(chosen, context.application.clock.now())
    if like.startswith("key:"):
        play.start = variables_of(session, play.process, like.removeprefix("key:"), draft.scope) or play.start
        play.like, play.at, play.key = like, context.application.clock.now(), like.removeprefix("key:")
    return play


def _readable_tests(version: Version) -> list[ProcessTest]:
    try:
        return tests_of(version)
    except DomainError:
        return []


@router.post("/workshop/drafts/{number}/rehearsal")
def play(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Play it; with a name, keep it as a test of the draft; or give the test that is played these answers."""
    with context.application.database.reading() as session:
        draft, version = the_draft(session, context, number)
        proposal = _read(session, context, draft, version, form)
        name, again = text(form, "name", 100), bool(text(form, "again", 5))
        if not name and not again:
            return _page(
                session, context, draft, version, proposal, _played(session, context, version, proposal)
            )
        test = _answered_anew(version, proposal) if again else _as_test(session, version, proposal, name)
    with context.application.database.writing() as session:
        kept = draft_of(context, session, number, lock=True)
        if not again:
            test = replace(test, file=_free_name(kept, proposal.process))
        drafts.save(
            session,
            kept,
            {test.file: test.as_file()},
            kept.revision,
            context.user.actor,
            context.application.clock.now(),
        )
    return RedirectResponse(f"/workshop/drafts/{number}#tests", 303)


def _read(session: Session, context: RequestContext, draft: Draft, version: Version, form: FormData) -> Play:
    process, like = text(form, "process", 200), text(form, "like", 300)
    if process not in version.file_of:
        raise NotFound
    proposal = _begun(session, context, draft, version, process, like)
    try:
        proposal.at = instant(text(form, "at", 40), context.zone)
    except ValueError:
        raise DomainError("bad_time", LocalizedText("请填写开始时间。", "Say when it begins.")) from None
    for element, shown, attached in tasks_of(version, process):
        posted_values = FormData(
            [
                (key.removeprefix(f"{_ANSWER}{element}."), value)
                for key, value in form.multi_items()
                if key.startswith(f"{_ANSWER}{element}.")
            ]
        )
        reading = shown.read(read_posted(shown, posted_values), {})
        values = {name: value for name, value in reading.values.items() if value not in (None, [], "")}
        before = proposal.answers.get(element)
        first = (before[0] if isinstance(before, list) and before else before) or {}
        if text(form, f"nobody.{element}", 5):
            proposal.answers[element] = None
        elif not isinstance(before, list) or values != only_shown(shown, first):
            proposal.answers[element] = {**bring_along(attached, first), **values}
        days = text(form, f"days.{element}", 5)
        proposal.delays.pop(element, None)
        if days.isdecimal() and int(days):
            proposal.delays[element] = f"P{int(days)}D"
    return proposal


def _played(session: Session, context: RequestContext, version: Version, proposal: Play) -> Rehearsal:
    return rehearse(
        version,
        proposal.process,
        key=proposal.key,
        start=proposal.start,
        answers=proposal.answers,
        delays=proposal.delays,
        also=proposal.also,
        at=proposal.at,
        zone=context.zone,
        around=campaign_around(session),
    )


def _as_test(session: Session, version: Version, proposal: Play, name: str) -> ProcessTest:
    """The play with what it does now as what it is expected to do, on the dates of today's campaign."""
    campaign = get_current_campaign(session)
    dates = {} if campaign is None else {row.name: row.day.isoformat() for row in campaign.milestones}
    test = ProcessTest(
        "", name, proposal.process, proposal.at, proposal.start, proposal.answers, proposal.delays, proposal.also, dates, key=proposal.key
    )  # fmt: skip
    return replace(test, expect=expectation(test.play(version)))


def _answered_anew(version: Version, proposal: Play) -> ProcessTest:
    """The test that is played with other answers; what it expects is changed where a reason is given."""
    test = next(
        (readable_test for readable_test in _readable_tests(version) if readable_test.file == proposal.like),
        None,
    )
    if test is None:
        raise NotFound
    return replace(test, at=proposal.at, answers=proposal.answers, delays=proposal.delays)


def _free_name(draft: Draft, process: str) -> str:
    count = 1
    while f"{process}_{count}{TEST_SUFFIX}" in draft.files_as_drawn:
        count += 1
    return f"{process}_{count}{TEST_SUFFIX}"


def _page(
    session: Session,
    context: RequestContext,
    draft: Draft,
    version: Version | None,
    play: Play | None,
    played: Rehearsal | None,
    problem: LocalizedText | None = None,
) -> Response:
    if version is None or play is None:
        return context.page(session, "rehearsal.html", status=409, draft=draft, problem=problem, play=None)
    entries = [] if played is None else lines(session, played)
    keys = like_which(session, play.process, draft.scope)
    return context.page(
        session,
        "rehearsal.html",
        draft=draft,
        problem=None,
        play=play,
        at=play.at.astimezone(context.zone).strftime("%Y-%m-%dT%H:%M"),
        processes=[
            (name, process_words(name, version.spec(name).description or name)) for name in version.file_of
        ],
        tests=[(test.file, test.name) for test in _readable_tests(version) if test.process == play.process],
        running=[(f"key:{key}", place) for key, place in places_of(session, keys).items()],
        tasks=[
            _task_view(context, version, play, element, form)
            for element, form, _ in tasks_of(version, play.process)
        ],
        played=played,
        lines=entries,
        status_words=status_words,
        frames=_frames(context, played, play.process),
    )


def _task_view(
    context: RequestContext, version: Version, play: Play, element: str, form: Form
) -> dict[str, Any]:
    answers = play.answers.get(element, {})
    values = (answers[0] if isinstance(answers, list) and answers else answers) or {}
    named = Form(tuple(replace(field, id=f"{_ANSWER}{element}.{field.id}") for field in form.fields))
    shown = view_form(
        named,
        {f"{_ANSWER}{element}.{name}": value for name, value in values.items()},
        NoSurroundings(language=context.language),
    )
    next_ = next(part for (_, number), part in version.elements.items() if number == element)
    days = play.delays.get(element, "")
    return {
        "element": element,
        "name": next_.bpmn_name or element,
        "form": shown,
        "several": isinstance(answers, list) and len(answers) > 1,
        "nobody": answers is None,
        "days": days.removeprefix("P").removesuffix("D") if days.endswith("D") else "",
    }


def _frames(context: RequestContext, played: Rehearsal | None, process: str) -> list[dict[str, str]]:
    """The moments of the play for the slider: where it is, and when."""
    if played is None:
        return []
    return [
        {
            "element": step["element"],
            "at": context.calendar.minute(dt.datetime.fromisoformat(step["at"])),
            "name": step["name"] or step["element"],
        }
        for step in played.trace
        if step["process"] == process and step["event"] != "cancelled"
    ]


def _to_the_findings(number: int) -> Response:
    """What cannot be read cannot be played: the draft's page says why, beside each file."""
    return RedirectResponse(f"/workshop/drafts/{number}#findings", 303)


@router.get("/workshop/drafts/{number}/tests")
def coverage(number: PathId, process: str = "", context: RequestContext = Depends(get_context)) -> Response:
    """What the tests say, and which parts of the diagrams they pass through."""
    with context.application.database.reading() as session:
        try:
            draft, version = the_draft(session, context, number)
        except BadModel:
            return _to_the_findings(number)
        results = run_tests(version)
        chosen = process if process in version.file_of else next(iter(version.file_of))
        covered = {element for result in results for name, element in result.covered if name == chosen}
        every = {element for (name, element) in version.elements if name == chosen}
        return context.page(
            session,
            "process_tests.html",
            draft=draft,
            results=results,
            process=chosen,
            processes=[
                (name, process_words(name, version.spec(name).description or name))
                for name in version.file_of
            ],
            covered=sorted(covered & every),
            share=round(100 * len(covered & every) / len(every)) if every else 0,
        )


@router.post("/workshop/drafts/{number}/tests/{name}")
def expect_anew(
    number: PathId,
    name: str,
    context: RequestContext = Depends(get_context),
    form: FormData = Depends(get_form),
) -> Response:
    """Expect of a test what happens now, with the reason in the history; or take the test out."""
    reason = text(form, "reason", 1000)
    with context.application.database.reading() as session:
        read, version = the_draft(session, context, number)
    if not reason:
        raise DomainError("reason_missing", LocalizedText("请写明理由。", "Say why."))
    test = next((test for test in tests_of(version) if test.file == name), None)
    if test is None:
        raise NotFound
    played = test.play(version)
    if played.incident is not None:
        raise DomainError("rehearsal_stopped", _stopped(played.incident))
    anew = replace(test, expect=expectation(played))
    with context.application.database.writing() as session:
        draft = draft_of(context, session, number, lock=True)
        findings.expect_anew(
            session,
            draft,
            anew,
            read.revision,
            reason,
            context.user.actor,
            context.application.clock.now(),
        )
    return RedirectResponse(f"/workshop/drafts/{number}/tests", 303)


def _stopped(incident: dict[str, Any]) -> LocalizedText:
    return LocalizedText(
        f"测试没有走完：{incident['message_zh']}请先预演这个测试，补上答案。",
        f"The test does not come to its end: {incident['message_en']} Play it and give it the answers that are missing.",
    )


# -- if this were published now -----------------------------------------------------------------


@router.get("/workshop/drafts/{number}/what-if")
def if_published(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """What publishing would do to the work that is open: the last answer, and the way to ask anew."""
    with context.application.database.reading() as session:
        try:
            draft, version = the_draft(session, context, number)
        except BadModel:
            return _to_the_findings(number)
        query = select(Job).where(Job.kind == "what_if", Job.asked_by_id == context.user.person)
        rows = session.scalars(query.order_by(Job.id.desc()).limit(20)).all()
        job = next((row for row in rows if row.params.get("draft") == number), None)
        report = {} if job is None else job.report
        keys = {row[0] for row in report.get("held", [])} | {row[0] for row in report.get("overdue", [])}
        return context.page(
            session,
            "publish_preview.html",
            draft=draft,
            processes=[
                (name, process_words(name, version.spec(name).description or name))
                for name in version.file_of
            ],
            job=job,
            report=report,
            people=_by_person(report.get("told", [])),
            places=places_of(session, keys),
            path_of=path_of,
            busy=job is not None and job.state in ("queued", "running"),
        )


def _by_person(notices: list[list[Any]]) -> list[tuple[str, int, int, dt.datetime]]:
    """(name, how many messages, the highest level, when first) of everybody who would hear, the most first."""
    result: dict[str, list[list[Any]]] = {}
    for row in notices:
        result.setdefault(row[3], []).append(row)
    rows = [
        (name, len(rows), max(row[1] for row in rows), dt.datetime.fromisoformat(rows[0][0]))
        for name, rows in result.items()
    ]
    return sorted(rows, key=lambda row: (-row[2], -row[1]))


@router.post("/workshop/drafts/{number}/what-if")
def ask_what_if(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Ask anew, in the background."""
    days = text(form, "days", 3)
    with context.application.database.writing() as session:
        _one, version = the_draft(session, context, number)
        process = text(form, "process", 200)
        if process not in version.file_of:
            raise NotFound
        name = LocalizedText("预估发布的影响", "What publishing would do")
        enqueue(
            context.acting(session), "what_if", name, draft=number, process=process,
            days=int(days) if days.isdecimal() else 7, rearm=bool(text(form, "rearm", 5))
        )  # fmt: skip
    return RedirectResponse(f"/workshop/drafts/{number}/what-if", 303)
