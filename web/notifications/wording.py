"""The wording of letters: changed by the office, looked at before, and sent to oneself for a test."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.audit.history import record
from engine.errors import DomainError, NotAllowed, WrongValues
from engine.text import Language, LocalizedText
from notifications.outgoing_messages import MessageLine, OutgoingMessage, compose
from notifications.wording import PARTS, Wording, Wordings, checked, keep
from rectification.campaigns.model import COLOURS, Campaign, NoCampaign, floor
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
    speaks: str = "zh", area: str = "", kept: str = "", asked: RequestContext = Depends(get_context)
) -> Response:
    """The texts in force in an area of mine."""
    return _page(asked, _language(speaks), area, kept=bool(kept))


def _language(given: str) -> Language:
    return "en" if given == "en" else "zh"


def _page(
    asked: RequestContext,
    speaks: Language,
    area: str,
    *,
    status: int = 200,
    texts: Wording | None = None,
    **more: Any,
) -> Response:
    with asked.application.database.reading() as session:
        places = owner_by(asked, session, "POST /messages").areas
        chosen = area if area in places else next(iter(places), INSTALLATION)
        wording = texts or Wordings(session).of(speaks, scopes_above(session, chosen))
        current_campaign = get_current_campaign(session, asked)
        context = {"problems": {}, "kept": False, "said": None, "failed": None, "letter": None, **more}
        mildest = next(
            colour
            for colour in COLOURS
            if colour in floor(current_campaign.settings if current_campaign is not None else {})
        )
        return asked.page(
            session, "messages.html", status=status, speaks=speaks, wording=wording, parts=PARTS, campaign=current_campaign,
            area=chosen, places=[(each, scope_name(session, each)) for each in places],
            colours=COLOURS, mildest=mildest, **context,
        )  # fmt: skip


@router.post("/messages")
def change(asked: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Look at the texts, send them to me, or put them in force in an area of mine."""
    speaks, area = _language(text(form, "speaks")), text(form, "area", 20)
    typed = {part: text(form, part, 2000) for part in PARTS}
    try:
        wording = checked(speaks, typed)
    except WrongValues as refusal:
        return _page(asked, speaks, area, status=422, texts=Wording(speaks, typed), problems=refusal.problems)
    act = text(form, "act")
    if act == "keep":
        with asked.application.database.writing() as session:
            where = _kept_for(asked, session, area)
            now = asked.application.clock.now()
            keep(session, wording, asked.user.name, now, scopes_above(session, where))
            record(
                session,
                asked.user.actor,
                now,
                "wording_changed",
                f"messages:{speaks}",
                area=where,
                texts=dict(wording.texts),
            )
        return RedirectResponse(f"/messages?speaks={speaks}&area={quote(where)}&kept=1", 303)
    letter = _example(asked, wording)
    if act == "test":
        return _page(asked, speaks, area, texts=wording, letter=letter, **_sent(asked, letter))
    return _page(asked, speaks, area, texts=wording, letter=letter)


def _kept_for(asked: RequestContext, session: Session, given: str) -> str:
    """The area for which texts are put in force; one's own, where none is named.

    Raises:
        NotAllowed: it is not one of the user's.
    """
    places = owner_by(asked, session, "POST /messages").areas
    if not places or (given and given not in places):
        raise NotAllowed(
            LocalizedText("这里的用语由别的单位维护。", "Another office keeps the wording there.")
        )
    return given or places[0]


def _example(asked: RequestContext, wording: Wording) -> OutgoingMessage:
    lines = [
        MessageLine(example.said_in(wording.language), asked.application.settings.public_url + "/")
        for example in EXAMPLES
    ]
    with asked.application.database.reading() as session:
        to = get_person(session, asked.user.person).email or ""
    identity = f"<test.{asked.user.person}.{asked.machine_clock.now():%Y%m%d%H%M%S%f}@huitoukan>"
    return compose(identity, to, asked.user.name, wording, lines)


def _sent(asked: RequestContext, letter: OutgoingMessage) -> dict[str, Any]:
    channel = asked.application.delivery.channels.get("mail")
    if channel is None or not letter.to:
        return {"failed": NO_MAIL}
    outcome = channel.send([letter])[0]
    return {"said": SENT} if outcome.error is None else {"failed": _refused(outcome.error)}


def _refused(why: LocalizedText) -> LocalizedText:
    return LocalizedText(f"测试邮件没有送达：{why.zh}", f"The test letter did not arrive: {why.en}")


@router.post("/messages/floor")
def set_floor(asked: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """From which colour on nobody can mute what they are told."""
    colour = text(form, "floor")
    if colour not in COLOURS:
        raise DomainError("no_such_colour", LocalizedText("没有这种颜色。", "There is no such colour."))
    with asked.application.database.writing() as session:
        campaign = _campaign(session, asked)
        must_answer_for(asked, session, campaign)
        campaign.settings = {**campaign.settings, "floor": colour}
        record(
            session,
            asked.user.actor,
            asked.application.clock.now(),
            "floor_set",
            campaign_key(campaign.id),
            floor=colour,
        )
    return RedirectResponse("/messages?kept=1", 303)


def _campaign(session: Session, asked: RequestContext) -> Campaign:
    current_campaign = get_current_campaign(session, asked)
    if current_campaign is None:
        raise NoCampaign
    return current_campaign
