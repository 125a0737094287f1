"""What people set going by hand (人工发起): a process, or a message to one that waits; only what its diagram lets them.

Nothing is for people unless a diagram says so: a process by Camunda's ``isStartableInTasklist`` and
``candidateStarterGroups`` with the form of its start event, a message by the property ``senders`` of the event that
catches it, with the form of that event. The business key names something that the asker sees and in whose area
they hold one of these posts, themselves or for somebody else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotAllowed, NotFound, WrongValues
from engine.forms.form import Form
from engine.host import Values
from engine.text import LocalizedText
from engine.worklist.selectables import running_instances, subscriptions
from rectification.access.permissions import covering_post, may_see, visible_campaigns
from rectification.campaigns.model import Campaign
from rectification.core.context import ActionContext
from rectification.matters.key_places import KeyPlace, place_of_key
from rectification.people.deputies import stood_in_for

_NOT_YOURS: Final = LocalizedText(
    "您的岗位不能在这里发起。", "Your posts here do not include setting this going."
)
_ONESELF: Final = LocalizedText(
    "不能填写自己或所代办的人。", "Name somebody else: not yourself, nor whom you stand in for."
)


def start_process(
    context: ActionContext, process: str, key: str, values: Values, campaign: int | None = None
) -> int:
    """Start a process about what a business key names; ``campaign`` where the key is in several. Returns the instance.

    Raises:
        NotFound: no such process or thing, none that people may start, or not the asker's to see.
        NotAllowed: the asker holds none of the posts there for which the process is.
        WrongValues: with a sentence per field of the start form, or per value that is no field of it.
    """
    session = context.session
    place = _seen(context, key)
    version = context.engine.version_to_start(session, process, key, place.variables)
    roles = version.starters(process)
    if not roles:
        raise NotFound(LocalizedText("这个流程不能由人发起。", "This process is not for people to start."))
    context = _as_whom(context, roles, place)
    variables = {**place.variables, "campaign": _campaign(context, place, campaign)}
    _refuse_oneself(context, version.plain_start(process).particulars.form, values)
    return context.engine.start_with_form(session, process, key, variables, values, context.actor)


def send_message(context: ActionContext, name: str, key: str, payload: Values) -> None:
    """Send a message to the process that waits for it under this business key; the caller lets the engine settle.

    Raises:
        NotFound: the key is not the asker's to see, or nothing waits under it for a message that people may send.
        NotAllowed: the asker holds none of the posts there for which the message is.
        WrongValues: with a sentence per field of the event's form, or per value that is no field of it.
    """
    session = context.session
    place = _seen(context, key)
    for number, definition in _waiting(session, name, key):
        declared = context.engine.definitions.version(session, definition).sendable(name)
        if declared is None:
            continue
        event, roles = declared
        context = _as_whom(context, roles, place)
        form = event.particulars.form
        _refuse_oneself(context, form, payload)
        clean = form.take(payload, place.variables)
        context.engine.send(session, name, key, clean, context.actor, target=number)
        return
    raise NotFound(
        LocalizedText("这里没有等待这个消息的事项。", "Nothing waits here for such a message from people.")
    )


def _seen(context: ActionContext, key: str) -> KeyPlace:
    person, place = context.actor.person, place_of_key(context.session, key)
    if place is None or person is None or not may_see(context.session, person, key, context.today):
        raise NotFound
    return place


def _as_whom(context: ActionContext, roles: Collection[str], place: KeyPlace) -> ActionContext:
    """The act, on behalf of the person for whom they act where the post is not their own."""
    actor = context.actor
    assert actor.person is not None
    post = covering_post(context.session, actor.person, roles, place.areas, context.today)
    if post is None:
        raise NotAllowed(_NOT_YOURS)
    if post.person_id == actor.person:
        return context
    return context.acting_as(replace(actor, on_behalf_of=post.person_id))


def _campaign(context: ActionContext, place: KeyPlace, number: int | None) -> int:
    """The campaign of the thing; of what is in several, the one that the asker names and has to do with."""
    if place.campaign is not None:
        return place.campaign
    assert context.actor.person is not None
    condition = visible_campaigns(context.session, context.actor.person, context.today)
    here = Campaign.area_code.in_(place.areas)
    campaign = context.session.scalar(select(Campaign.id).where(Campaign.id == number, here, condition))
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


def _refuse_oneself(context: ActionContext, form: Form, values: Mapping[str, object]) -> None:
    """Whoever sets something going is not its second person: nobody names themselves in it."""
    session, person = context.session, context.actor.person
    assert person is not None
    oneself = {str(person) for person in (person, *stood_in_for(session, person, context.today))}
    problems = {
        field.id: _ONESELF
        for field in form.fields
        if field.type == "person" and str(values.get(field.id, "")) in oneself
    }
    if problems:
        raise WrongValues(problems)
