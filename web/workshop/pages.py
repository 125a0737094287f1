"""The process owner's workshop: drafts of versions, drawn in the browser, checked, reviewed, published."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, RedirectResponse, Response

from engine.authoring import drafts, findings, reviews
from engine.authoring.drafts import Draft
from engine.authoring.findings import Judged
from engine.definitions.versions import TEST_SUFFIX, Version
from engine.errors import DomainError, NotAllowed, NotFound
from engine.forms.parse import read_form
from engine.text import LocalizedText
from engine.xml import UnreadableXml, parse_xml
from rectification.process.vocabulary import get_vocabulary
from web.authority import draft_of, owner, version_for
from web.bpmn_files import bpmn_file
from web.context import RequestContext, get_context
from web.fields.surroundings import NoSurroundings
from web.fields.view import view_form
from web.form_data import body, get_form, sent_files, text
from web.i18n import gettext as _
from web.i18n import translate
from web.labels import process_words
from web.path_id import PathId
from web.security.headers import POLICY
from web.workshop.views import FIELD_TYPES, drawing_facts, number_of, scope_name, title_of, units_in_force

router = APIRouter(include_in_schema=False)
DRAWING_POLICY = f"{POLICY}; style-src-attr 'unsafe-inline'"
"""The drawing tools set styles of their elements from scripts; scripts themselves stay as strict as elsewhere."""
KINDS = {".bpmn": "modeller", ".dmn": "table"}
EMPTY = {
    ".bpmn": """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="{id}_definitions" targetNamespace="https://huitoukan.example/bpmn">
  <bpmn:process id="{id}" name="{name}" isExecutable="true"><bpmn:startEvent id="{id}_begin" /></bpmn:process>
  <bpmndi:BPMNDiagram id="{id}_diagram"><bpmndi:BPMNPlane id="{id}_plane" bpmnElement="{id}"><bpmndi:BPMNShape id="{id}_begin_di" bpmnElement="{id}_begin"><dc:Bounds x="180" y="160" width="36" height="36" /></bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>
""",
    ".dmn": """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" id="{id}_definitions" name="{name}" namespace="https://huitoukan.example/dmn">
  <decision id="{id}" name="{name}"><decisionTable id="{id}_table" hitPolicy="FIRST"><input id="{id}_in" label=""><inputExpression id="{id}_in_text" typeRef="string"><text></text></inputExpression></input><output id="{id}_out" label="" name="result" typeRef="string" /></decisionTable></decision>
  <dmndi:DMNDI><dmndi:DMNDiagram id="{id}_diagram"><dmndi:DMNShape id="{id}_shape" dmnElementRef="{id}"><dc:Bounds height="80" width="180" x="160" y="100" /></dmndi:DMNShape></dmndi:DMNDiagram></dmndi:DMNDI>
</definitions>
""",
}
"""What a new file begins with."""


@router.get("/workshop")
def workshop(context: RequestContext = Depends(get_context)) -> Response:
    """What is in force where, and what is being drawn for areas of one's own."""
    with context.application.database.reading() as session:
        office = owner(context, session)
        return context.page(
            session,
            "workshop.html",
            units=units_in_force(session, office),
            open_drafts=[
                (draft, scope_name(session, draft.scope))
                for draft in drafts.open_drafts(session)
                if office.owns(draft.scope)
            ],
            problem=None,
        )


