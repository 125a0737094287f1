"""`huitoukan demo`: build a demo campaign, print how to get in, serve it."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import typer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.clock import SystemClock
from engine.database import Database
from huitoukan.application import RunningApplication, build, publish_shipped
from huitoukan.cli.console import fail
from huitoukan.cli.opening import migrate, settings_for
from huitoukan.cli.serving import bound, end_in_order, listen
from huitoukan.demo_clock import demo_clock_of, mark_as_demo
from huitoukan.settings import Settings
from rectification.households.model import Household
from rectification.people.model import Person
from rectification.people.posts import Post, people_with_posts
from rectification.people.roles import ROLES
from rectification.places.areas import Area
from rectification.setup.demo import BEGINS_AT, SIZES, build_demo
from web.security.api_tokens import create_token
from web.security.demo_links import create_demo_link

HOST: Final = "127.0.0.1"
_VILLAGES_SHOWN: Final = 3


def demo(data: Path, size: str, port: int, as_json: bool) -> None:
    """Build the campaign if there is none, print address and people, and serve until stopped."""
    if size not in SIZES:
        fail(f"The sizes are {' and '.join(SIZES)}, not “{size}”.", 2)
    settings = settings_for(data)
    end_in_order()
    _prepare(settings, size)
    sock = bound(HOST, port)
    address = f"http://{HOST}:{sock.getsockname()[1]}"
    application = build(settings.model_copy(update={"public_url": address}))
    with closing(application.database):
        with application.database.writing() as session:
            people = _cast(session, application)
        if as_json:
            typer.echo(json.dumps({"address": address, "people": people}, ensure_ascii=False))
        else:
            _tell(address, people)
        sys.stdout.flush()
        listen(application, sock)


def _prepare(settings: Settings, size: str) -> None:
    """Make the database a demo with a campaign in it, unless it is one already."""
    migrate(settings)
    database = Database(settings.database_url)
    clock = demo_clock_of(database)
    with database.reading() as session:
        people = session.scalar(select(func.count()).select_from(Person))
        built = session.scalar(select(func.count()).select_from(Household))
    if clock is None and people:
        database.close()
        fail("This database is in use for real work; a demo needs a directory of its own.")
    if clock is None:
        mark_as_demo(database, BEGINS_AT)
    database.close()
    if built:
        return
    application = build(settings)
    publish_shipped(application)
    build_demo(application.database, application.engine, SIZES[size], _progress)
    application.database.close()


def _progress(done: int, villages: int) -> None:
    """On standard error: a program that reads the one line of JSON is not disturbed."""
    typer.echo(f"\r{done} of {villages} villages", nl=done == villages, err=True)


def _cast(session: Session, application: RunningApplication) -> list[dict[str, Any]]:
    """Everybody of the first villages and of the offices above them, with a way in for each."""
    first = select(Household.village).distinct().order_by(Household.village).limit(_VILLAGES_SHOWN)
    places: set[str] = set()
    for area in session.scalars(select(Area).where(Area.code.in_(first))):
        places.update(area.path.strip("/").split("/"))
    names = {area.code: area.name for area in session.scalars(select(Area).where(Area.code.in_(places)))}
    people = people_with_posts(session, places, BEGINS_AT.date())
    return [_way_in(session, application, person, posts, names) for person, posts in people]


def _way_in(
    session: Session,
    application: RunningApplication,
    person: Person,
    posts: list[Post],
    names: dict[str, str],
) -> dict[str, Any]:
    return {
        "id": person.id,
        "login": person.login,
        "name": person.name,
        "posts": [
            {
                "role": post.role,
                "role_zh": ROLES[post.role].zh,
                "role_en": ROLES[post.role].en,
                "scope": post.scope,
                "unit": post.unit_id,
                "area": post.area_code,
                "area_name": names.get(post.area_code or "", ""),
            }
            for post in posts
        ],
        "sign_in": application.settings.public_url + create_demo_link(session, person.id),
        "token": create_token(session, person.id, "demo", SystemClock().now()),
    }


def _tell(address: str, people: list[dict[str, Any]]) -> None:
    """One person for each role is enough for a newcomer; the sign-in page lists the others."""
    typer.echo(f"\nHuitoukan demo: {address}\n\nSign in as")
    logins = set()
    for person in people:
        role = person["posts"][0]["role"]
        if role not in logins:
            logins.add(role)
            post = person["posts"][0]
            title = f"{post['role_zh']} {post['role_en']}"
            typer.echo(f"  {person['name']}  {title}, {post['area_name']}\n    {person['sign_in']}")
    typer.echo("\nThe bar at the foot of every page pushes the campaign's clock. Ctrl-C ends the demo.")
