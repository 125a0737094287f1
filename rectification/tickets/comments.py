"""Comments: what people say about a ticket beside its forms; whoever is named with @ is told once."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ForeignKey, case, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotAllowed, WrongValues
from engine.owners import person_owner
from engine.text import LocalizedText
from notifications.outbox import NotificationRequest, notify_many
from rectification.access.permissions import may_see
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.model import Id, LongText, Model
from rectification.evidence.model import Evidence, unknown_evidence
from rectification.matters.ticket import Ticket, get_ticket
from rectification.matters.ticket_name import ticket_name
from rectification.people.deputies import reached
from rectification.people.model import Person, names_of
from rectification.people.posts import Post, held_on
from rectification.places.areas import Area
from rectification.tickets.carbon_copies import LOOK_ONLY, may_read, readers_of_ticket

LONGEST: Final = 2000
"""Characters of one comment."""
MOST_FILES: Final = 10
_MENTION: Final = re.compile(r"(?<![A-Za-z0-9._%+-])[@＠](?=\S)")
"""An @ that names somebody: not that of a mail address, and not one that stands alone."""
_LONGEST_NAME: Final = 30
_OFFERED: Final = 12


class Comment(Model):
    """What one person said about a ticket, with the files and the people that they named."""

    __tablename__ = "comments"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    text: Mapped[LongText]
    mentioned: Mapped[list[int]]
    files: Mapped[list[int]]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


@dataclass(frozen=True, slots=True)
class ShownComment:
    """A comment as it is read."""

    id: int
    at: dt.datetime
    by: str
    text: str
    mentioned: Sequence[str]
    files: Sequence[Evidence]


def files_key(number: int) -> str:
    """The business key of what comments bring along: it is seen with the ticket and proves nothing about it."""
    return f"comments:{number}"


def comment(
    context: ActionContext, number: int, text: str, *, files: Sequence[int] = (), chosen: Collection[int] = ()
) -> Comment:
    """Say something about a ticket; ``chosen`` says which people are meant where two share a name.

    Raises:
        NotAllowed: the actor does not see the ticket, or has it as a copy alone.
        WrongValues: nothing is said, too much, a file did not arrive, or somebody is named who cannot be.
    """
    session = context.session
    ticket = get_ticket(session, number)
    if context.actor.person is None or not may_see(session, context.actor.person, ticket.key, context.today):
        raise NotAllowed(LOOK_ONLY)
    _check(session, number, text, files)
    people = _named(session, ticket, text, chosen, context.today)
    row = Comment(ticket_id=number, text=text, mentioned=sorted(people), files=list(files))
    row.by_id, row.at = context.actor.person, context.now
    session.add(row)
    session.flush()
    _tell(context, ticket, row)
    detail = {"mentioned": row.mentioned, "attached": len(files), "text": text}
    record_event(context, "commented", ticket.key, instance=ticket.instance_id, comment=row.id, **detail)
    return row


def _check(session: Session, number: int, text: str, files: Sequence[int]) -> None:
    problems: dict[str, LocalizedText] = {}
    if not text:
        problems["text"] = LocalizedText("请写明要说的话。", "Say something.")
    elif len(text) > LONGEST:
        problems["text"] = LocalizedText(f"不能超过 {LONGEST} 字。", f"At most {LONGEST} characters.")
    if len(files) > MOST_FILES:
        problems["files"] = LocalizedText(f"最多附 {MOST_FILES} 个文件。", f"At most {MOST_FILES} files.")
    elif unknown_evidence(session, files, files_key(number)):
        problems["files"] = LocalizedText(
            "有文件没有上传成功，请重新上传。", "A file was not received; please send it again."
        )
    if problems:
        raise WrongValues(problems)


def _tell(context: ActionContext, ticket: Ticket, row: Comment) -> None:
    """One message to each who is named, and to whoever stands in for them."""
    session = context.session
    behind = reached(session, {person_owner(person) for person in row.mentioned}, context.today)
    short = row.text if len(row.text) <= 80 else row.text[:79] + "…"
    name = ticket_name(session, ticket)
    words = LocalizedText(
        f"{context.actor.name} 在{name.zh}的留言中提到您：{short}",
        f"{context.actor.name} mentions you in a comment on {name.en}: {short}",
    )
    recipients = sorted({person for people in behind.values() for person in people} - {context.actor.person})
    link = f"/tickets/{ticket.id}#comments"
    about = ticket.key
    notify_many(
        session,
        [NotificationRequest(person, "mentioned", about, words, link, urgent=True) for person in recipients],
        context.now,
    )


# -- who is named -----------------------------------------------------------------------------------


def _named(session: Session, ticket: Ticket, text: str, chosen: Collection[int], today: dt.date) -> set[int]:
    """Everybody whom the text names; all of them see the ticket."""
    tails = [text[match.end() : match.end() + _LONGEST_NAME] for match in _MENTION.finditer(text)]
    by_name = _people_called(session, tails)
    people: set[int] = set()
    for tail in tails:
        called = max((name for name in by_name if tail.startswith(name)), key=len, default=None)
        if called is None:
            raise _wrong(_nobody(re.split(r"[\s,，。；;：:]", tail)[0][:10]))
        people.add(_one_of(session, ticket, called, by_name[called], chosen, today))
    return people


def _people_called(session: Session, tails: Iterable[str]) -> Mapping[str, list[int]]:
    """Active people by name, of those with whose name one of the texts may begin."""
    names = {tail[:length] for tail in tails for length in range(1, len(tail) + 1)}
    people: dict[str, list[int]] = defaultdict(list)
    query = select(Person.id, Person.name).where(Person.active)
    for row in session.execute(query.where(Person.name.in_(names)).order_by(Person.id)) if names else ():
        people[row.name].append(row.id)
    return people


def _one_of(
    session: Session,
    ticket: Ticket,
    name: str,
    people: Sequence[int],
    chosen: Collection[int],
    today: dt.date,
) -> int:
    """The one of this name who is meant: chosen beside the text, or the only one who sees the ticket."""
    seeing = [person for person in people if may_read(session, person, ticket.key, today)]
    if not seeing:
        raise _wrong(_unseen(name))
    meant = [person for person in seeing if person in chosen] or seeing
    if len(meant) > 1:
        raise _wrong(
            LocalizedText(
                f"有 {len(meant)} 位“{name}”能看到这张工单，请在下方查找后点选。",
                f"{len(meant)} people called “{name}” see this ticket; look the person up below and choose.",
            )
        )
    return meant[0]


def _nobody(name: str) -> LocalizedText:
    return LocalizedText(
        f"没有叫“{name}”的在职人员；请在下方查找后点选，或去掉 @。",
        f"Nobody is called “{name}”; look the person up below, or leave the @ out.",
    )


def _unseen(name: str) -> LocalizedText:
    return LocalizedText(
        f"{name}看不到这张工单，不能点名；可以先抄送给对方。",
        f"{name} cannot see this ticket and therefore cannot be mentioned; send them a copy first.",
    )


def _wrong(words: LocalizedText) -> WrongValues:
    return WrongValues({"text": words})


def mentionable(
    session: Session, ticket: Ticket, typed: str, today: dt.date, but: int
) -> list[tuple[int, str]]:
    """Some who see a ticket and whose name holds what was typed, those who answer for it first."""
    place = session.get_one(Area, ticket.village)
    posts = select(Post.person_id).where(
        held_on(today),
        or_(
            Post.scope.in_(place.path.strip("/").split("/")),
            Post.unit_id.in_([unit for unit in (ticket.resp_unit_id, ticket.line_dept_id) if unit]),
        ),
    )
    answering = Person.id.in_([person for person in (ticket.resp_person_id, ticket.found_by_id) if person])
    query = select(Person.id, Person.name).where(
        Person.active, Person.id != but, or_(answering, Person.id.in_(posts))
    )
    if typed:
        query = query.where(Person.name.contains(typed, autoescape=True))
    query = query.order_by(case((answering, 0), else_=1), Person.id).limit(5 * _OFFERED)
    rows = session.execute(query).all()
    seeing = readers_of_ticket(session, [row.id for row in rows], ticket.id, today)
    return [(row.id, row.name) for row in rows if row.id in seeing][:_OFFERED]


# -- reading ----------------------------------------------------------------------------------------


def comments_of(session: Session, number: int) -> list[ShownComment]:
    """What was said about a ticket, the oldest first."""
    query = select(Comment, Person.name).join(Person, Person.id == Comment.by_id)
    rows = session.execute(query.where(Comment.ticket_id == number).order_by(Comment.id)).all()
    people = {person for row in rows for person in row.Comment.mentioned}
    files = {each for row in rows for each in row.Comment.files}
    names = names_of(session, people)
    attached = select(Evidence).where(Evidence.id.in_(files))
    kept = {each.id: each for each in session.scalars(attached)} if files else {}
    return [
        ShownComment(
            row.Comment.id,
            row.Comment.at,
            row.name,
            row.Comment.text,
            [names[person] for person in row.Comment.mentioned],
            [kept[each] for each in row.Comment.files],
        )
        for row in rows
    ]
