"""Deputies: somebody stands in for somebody else from one day until another, for all of their work or a part.

A deputy's deputy stands in too, for what both of them were given. Whoever stands in sees and does the
work as their own; the history says on whose behalf.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import JSON, ColumnElement, ForeignKey, Select, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import read_each
from engine.owners import person_owner
from engine.sql_arrays import in_list
from rectification.core.model import Id, Model
from rectification.people.model import Person, closed_accounts, note_accounts
from rectification.people.posts import (
    PlacedPost,
    Post,
    holders_of_any_account,
    placed_posts_of_people,
    posts_of,
    posts_of_people,
)

Cover = frozenset[str] | None
"""The owner strings that somebody stands in for; None: all of a person's work."""
Hands = Mapping[int, Sequence[tuple[int, Cover]]]
"""By person: who stands in for them, and for what."""


class Deputy(Model):
    """Somebody stands in for somebody else from one day until another; both ends belong to it."""

    __tablename__ = "deputies"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    stands_in_for_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    since: Mapped[dt.date]
    until: Mapped[dt.date | None]
    owners: Mapped[list[str] | None] = mapped_column(
        JSON(none_as_null=True), comment="desks that are covered; null: all of them"
    )
    ended_at: Mapped[dt.datetime | None] = mapped_column(comment="called back before its last day")

    @property
    def cover(self) -> Cover:
        """What is covered."""
        return None if self.owners is None else frozenset(self.owners)


def standing_on(day: dt.date, at: dt.datetime | None = None) -> ColumnElement[bool]:
    """Those who stand in on a day; with ``at``, those who did at that instant, called back since or not."""
    kept = Deputy.ended_at.is_(None)
    return and_(
        Deputy.since <= day,
        or_(Deputy.until.is_(None), Deputy.until >= day),
        kept if at is None else or_(kept, Deputy.ended_at > at),
    )


def stood_in_for(
    session: Session, person_id: int, day: dt.date, at: dt.datetime | None = None
) -> Mapping[int, Cover]:
    """For whom a person stands in on a day, through any number of hands, and for which of their desks."""
    return stood_in_for_people(session, (person_id,), day, at)[person_id]


def stood_in_for_people(
    session: Session, people: Iterable[int], day: dt.date, at: dt.datetime | None = None
) -> Mapping[int, Mapping[int, Cover]]:
    """The same for each of these people, in one statement."""
    question = ("stood in for", day, at)
    return read_each(session, question, people, lambda people: _stood_in_for(session, people, day, at))


def _stood_in_for(
    session: Session, people: Sequence[int], day: dt.date, at: dt.datetime | None
) -> dict[int, dict[int, Cover]]:
    by_deputy: dict[int, list[Deputy]] = defaultdict(list)
    for row in session.scalars(_reached_from(people, day, at)):
        by_deputy[row.person_id].append(row)
    return {person_id: _reached_by(person_id, by_deputy) for person_id in people}


def _reached_from(people: Sequence[int], day: dt.date, at: dt.datetime | None) -> Select[Deputy]:
    """Everything given to these people, to those for whom they stand in, and so on."""
    standing = select(Deputy.id, Deputy.stands_in_for_id).where(standing_on(day, at))
    cte = standing.where(in_list(Deputy.person_id, people)).cte("given", recursive=True)
    cte = cte.union(standing.where(Deputy.person_id == cte.c.stands_in_for_id))
    return select(Deputy).where(Deputy.id.in_(select(cte.c.id))).order_by(Deputy.id)


def _reached_by(person_id: int, by_deputy: Mapping[int, Sequence[Deputy]]) -> dict[int, Cover]:
    result: dict[int, Cover] = {}
    hands: dict[int, Cover] = {person_id: None}
    while hands:
        further: dict[int, Cover] = {}
        for row in (row for deputy in hands for row in by_deputy.get(deputy, ())):
            other = row.stands_in_for_id
            cover = _both(hands[row.person_id], row.cover)
            known = result.get(other, frozenset())
            if other != person_id and _either(known, cover) != known:
                result[other] = further[other] = _either(known, cover)
        hands = further
    return result


