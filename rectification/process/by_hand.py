"""What people set going by hand (人工发起): a process, or a message to one that waits; only what its diagram lets them.

Nothing is for people unless a diagram says so: a process by Camunda's ``isStartableInTasklist`` and
``candidateStarterGroups`` with the form of its start event, a message by the property ``senders`` of the event that
catches it, with the form of that event. The business key names something that the asker sees and in whose area
they hold one of these posts, themselves or for somebody else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.errors import NotAllowed, NotFound, WrongValues
from engine.forms.form import Form
from engine.host import Actor, Values
from engine.text import LocalizedText
from engine.worklist.selectables import running_instances, subscriptions
from rectification.access.permissions import covering_post, may_see, visible_campaigns
from rectification.campaigns.model import Campaign
from rectification.matters.key_places import KeyPlace, place_of_key
from rectification.people.deputies import stood_in_for

_NOT_YOURS: Final = LocalizedText(
    "您的岗位不能在这里发起。", "Your posts here do not include setting this going."
)
_ONESELF: Final = LocalizedText(
    "不能填写自己或所代办的人。", "Name somebody else: not yourself, nor whom you stand in for."
)


def start_process(
    session: Session,
    engine: Engine,
    actor: Actor,
    today: dt.date,
    process: str,
    key: str,
    values: Values,
    campaign: int | None = None,
) -> int:
    """Start a process about what a business key names; ``campaign`` where the key is in several. Returns the instance.

    Raises:
        NotFound: no such process or thing, none that people may start, or not the asker's to see.
        NotAllowed: the asker holds none of the posts there for which the process is.
        WrongValues: with a sentence per field of the start form, or per value that is no field of it.
    """
    place = _seen(session, actor, key, today)
    version = engine.version_to_start(session, process, key, dict(place.variables))
    roles = version.starters(process)
    if not roles:
        raise NotFound(LocalizedText("这个流程不能由人发起。", "This process is not for people to start."))
    acting = _as_whom(session, actor, roles, place, today)
    variables = {**place.variables, "campaign": _campaign(session, acting, place, campaign, today)}
    _refuse_oneself(session, acting, version.plain_start(process).particulars.form, values, today)
    return engine.start_with_form(session, process, key, variables, values, acting)


def send_message(
    session: Session, engine: Engine, actor: Actor, today: dt.date, name: str, key: str, payload: Values
) -> None:
    """Send a message to the process that waits for it under this business key; the caller lets the engine settle.

    Raises:
        NotFound: the key is not the asker's to see, or nothing waits under it for a message that people may send.
        NotAllowed: the asker holds none of the posts there for which the message is.
        WrongValues: with a sentence per field of the event's form, or per value that is no field of it.
    """
    place = _seen(session, actor, key, today)
    for number, definition in _waiting(session, name, key):
        declared = engine.definitions.version(session, definition).sendable(name)
        if declared is None:
            continue
        event, roles = declared
        acting = _as_whom(session, actor, roles, place, today)
        form = event.particulars.form
        _refuse_oneself(session, acting, form, payload, today)
        clean = form.take(payload, place.variables)
        engine.send(session, name, key, clean, acting, target=number)
        return
    raise NotFound(
        LocalizedText("这里没有等待这个消息的事项。", "Nothing waits here for such a message from people.")
    )


def _seen(session: Session, actor: Actor, key: str, today: dt.date) -> KeyPlace:
    place = place_of_key(session, key)
    if place is None or actor.person is None or not may_see(session, actor.person, key, today):
        raise NotFound
    return place


def _as_whom(
    session: Session, actor: Actor, roles: Collection[str], place: KeyPlace, today: dt.date
) -> Actor:
    """The actor, with the person for whom they act where the post is not their own."""
    assert actor.person is not None
    post = covering_post(session, actor.person, roles, place.areas, today)
    if post is None:
        raise NotAllowed(_NOT_YOURS)
    return actor if post.person_id == actor.person else replace(actor, on_behalf_of=post.person_id)


def _campaign(session: Session, actor: Actor, place: KeyPlace, number: int | None, today: dt.date) -> int:
    """The campaign of the thing; of what is in several, the one that the asker names and has to do with."""
    if place.campaign is not None:
        return place.campaign
    assert actor.person is not None
    condition = visible_campaigns(session, actor.person, today)
    here = Campaign.area_code.in_(place.areas)
    campaign = session.scalar(select(Campaign.id).where(Campaign.id == number, here, condition))
    if campaign is None:
        words = LocalizedText("请写明是哪个专项行动。", "Say for which campaign.")
        raise WrongValues({"campaign": words})
    return campaign


def _waiting(session: Session, name: str, key: str) -> list[tuple[int, int]]:
    """The instances that wait for a message under a key, the oldest first, each with its version."""
    query = (
        select(running_instances.c.id, running_instances.c.definition_id)
        .join(subscriptions, subscriptions.c.instance_id == running_instances.c.id)
        .where(
            subscriptions.c.kind == "message",
            subscriptions.c.name == name,
            subscriptions.c.key == key,
        )
    )
    return [(row.id, row.definition_id) for row in session.execute(query.order_by(running_instances.c.id))]


def _refuse_oneself(
    session: Session, actor: Actor, form: Form, values: Mapping[str, Any], today: dt.date
) -> None:
    """Whoever sets something going is not its second person: nobody names themselves in it."""
    assert actor.person is not None
    oneself = {str(person) for person in (actor.person, *stood_in_for(session, actor.person, today))}
    problems = {
        field.id: _ONESELF
        for field in form.fields
        if field.type == "person" and str(values.get(field.id, "")) in oneself
    }
    if problems:
        raise WrongValues(problems)
