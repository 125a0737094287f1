"""Accounts and posts (账号与岗位), for administrators: who signs in, which posts they hold, how they get in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import segno
from fastapi import Depends, Form, Query
from pydantic import BaseModel
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from engine.errors import DomainError, NotFound, WrongValues
from engine.owners import person_owner
from engine.text import LocalizedText
from rectification.core.history import record_event
from rectification.handover.accounts import add_person, open_account
from rectification.handover.giving_posts import (
    NOT_YOURS,
    Realm,
    give_post,
    may_administer,
    may_change,
    new_post,
    people_in,
    realm_of,
    take_post,
)
from rectification.imports.people import logins_in
from rectification.imports.uploads import content, get_upload
from rectification.imports.workbooks import UnreadableSheet
from rectification.people.model import Person, get_person
from rectification.people.posts import Post
from rectification.people.roles import ROLES
from web.context import RequestContext, get_context
from web.form_data import Line, form_router
from web.i18n import translate
from web.path_id import LARGEST, PathId
from web.security.password_links import LIFE, make_link, make_links
from web.security.passwords import end_sign_ins
from web.user_lookup import post_words, post_words_of_people

router = form_router()
MOST = 100
"""People that the list shows at once."""
MOST_SIGN_INS = 500
"""First sign-ins on one list."""


class PostForm(BaseModel):
    """A post to give."""

    role: Line = ""
    scope: Line = ""
    until: Line = ""
    """A date; empty: without end."""


class AccountForm(PostForm):
    """A new person with a first post."""

    login: Line = ""
    name: Line = ""
    email: Line = ""
    phone: Line = ""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One person of the list."""

    id: int
    name: str
    login: str
    posts: Sequence[LocalizedText]
    state: str


@dataclass(frozen=True, slots=True)
class FirstSignIn:
    """What somebody needs to sign in for the first time: the address, to be typed or photographed."""

    name: str
    login: str
    posts: Sequence[LocalizedText]
    address: str
    picture: str


def _realm(context: RequestContext, session: Session) -> Realm:
    """Where the user names people; whoever is administrator only as a deputy names nobody."""
    return realm_of(session, context.user.person, context.calendar.today)


def _account(context: RequestContext, session: Session, number: int) -> Person:
    """Somebody whose account the user looks after; anybody else does not exist for them."""
    if not may_administer(session, _realm(context, session), number, context.calendar.today):
        raise NotFound
    return get_person(session, number)


def _state(person: Person) -> str:
    if not person.active:
        return "closed"
    return "active" if person.password_hash else "no_password"


@router.get("/accounts")
def show_accounts(q: str = "", context: RequestContext = Depends(get_context)) -> Response:
    """Everybody whose account the user looks after, and a form for one more."""
    with context.application.database.reading() as session:
        return _accounts(context, session, q, {}, {})


def _accounts(
    context: RequestContext,
    session: Session,
    q: str,
    typed: Mapping[str, str],
    problems: Mapping[str, LocalizedText],
) -> Response:
    realm, today, q = _realm(context, session), context.calendar.today, q.strip()[:60]
    query = select(Person).where(people_in(realm, today))
    waiting = query.where(Person.active, Person.password_hash.is_(None))
    if q:
        by_name = Person.name.contains(q, autoescape=True)
        query = query.where(or_(by_name, Person.login.contains(q, autoescape=True)))
    people = session.scalars(query.order_by(Person.name, Person.id).limit(MOST + 1)).all()
    posts = post_words_of_people(session, [person.id for person in people], today)
    rows = [
        AccountLine(
            person.id,
            person.name,
            person.login,
            [words for _post, words in posts[person.id]],
            _state(person),
        )
        for person in people[:MOST]
    ]
    return context.page(
        session,
        "accounts.html",
        status=422 if problems else 200,
        rows=rows,
        more=len(people) > MOST,
        q=q,
        waiting=session.scalars(waiting.limit(1)).first() is not None,
        typed=typed,
        problems={name: translate(words) for name, words in problems.items()},
        roles=ROLES,
    )


@router.post("/accounts")
def add(form: Annotated[AccountForm, Form()], context: RequestContext = Depends(get_context)) -> Response:
    """Add a person with a first post; the answer shows the link by which they set their password."""
    try:
        with context.application.database.writing() as session:
            realm = _realm(context, session)
            post = _post(session, form)
            if not may_change(session, realm, post):
                raise WrongValues({"scope": NOT_YOURS})
            person = add_person(
                context.acting(session), form.login, form.name, email=form.email, phone=form.phone
            )
            give_post(context.acting(session), realm, person.id, post)
            link = _new_link(context, session, person.id)
    except WrongValues as wrong:
        with context.application.database.reading() as session:
            return _accounts(context, session, "", form.model_dump(), wrong.problems)
    return _page(context, person.id, link=link)


def _post(session: Session, form: PostForm) -> Post:
    post = new_post(session, form.role, form.scope)
    try:
        post.until = dt.date.fromisoformat(form.until) if form.until else None
    except ValueError:
        wrong = LocalizedText("日期应为 年-月-日。", "Give the date as year-month-day.")
        raise WrongValues({"until": wrong}) from None
    return post


def _new_link(context: RequestContext, session: Session, number: int) -> str:
    record_event(context.acting(session), "password_link_made", person_owner(number))
    return context.application.settings.public_url.rstrip("/") + make_link(
        session, number, context.machine_clock.now()
    )