def stood_in_owners(session: Session, person_id: int, day: dt.date) -> dict[str, int]:
    """The owner strings that a person stands in for on a day, each with the person whose they are."""
    result: dict[str, int] = {}
    others = stood_in_for(session, person_id, day)
    posts = posts_of_people(session, others, day)
    for person, cover in others.items():
        for owner in _desks(person, posts[person]):
            if _covers(cover, owner):
                result.setdefault(owner, person)
    return result


def own_desks(session: Session, person_id: int, day: dt.date) -> list[str]:
    """The owner strings of a person's own work: themselves, and the posts that they hold on a day."""
    return _desks(person_id, posts_of(session, person_id, day))


def acting_posts(session: Session, person_id: int, day: dt.date) -> list[Post]:
    """The posts a person holds on a day, and those of others for which they stand in."""
    return [post.post for post in placed_acting_posts(session, person_id, day)]


def placed_acting_posts(session: Session, person_id: int, day: dt.date) -> list[PlacedPost]:
    """The same, each with where it is held."""
    others = stood_in_for(session, person_id, day)
    posts = placed_posts_of_people(session, (person_id, *others), day)
    held = list(posts[person_id])
    for person, cover in others.items():
        held += [post for post in posts[person] if _covers(cover, post.post.owner)]
    return held


def _desks(person_id: int, posts: Iterable[Post]) -> list[str]:
    return [person_owner(person_id), *(post.owner for post in posts)]


def reached(session: Session, owners: Iterable[str], day: dt.date) -> dict[str, list[int]]:
    """Whom a message reaches on a day, by owner string: whoever stands behind it, and everybody who stands in for them.

    Nobody whose account is closed is among them; whoever stands in for somebody like that is.
    """
    hands = hands_on(session, day)
    roots = holders_of_any_account(session, owners, day)
    result = {owner: behind(owner, people, hands) for owner, people in roots.items()}
    closed = closed_accounts(session, {person for people in result.values() for person in people})
    return {owner: [person for person in people if person not in closed] for owner, people in result.items()}


def hands_on(session: Session, day: dt.date) -> Hands:
    """Everybody for whom somebody stands in on a day, also whoever cannot sign in any more: their deputies go on."""
    hands: dict[int, list[tuple[int, Cover]]] = defaultdict(list)
    query = select(Deputy, Person.active).join(Person, Person.id == Deputy.person_id)
    rows = session.execute(query.where(standing_on(day)).order_by(Deputy.id)).all()
    note_accounts(session, {row.Deputy.person_id: row.active for row in rows})
    for row in rows:
        hands[row.Deputy.stands_in_for_id].append((row.Deputy.person_id, row.Deputy.cover))
    return hands


def behind(owner: str, people: Sequence[int], hands: Hands) -> Sequence[int]:
    """These people of one owner string, with everybody who stands in for them."""
    if hands.keys().isdisjoint(people):
        return people
    deputies = list(people)
    for deputy in deputies:  # grows while it is walked: a deputy's deputy comes after the deputy
        deputies += [
            person
            for person, cover in hands.get(deputy, ())
            if _covers(cover, owner) and person not in deputies
        ]
    return deputies


def _covers(cover: Cover, owner: str) -> bool:
    return cover is None or owner in cover


def _both(cover: Cover, other: Cover) -> Cover:
    return other if cover is None else cover if other is None else cover & other


def _either(cover: Cover, other: Cover) -> Cover:
    return None if cover is None or other is None else cover | other


def deputies_about(session: Session, person_id: int, today: dt.date) -> list[Deputy]:
    """Those that stand in for a person and those for whom they do, today or later, the next first."""
    query = select(Deputy).where(
        or_(Deputy.person_id == person_id, Deputy.stands_in_for_id == person_id),
        or_(Deputy.until.is_(None), Deputy.until >= today),
        Deputy.ended_at.is_(None),
    )
    return list(session.scalars(query.order_by(Deputy.since, Deputy.id)))
