"""The wording of letters: changed by the office, looked at before, and sent to oneself for a test."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import DomainError, NotAllowed, WrongValues
from engine.text import Language, LocalizedText
from notifications.outgoing_messages import MessageLine, OutgoingMessage, compose
from notifications.wording import PARTS, Wording, Wordings, checked, keep
from rectification.campaigns.model import COLOURS, Campaign, NoCampaign, floor
from rectification.core.history import record_event
from rectification.core.keys import campaign_key
from rectification.people.model import get_person
from rectification.places.scopes import INSTALLATION, scopes_above
from web.authority import must_answer_for, owner_by
from web.context import RequestContext, get_context
from web.current_campaign import get_current_campaign
from web.form_data import get_form, text
from web.workshop.views import scope_name

router = APIRouter(include_in_schema=False)
EXAMPLES = (
    LocalizedText(
        "“整改问题”（颍上-001）已逾期 1 天。", "“Put it right” (Yingshang-001) is overdue by 1 day."
    ),
    LocalizedText("新事项“复核整改成效”：颍上-002", "New work “Re-verify”: Yingshang-002"),
)
SENT = LocalizedText("测试邮件已交给邮件服务器。", "The test mail was handed to the mail server.")
NO_MAIL = LocalizedText(
    "没有设置邮件服务器，或您没有邮箱地址。", "There is no mail server, or you have no mail address."
)


@router.get("/messages")
def show(
    speaks: str = "zh", area: str = "", kept: str = "", context: RequestContext = Depends(get_context)
) -> Response:
    """The texts in force in an area of mine."""
    return _page(context, _language(speaks), area, kept=bool(kept))


def _language(text: str) -> Language:
    return "en" if text == "en" else "zh"


def _page(
    context: RequestContext,
    speaks: Language,
    area: str,
    *,
    status: int = 200,
    texts: Wording | None = None,
    **more: Any,
) -> Response:
    with context.application.database.reading() as session:
        places = owner_by(context, session, "POST /messages").areas
        chosen = area if area in places else next(iter(places), INSTALLATION)
        wording = texts or Wordings(session).of(speaks, scopes_above(session, chosen))
        current_campaign = get_current_campaign(session, context)
        values = {"problems": {}, "kept": False, "done": None, "failed": None, "letter": None, **more}
        mildest = next(
            colour
            for colour in COLOURS
            if colour in floor(current_campaign.settings if current_campaign is not None else {})
        )
        return context.page(
            session, "messages.html", status=status, speaks=speaks, wording=wording, parts=PARTS, campaign=current_campaign,
            area=chosen, places=[(each, scope_name(session, each)) for each in places],
            colours=COLOURS, mildest=mildest, **values,
        )  # fmt: skip


@router.post("/messages")
def change(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Look at the texts, send them to me, or put them in force in an area of mine."""
    speaks, area = _language(text(form, "speaks")), text(form, "area", 20)
    typed = {part: text(form, part, 2000) for part in PARTS}
    try:
        wording = checked(speaks, typed)
    except WrongValues as refusal:
        return _page(
            context, speaks, area, status=422, texts=Wording(speaks, typed), problems=refusal.problems
        )
    act = text(form, "act")
    if act == "keep":
        with context.application.database.writing() as session:
            where = _kept_for(context, session, area)
            acting = context.acting(session)
            keep(session, wording, context.user.name, acting.now, scopes_above(session, where))
            record_event(
                acting,
                "wording_changed",
                f"messages:{speaks}",
                area=where,
                texts=dict(wording.texts),
            )
        return RedirectResponse(f"/messages?speaks={speaks}&area={quote(where)}&kept=1", 303)
    letter = _example(context, wording)
    if act == "test":
        return _page(context, speaks, area, texts=wording, letter=letter, **_sent(context, letter))
    return _page(context, speaks, area, texts=wording, letter=letter)


def _kept_for(context: RequestContext, session: Session, text: str) -> str:
    """The area for which texts are put in force; one's own, where none is named.

    Raises:
        NotAllowed: it is not one of the user's.
    """
    places = owner_by(context, session, "POST /messages").areas
    if not places or (text and text not in places):
        raise NotAllowed(
            LocalizedText("这里的用语由别的单位维护。", "Another office keeps the wording there.")
        )
    return text or places[0]


def _example(context: RequestContext, wording: Wording) -> OutgoingMessage:
    lines = [
        MessageLine(example.in_language(wording.language), context.application.settings.public_url + "/")
        for example in EXAMPLES
    ]
    with context.application.database.reading() as session:
        to = get_person(session, context.user.person).email or ""
    identity = f"<test.{context.user.person}.{context.machine_clock.now():%Y%m%d%H%M%S%f}@huitoukan>"
    return compose(identity, to, context.user.name, wording, lines)


def _sent(context: RequestContext, letter: OutgoingMessage) -> dict[str, Any]:
    channel = context.application.delivery.channels.get("mail")
    if channel is None or not letter.to:
        return {"failed": NO_MAIL}
    outcome = channel.send([letter])[0]
    return {"done": SENT} if outcome.error is None else {"failed": _refused(outcome.error)}


def _refused(why: LocalizedText) -> LocalizedText:
    return LocalizedText(f"测试邮件没有送达：{why.zh}", f"The test letter did not arrive: {why.en}")


@router.post("/messages/floor")
def set_floor(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """From which colour on nobody can mute what they are told."""
    colour = text(form, "floor")
    if colour not in COLOURS:
        raise DomainError("no_such_colour", LocalizedText("没有这种颜色。", "There is no such colour."))
    with context.application.database.writing() as session:
        campaign = _campaign(session, context)
        must_answer_for(context, session, campaign)
        campaign.settings = {**campaign.settings, "floor": colour}
        record_event(context.acting(session), "floor_set", campaign_key(campaign.id), floor=colour)
    return RedirectResponse("/messages?kept=1", 303)


def _campaign(session: Session, context: RequestContext) -> Campaign:
    current_campaign = get_current_campaign(session, context)
    if current_campaign is None:
        raise NoCampaign
    return current_campaign
