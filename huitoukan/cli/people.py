"""`huitoukan user add`, `huitoukan user close` and `huitoukan token create`."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from engine.clock import SystemClock
from engine.errors import WrongValues
from engine.history import record
from engine.world import SYSTEM
from huitoukan.cli import fail
from huitoukan.cli.opening import opened
from register.accounts import close_account
from register.areas import Area
from register.handing_over import close_by_command
from register.people import Person, person_by_login
from register.posts import ROLES, UNIT_ROLES, Post
from register.units import Unit
from register.zone import local_zone
from web.security.api_tokens import create_token as new_token
from web.security.passwords import set_password


def add(data: Path | None, login: str, name: str, role: str, email: str) -> None:
    """Add a person with a password and, if wanted, a first post."""
    wanted = _post(role)
    if not login.strip() or len(login) > 100:
        fail("A sign-in name has 1 to 100 characters.", 2)
    password = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        if sys.stdin.isatty()
        else sys.stdin.readline().rstrip("\n")
    )
    house = opened(data)
    now = house.clock.now()
    try:
        with house.database.writing() as session:
            if person_by_login(session, login) is not None:
                fail(f"Somebody already signs in as {login}.")
            person = Person(name=name, login=login, email=email or None)
            session.add(person)
            session.flush()
            set_password(session, person.id, password)
            if wanted is not None:
                session.add(
                    _checked(
                        session.get(Area, wanted[1]),
                        session.get(Unit, int(wanted[1][1:])) if wanted[1][1:].isdigit() else None,
                        wanted,
                        person.id,
                        now.date(),
                    )
                )
            record(session, SYSTEM, now, "person_added", f"person:{person.id}", login=login, post=role)
    except WrongValues as refused:
        fail("; ".join(words.en for words in refused.problems.values()))
    typer.echo(f"{name} can sign in as {login}.")


def _post(text: str) -> tuple[str, str] | None:
    if not text:
        return None
    role, _, scope = text.partition("@")
    if role not in ROLES or not scope:
        fail(f"A post is written ROLE@SCOPE; the roles are {', '.join(ROLES)}.", 2)
    return role, scope


def _checked(area: Area | None, unit: Unit | None, wanted: tuple[str, str], person: int, day: object) -> Post:
    role, scope = wanted
    if role in UNIT_ROLES:
        if unit is None or not scope.startswith("U"):
            fail(f"There is no unit {scope}; a unit's scope is written U and its number.")
        return Post(person_id=person, role=role, scope=scope, unit_id=unit.id, since=day)
    if area is None and role != "admin":
        fail(f"There is no area with the code {scope}.")
    return Post(
        person_id=person, role=role, scope=scope, area_code=None if area is None else area.code, since=day
    )


def close(data: Path | None, login: str, to: str, note: str) -> None:
    """Close an account, after its work went to somebody if one is named."""
    house = opened(data)
    now = house.clock.now()
    with house.database.reading() as session:
        today = now.astimezone(local_zone(session)).date()
        who, other = person_by_login(session, login), person_by_login(session, to) if to else None
    if who is None or (to and other is None):
        fail(f"Nobody signs in as {to if who is not None else login}.")
    if other is not None:
        row = close_by_command(house.engine, now, today, who.id, other.id, note)
        for key, _zh, en in row.left:
            typer.echo(f"{key} was left: {en}", err=True)
    with house.database.writing() as session:
        if session.get_one(Person, who.id).active:
            close_account(session, SYSTEM, now, today, who.id)
    typer.echo(f"{who.name} ({login}) can no longer sign in.")


def create_token(data: Path | None, login: str, name: str) -> None:
    """Create a personal token and print it, this once."""
    house = opened(data)
    with house.database.writing() as session:
        person = person_by_login(session, login)
        if person is None:
            fail(f"Nobody signs in as {login}.")
        token = new_token(session, person.id, name, SystemClock().now())
        record(session, SYSTEM, house.clock.now(), "token_created", f"person:{person.id}", name=name)
    typer.echo(token)
