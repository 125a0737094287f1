"""`huitoukan user …` and `huitoukan token create`: the people who sign in, from the command line."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.clock import SystemClock
from engine.errors import WrongValues
from engine.host import SYSTEM
from engine.owners import person_owner
from huitoukan.application import RunningApplication
from huitoukan.cli.console import fail, refuse_bytes
from huitoukan.cli.opening import opened
from rectification.handover.accounts import add_person, close_account, open_account
from rectification.handover.giving_posts import COMMAND, give_post, new_post, take_post
from rectification.handover.handover import close_by_command
from rectification.matters.timezone import acting_now, local_zone
from rectification.people.model import Person, person_by_login, person_of_like_login, person_of_login
from rectification.people.posts import INSTALLATION, Post, held_on, posts_of
from rectification.people.roles import ROLES, Role
from web.security.api_tokens import create_token as new_token
from web.security.passwords import end_sign_ins, set_password


def add(data: Path | None, login: str, name: str, post: str, email: str) -> None:
    """Add a person with a password and, if wanted, a first post."""
    refuse_bytes(login, name, email, post)
    role_and_scope = _post(post) if post else None
    application = opened(data)
    with application.database.reading() as session:
        if (other := person_of_like_login(session, login)) is not None:
            fail(f"There is already an account {other.login}; see huitoukan user list.")
    password = _typed_password()
    try:
        with application.database.writing() as session:
            context = acting_now(session, application.engine, SYSTEM)
            person = add_person(context, login, name, email=email)
            set_password(session, person.id, password, SYSTEM, context.now)
            if role_and_scope is not None:
                give_post(context, COMMAND, person.id, new_post(session, *role_and_scope))
    except WrongValues as refused:
        _fail_with(refused)
    typer.echo(f"{name} can sign in as {login}.")


def show_list(data: Path | None) -> None:
    """Print everybody: sign-in name, name, state, posts."""
    application = opened(data)
    with application.database.reading() as session:
        today = _today(application, session)
        posts: dict[int, list[str]] = {}
        for post in session.scalars(select(Post).where(held_on(today)).order_by(Post.id)):
            posts.setdefault(post.person_id, []).append(f"{post.role}@{post.scope}")
        for person in session.scalars(select(Person).order_by(Person.login)):
            held = " ".join(posts.get(person.id, ["-"]))
            typer.echo(f"{person.login}\t{person.name}\t{_state(person)}\t{held}")


def _state(person: Person) -> str:
    if not person.active:
        return "closed"
    return "active" if person.password_hash else "no password"


def change_password(data: Path | None, login: str) -> None:
    """Set a password; the person's sessions, API tokens and links end."""
    refuse_bytes(login)
    application = opened(data)
    with application.database.reading() as session:
        person = _active(session, login)
    password = _typed_password()
    try:
        with application.database.writing() as session:
            set_password(session, person.id, password, SYSTEM, application.clock.now())
    except WrongValues as refused:
        _fail_with(refused)
    typer.echo(f"{person.name} ({login}) has a new password; sessions and tokens have ended.")


def change_posts(
    data: Path | None, login: str, give: list[str], take: list[str], until: dt.date | None
) -> None:
    """Give posts and take posts, all of them or none."""
    if not give and not take:
        fail("Say which post: --give ROLE@SCOPE or --take ROLE@SCOPE.", 2)
    refuse_bytes(login, *give, *take)
    added, taken = [_post(post) for post in give], [_post(post) for post in take]
    application = opened(data)
    try:
        with application.database.writing() as session:
            context, person = acting_now(session, application.engine, SYSTEM), _active(session, login)
            for role, scope in added:
                row = new_post(session, role, scope)
                row.until = until
                give_post(context, COMMAND, person.id, row)
            for role, scope in taken:
                owner = new_post(session, role, scope).owner
                held = [post for post in posts_of(session, person.id, context.today) if post.owner == owner]
                if not held:
                    fail(f"{person.name} ({login}) does not hold {owner.removeprefix('post:')}.")
                for row in held:
                    take_post(context, COMMAND, row)
            posts = [f"{post.role}@{post.scope}" for post in posts_of(session, person.id, context.today)]
    except WrongValues as refused:
        _fail_with(refused)
    typer.echo(f"{person.name} ({login}) holds: {', '.join(posts) or 'no post'}.")


def reopen(data: Path | None, login: str) -> None:
    """Open a closed account again; nothing that was signed in before it closed is."""
    refuse_bytes(login)
    application = opened(data)
    with application.database.writing() as session:
        person = person_of_login(session, login)
        if person is None:
            fail(f"There is no account {login}.")
        if person.active:
            fail(f"{person.name} ({login}) can sign in already.")
        context = acting_now(session, application.engine, SYSTEM)
        open_account(context, person.id)
        end_sign_ins(session, person.id)
        posts = [f"{post.role}@{post.scope}" for post in posts_of(session, person.id, context.today)]
    typer.echo(f"{person.name} ({login}) can sign in again and holds: {', '.join(posts) or 'no post'}.")


def close(data: Path | None, login: str, to: str, note: str) -> None:
    """Close an account, after its work went to somebody if one is named."""
    refuse_bytes(login, to, note)
    application = opened(data)
    with application.database.reading() as session:
        person = _active(session, login)
        other = _active(session, to) if to else None
    if other is not None:
        row = close_by_command(application.engine, person.id, other.id, note)
        for key, _zh, en in row.left:
            typer.echo(f"{key} was left: {en}", err=True)
    with application.database.writing() as session:
        if session.get_one(Person, person.id).active:
            close_account(acting_now(session, application.engine, SYSTEM), person.id)
        end_sign_ins(session, person.id)
    typer.echo(f"{person.name} ({login}) can no longer sign in.")


def _typed_password() -> str:
    """Asked for twice, or the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    except UnicodeDecodeError:
        fail("The password on standard input is no text in UTF-8.\n标准输入中的密码不是 UTF-8 文本。")


def _today(application: RunningApplication, session: Session) -> dt.date:
    return application.clock.now().astimezone(local_zone(session)).date()


def _active(session: Session, login: str) -> Person:
    person = person_by_login(session, login)
    if person is None:
        fail(f"Nobody signs in as {login}.")
    return person


def _post(text: str) -> tuple[str, str]:
    """Role and scope; only the administrator of the installation has none."""
    role, at, scope = text.partition("@")
    if role not in ROLES or not (scope.strip() if at else role == Role.ADMIN):
        fail(
            "A post is written ROLE@SCOPE (an area's code, a unit's name or U and its number); admin alone administers the installation. "
            f"The roles are {', '.join(ROLES)}.",
            2,
        )
    return role, scope if at else INSTALLATION


def _fail_with(refused: WrongValues) -> None:
    for words in refused.problems.values():
        typer.echo(f"{words.en}\n{words.zh}", err=True)
    raise typer.Exit(1)


def create_token(data: Path | None, login: str, name: str) -> None:
    """Create a personal token and print it, this once."""
    refuse_bytes(login, name)
    application = opened(data)
    with application.database.writing() as session:
        person = person_by_login(session, login)
        if person is None:
            fail(f"Nobody signs in as {login}.")
        token = new_token(session, person.id, name, SystemClock().now())
        record(session, SYSTEM, application.clock.now(), "token_created", person_owner(person.id), name=name)
    typer.echo(token)
