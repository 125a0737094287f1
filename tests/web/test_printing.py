"""What is printed and cut: no slip is torn over two pages."""

from __future__ import annotations

from pathlib import Path

from rectification.people.model import Person
from tests.journeys.visitor import chromium
from tests.web.application import ADMIN, START, build_house, furnish, give_post
from tests.web.test_live import served
from web.security import sessions
from web.security.authenticate import cookie_name


def test_each_first_sign_in_stands_whole_on_its_page(tmp_path: Path) -> None:
    application = build_house(tmp_path)
    furnish(application)
    numbers = range(100, 130)
    with application.database.writing() as session:
        session.add_all(Person(id=number, name=f"新人{number}", login=f"new{number}") for number in numbers)
        token = sessions.open_session(session, ADMIN, START)
    for number in numbers:
        give_post(application, number, "helper", "341226100200")
    with served(application) as address, chromium() as browser:
        context = browser.new_context(base_url=address)
        context.add_cookies([{"name": cookie_name(application), "value": token, "url": address}])
        page = context.new_page()
        page.goto("/accounts")
        page.click('form[action="/accounts/first-sign-ins"] button')
        page.emulate_media(media="print")
        kept = page.eval_on_selector_all(
            "tbody tr", "(rows) => rows.map((one) => getComputedStyle(one).breakInside)"
        )
        (tmp_path / "slips.pdf").write_bytes(page.pdf(format="A4"))
    assert kept == ["avoid"] * len(numbers)
    application.database.close()