@router.get("/accounts/{number}")
def show_account(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """One person: posts, and what can be done about their way in."""
    return _page(context, number)


def _page(
    context: RequestContext,
    number: int,
    *,
    link: str = "",
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, LocalizedText] | None = None,
) -> Response:
    with context.application.database.reading() as session:
        person, realm = _account(context, session, number), _realm(context, session)
        posts = post_words(session, number, context.calendar.today)
        return context.page(
            session,
            "account.html",
            status=422 if problems else 200,
            person=person,
            state=_state(person),
            posts=[(post, words, may_change(session, realm, post)) for post, words in posts],
            link=link,
            picture=_picture(link) if link else "",
            days=LIFE.days,
            typed=typed or {},
            problems={name: translate(words) for name, words in (problems or {}).items()},
            roles=ROLES,
        )


def _picture(address: str) -> str:
    """A QR code of an address, to stand in a page."""
    return str(segno.make(address, error="m").svg_data_uri(scale=3, border=2))


@router.post("/accounts/{number}/posts")
def give(
    number: PathId, form: Annotated[PostForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Give a post."""
    try:
        with context.application.database.writing() as session:
            person, realm = _account(context, session, number), _realm(context, session)
            post = _post(session, form)
            if not may_change(session, realm, post):
                raise WrongValues({"scope": NOT_YOURS})
            give_post(context.acting(session), realm, person.id, post)
    except WrongValues as wrong:
        return _page(context, number, typed=form.model_dump(), problems=wrong.problems)
    return RedirectResponse(f"/accounts/{number}", 303)


@router.post("/accounts/{number}/posts/{which}/end")
def take(number: PathId, which: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """End a post that no work waits for, or that somebody else holds too."""
    try:
        with context.application.database.writing() as session:
            person, realm = _account(context, session, number), _realm(context, session)
            post = session.get(Post, which)
            if post is None or post.person_id != person.id:
                raise NotFound
            take_post(context.acting(session), realm, post)
    except DomainError as refused:
        if refused.status != 409:
            raise
        return _page(context, number, problems={f"post-{which}": refused.words})
    with context.application.database.reading() as session:
        still = may_administer(session, _realm(context, session), number, context.calendar.today)
    return RedirectResponse(f"/accounts/{number}" if still else "/accounts", 303)


@router.post("/accounts/{number}/link")
def make(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """A link by which the person sets a password; it is shown this once, and earlier ones end."""
    with context.application.database.writing() as session:
        if not _account(context, session, number).active:
            raise NotFound
        link = _new_link(context, session, number)
    return _page(context, number, link=link)


@router.post("/accounts/{number}/opening")
def reopen(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Open a closed account again; nothing that was signed in before it closed is."""
    with context.application.database.writing() as session:
        person = _account(context, session, number)
        if not person.active:
            open_account(context.acting(session), person.id)
            end_sign_ins(session, person.id)
    return RedirectResponse(f"/accounts/{number}", 303)


@router.post("/accounts/first-sign-ins")
def print_first_sign_ins(
    of: Annotated[int, Query(alias="import", ge=0, le=LARGEST)] = 0,
    context: RequestContext = Depends(get_context),
) -> Response:
    """A list to be printed and cut: a new link for everybody of an import (or of all) who has no password yet."""
    today = context.calendar.today
    with context.application.database.writing() as session:
        query = select(Person).where(people_in(_realm(context, session), today))
        query = query.where(Person.active, Person.password_hash.is_(None))
        if of:
            query = query.where(Person.login.in_(_logins(context, session, of)))
        people = session.scalars(query.order_by(Person.name, Person.id).limit(MOST_SIGN_INS + 1)).all()
        elsewhere = _people_elsewhere(context, session, of) if of else 0
        more, people = len(people) > MOST_SIGN_INS, people[:MOST_SIGN_INS]
        links = make_links(session, [person.id for person in people], context.machine_clock.now())
        acting = context.acting(session)
        for person in people:
            record_event(acting, "password_link_made", person_owner(person.id))
        rows = [_first_sign_in(context, session, person, links[person.id]) for person in people]
    with context.application.database.reading() as session:
        return context.page(
            session, "first_sign_ins.html", rows=rows, more=more, elsewhere=elsewhere, days=LIFE.days
        )


def _first_sign_in(context: RequestContext, session: Session, person: Person, path: str) -> FirstSignIn:
    address = context.application.settings.public_url.rstrip("/") + path
    posts = [words for _post, words in post_words(session, person.id, context.calendar.today)]
    return FirstSignIn(person.name, person.login, posts, address, _picture(address))


def _people_elsewhere(context: RequestContext, session: Session, number: int) -> int:
    """How many people in a file are looked after by others, who also make their links."""
    theirs = Person.login.in_(_logins(context, session, number)), Person.active
    inside = people_in(_realm(context, session), context.calendar.today)
    return session.scalar(select(func.count()).select_from(Person).where(*theirs, ~inside)) or 0


def _logins(context: RequestContext, session: Session, number: int) -> Sequence[str]:
    """The sign-in names in a file of people that the user brought in."""
    upload = get_upload(session, number, context.user.person)
    if upload.kind != "people" or upload.state != "imported":
        raise NotFound
    try:
        return logins_in(content(context.application.settings.data_dir, number), upload.mapping)
    except UnreadableSheet as fault:
        raise DomainError("unreadable", fault.words) from fault