@router.post("/workshop/drafts")
def begin(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Begin to change a version, for an area of one's own."""
    title, base = text(form, "title", 200), text(form, "base", 20)
    if not base.isdecimal():
        raise NotFound
    with context.application.database.writing() as session:
        version = version_for(context, session, int(base))
        scope = _chosen_scope(context, session, version, form)
        if not title:
            raise DomainError(
                "title_missing", LocalizedText("请写明要改什么。", "Say what is to be changed.")
            )
        now = context.application.clock.now()
        number = drafts.begin(session, version, title, context.user.actor, now, scope)
    return RedirectResponse(f"/workshop/drafts/{number}", 303)


def _chosen_scope(context: RequestContext, session: Session, version: Version, form: FormData) -> str:
    """The area for which a version is to be changed; with only one that can be meant nobody need choose."""
    places, scope = owner(context, session).places_in(version.scope), text(form, "scope", 20)
    if scope in places:
        return scope
    if scope or not places:
        raise NotFound
    if len(places) > 1:
        raise DomainError(
            "scope_missing", LocalizedText("请选择适用地区。", "Choose the area for which it is meant.")
        )
    return places[0]


@router.get("/workshop/drafts/{number}")
def draft_page(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """One draft: its files, what the checks say, its review."""
    with context.application.database.reading() as session:
        return _draft_page(session, context, draft_of(context, session, number))


def _draft_page(
    session: Session,
    context: RequestContext,
    draft: Draft,
    problem: LocalizedText | None = None,
    typed: str = "",
) -> Response:
    judged = findings.findings(draft, facts=get_vocabulary(session, draft.files_as_drawn))
    return context.page(
        session,
        "draft.html",
        status=200 if problem is None else 409,
        draft=draft,
        scope=scope_name(session, draft.scope),
        files=_files(draft),
        judged=judged,
        blocking=[judgement for judgement in judged if judgement.blocks],
        reviews=reviews.reviews(session, draft.id),
        approval=reviews.approval(session, draft),
        is_author=context.user.person in drafts.authors(session, draft.id),
        tests=findings.test_results(draft),
        published=_published(session, context, draft),
        problem=problem,
        typed=typed,
    )


def _published(session: Session, context: RequestContext, draft: Draft) -> list[tuple[str, str]]:
    """The processes that the draft changed, once it is published: their running work may follow."""
    if draft.definition is None:
        return []
    version = context.application.engine.definitions.version(session, draft.definition)
    changed = [process for process, file in version.file_of.items() if file in draft.changed]
    return [(name, process_words(name, version.spec(name).description or name)) for name in changed]


def _files(draft: Draft) -> list[dict[str, object]]:
    """Every file with whether the draft changes it; those that it takes out too."""
    drawn = draft.files_as_drawn
    return [
        {
            "name": name,
            "title": title_of(name, drawn.get(name) or draft.base.files.get(name) or b""),
            "state": "same"
            if name not in draft.changed
            else "gone"
            if name not in drawn
            else "changed"
            if name in draft.base.files
            else "new",
            "path": f"/workshop/drafts/{draft.id}/files/{quote(name)}",
            "drawn": name.endswith(tuple(KINDS)),
        }
        for name in sorted({*drawn, *draft.changed}, key=lambda name: (name.endswith(TEST_SUFFIX), name))
    ]


@router.get("/workshop/drafts/{number}/files/{name}")
def drawing(number: PathId, name: str, context: RequestContext = Depends(get_context)) -> Response:
    """The drawing board for one file: a diagram or a decision table."""
    with context.application.database.writing() as session:
        draft = draft_of(context, session, number)
        kind = next((KINDS[end] for end in KINDS if name.endswith(end)), None)
        if name not in draft.files_as_drawn or kind is None:
            raise NotFound
        others = drafts.see(session, number, context.user.actor, context.application.clock.now())
        facts = drawing_facts(session, draft)
        answer = context.page(
            session,
            "drawing.html",
            draft=draft,
            name=name,
            kind=kind,
            others=others,
            facts=facts,
            types=FIELD_TYPES,
        )
    answer.headers["Content-Security-Policy"] = DRAWING_POLICY
    return answer


@router.post("/workshop/form-preview")
def preview(context: RequestContext = Depends(get_context), data: bytes = Depends(body)) -> Response:
    """A form as it will look on a phone; ``data`` is the camunda:formData of a task."""
    try:
        form, problems = read_form(parse_xml(b"<task>" + data + b"</task>"))
    except UnreadableXml as fault:
        raise DomainError("unreadable", fault.words) from None
    around = NoSurroundings(language=context.language)
    shown = view_form(form, form.prefilled({}), around)
    wrong = [(problem.field, translate(problem.words)) for problem in problems]
    return context.pages.block(
        "form_preview.html",
        "preview",
        context.language,
        {"form": shown, "wrong": wrong},
    )


@router.get("/workshop/drafts/{number}/files/{name}/source")
def source(number: PathId, name: str, context: RequestContext = Depends(get_context)) -> Response:
    """The file itself, as the stock Camunda Modeler opens it."""
    with context.application.database.reading() as session:
        content = draft_of(context, session, number).files_as_drawn.get(name)
    if content is None:
        raise NotFound
    return bpmn_file(content, name)


@router.put("/workshop/drafts/{number}/files/{name}/source")
def keep(
    number: PathId,
    name: str,
    revision: int,
    context: RequestContext = Depends(get_context),
    data: bytes = Depends(body),
) -> Response:
    """Keep what is being drawn; answers the new revision, what the checks say, and who else is here."""
    with context.application.database.writing() as session:
        draft = draft_of(context, session, number, lock=True)
        if name not in draft.files_as_drawn:
            raise NotFound
        now = context.application.clock.now()
        drafts.save(session, draft, {name: data}, revision, context.user.actor, now)
        others = drafts.see(session, number, context.user.actor, now)
        draft = draft_of(context, session, number)
        facts = get_vocabulary(session, draft.files_as_drawn)
    judged = findings.findings(draft, name, facts)
    return JSONResponse(
        {
            "revision": draft.revision,
            "others": others,
            "findings": [_as_json(context, judgement) for judgement in judged],
        }
    )


def _as_json(context: RequestContext, judged: Judged) -> dict[str, str]:
    finding = judged.finding
    return {
        "severity": finding.severity,
        "rule": finding.rule,
        "element": finding.element,
        "name": finding.name,
        "words": finding.words.in_language(context.language),
        "reason": judged.reason,
    }


async def brought(request: Request) -> tuple[FormData, dict[str, bytes]]:
    """Files that an owner chose, and the fields beside them."""
    form = await request.form(max_files=12, max_fields=20)
    return form, {file.name: file.data for file in await sent_files(form, "files")}


@router.post("/workshop/drafts/{number}/files")
def bring(
    number: PathId,
    context: RequestContext = Depends(get_context),
    sent: tuple[FormData, dict[str, bytes]] = Depends(brought),
) -> Response:
    """Put files into the draft: drawn elsewhere, or a new empty one under a name."""
    form, files = sent
    try:
        with context.application.database.writing() as session:
            draft = draft_of(context, session, number, lock=True)
            changes: dict[str, bytes | None] = {**files} if files else {**_empty(draft, form)}
            strange = [name for name in changes if not name.endswith(tuple(KINDS)) or "/" in name]
            if strange or not changes:
                raise DomainError(
                    "file_name",
                    LocalizedText(
                        "请选择 .bpmn 或 .dmn 文件，或给新文件起名。",
                        "Choose .bpmn or .dmn files, or give the new file a name.",
                    ),
                )
            drafts.save(
                session,
                draft,
                changes,
                draft.revision,
                context.user.actor,
                context.application.clock.now(),
            )
    except DomainError as refusal:
        with context.application.database.reading() as session:
            return _draft_page(session, context, draft_of(context, session, number), refusal.words)
    return RedirectResponse(f"/workshop/drafts/{number}", 303)


def _empty(draft: Draft, form: FormData) -> dict[str, bytes]:
    """A new file; its name is the id of what it draws, so it is written in Latin letters."""
    name, kind = text(form, "name", 60), text(form, "kind", 8)
    if not name or kind not in EMPTY:
        return {}
    if not (name.isascii() and name.isidentifier()):
        raise DomainError(
            "file_name",
            LocalizedText(
                "文件名请用英文字母、数字和下划线，以字母开头。",
                "Name it in Latin letters, digits and underscores.",
            ),
        )
    if name + kind in draft.files_as_drawn:
        raise DomainError(
            "file_there", LocalizedText("已有同名文件。", "There is a file of that name already.")
        )
    title = text(form, "title", 100) or name
    quoted = title.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return {name + kind: EMPTY[kind].replace("{id}", name).replace("{name}", quoted).encode()}


@router.post("/workshop/drafts/{number}/files/{name}/removal")
def take_out(number: PathId, name: str, context: RequestContext = Depends(get_context)) -> Response:
    """Take a file out of the draft, or its changes back: what is published keeps it until the draft is."""
    with context.application.database.writing() as session:
        draft = draft_of(context, session, number, lock=True)
        was = draft.base.files.get(name)
        change = None if was is None or name not in draft.changed else was
        drafts.save(
            session,
            draft,
            {name: change},
            draft.revision,
            context.user.actor,
            context.application.clock.now(),
        )
    return RedirectResponse(f"/workshop/drafts/{number}", 303)


@router.post("/workshop/drafts/{number}/warnings")
def let_stand(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Accept a warning with a reason, or take that back."""
    warning = (text(form, "file", 300), text(form, "rule", 100), text(form, "element", 200))
    reason = text(form, "reason", 1000)
    with context.application.database.writing() as session:
        draft = draft_of(context, session, number, lock=True)
        facts = get_vocabulary(session, draft.files_as_drawn)
        findings.accept(
            session, draft, warning, reason, context.user.actor, context.application.clock.now(), facts
        )
    return RedirectResponse(f"/workshop/drafts/{number}#findings", 303)


ACTS = ("review", "decision", "publication", "base", "end")


@router.post("/workshop/drafts/{number}/{act}")
def act(
    number: PathId,
    act: str,
    context: RequestContext = Depends(get_context),
    form: FormData = Depends(get_form),
) -> Response:
    """Ask for a review, decide it, publish, take the newer version as the base, or give up."""
    words = text(form, "words", 4000)
    actor, now = context.user.actor, context.application.clock.now()
    if act in ("review", "publication"):
        with (
            context.application.database.reading() as session
        ):  # played here, so that nobody waits for their end to write
            findings.test_results(draft_of(context, session, number))
    try:
        with context.application.database.writing() as session:
            draft = draft_of(context, session, number, lock=True)
            match act:
                case "review":
                    facts = get_vocabulary(session, draft.files_as_drawn)
                    reviews.ask_for_review(session, draft, words, actor, now, facts)
                case "decision":
                    reviews.decide(session, draft, text(form, "approved", 3) == "yes", words, actor, now)
                case "publication":
                    reviews.publish_draft(session, draft, actor, now, get_vocabulary(session, draft.files))
                case "base":
                    drafts.take_current_as_base(session, draft, actor, now)
                case "end":
                    drafts.give_up(session, draft, actor, now)
                case _:
                    raise NotFound
    except NotFound:
        raise
    except DomainError as refusal:
        with context.application.database.reading() as session:
            return _draft_page(session, context, draft_of(context, session, number), refusal.words, words)
    return RedirectResponse("/workshop" if act == "end" else f"/workshop/drafts/{number}", 303)


@router.post("/definitions/{number}/rollback")
def roll_back(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Ask a second person to put an old version in force again: a draft with its files, checked and read as any other."""
    reason, application, actor = text(form, "words", 4000), context.application, context.user.actor
    with application.database.writing() as session:
        version = version_for(context, session, number)
        scope = _chosen_scope(context, session, version, form)
        if not reason:
            raise DomainError("reason_missing", LocalizedText("请写明理由。", "Say why."))
        details = {"number": number_of(session, version), "reason": reason}
        title = _("Back to version %(number)s: %(reason)s") % details
        known, now = application.engine.definitions, application.clock.now()
        draft = drafts.begin_rollback(session, known, version, title, actor, now, scope)
    return _have_it_read(context, draft, reason)


@router.post("/definitions/{number}/following")
def follow(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Ask a second person to let an area follow the version above again instead of its own: a draft with the files from above."""
    reason, application, actor = text(form, "words", 4000), context.application, context.user.actor
    with application.database.writing() as session:
        version, office = version_for(context, session, number), owner(context, session)
        if not office.places_in(version.scope):
            raise NotFound
        if version.scope and not office.owns(version.scope):
            raise NotAllowed(
                LocalizedText("这个版本由上级负责。", "An office above answers for this version.")
            )
        if not reason:
            raise DomainError("reason_missing", LocalizedText("请写明理由。", "Say why."))
        title = _("Follow the version above again: %(reason)s") % {"reason": reason}
        known, now = application.engine.definitions, application.clock.now()
        draft = drafts.begin_following(session, known, version, title, actor, now)
    return _have_it_read(context, draft, reason)


def _have_it_read(context: RequestContext, draft: int, reason: str) -> Response:
    """Ask for a review at once; where something blocks it, the draft's page says what."""
    application, actor = context.application, context.user.actor
    with (
        application.database.reading() as session
    ):  # played here, so that nobody waits for their end to write
        findings.test_results(draft_of(context, session, draft))
    try:
        with application.database.writing() as session:
            drawn = draft_of(context, session, draft, lock=True)
            facts = get_vocabulary(session, drawn.files_as_drawn)
            reviews.ask_for_review(session, drawn, reason, actor, application.clock.now(), facts)
    except DomainError as refusal:
        with application.database.reading() as session:
            return _draft_page(session, context, draft_of(context, session, draft), refusal.words, reason)
    return RedirectResponse(f"/workshop/drafts/{draft}", 303)
