"""What single pages tell their readers beyond forms and lists."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import insert, select

from engine.schema import incidents, instances
from register.visits import Visit
from tests.web.conftest import Street
from tests.web.house import ADMIN, HELPER, LEAD, START, TOWN, start_visit
from web.history import Line, folded


def test_an_incident_names_in_words_what_stopped_and_leads_there(street: Street) -> None:
    start_visit(street.house)
    with street.house.database.writing() as session:
        number = session.execute(select(instances.c.id)).scalar_one()
        row = {
            "instance_id": number,
            "subject": f"instance:{number}",
            "name": "入户",
            "doing": "timer",
            "detail": "",
            "happened_at": START,
        }
        session.execute(
            insert(incidents), {**row, "words_zh": "没有任职人。", "words_en": "Nobody holds it."}
        )
    page = street.person(ADMIN).get("/incidents").text
    assert "没有任职人。" in page
    assert '<a href="/households/1">管谷村 · 张户主1</a>' in page
    assert "Nobody holds it." in street.person(ADMIN).speaks("en").get("/incidents").text


def test_whoever_checks_a_visit_finds_its_form(street: Street) -> None:
    item = start_visit(street.house)
    answers = {"E4": {"answer": "no", "reason": "半年未上门", "photos": []}}
    with street.house.database.writing() as session:
        visit = Visit(
            campaign_id=1, household_id=1, person_id=HELPER, visited_on=dt.date(2019, 9, 2), met="home",
            second_visitor="李四", answers=answers, note="", at=START, late=False,
        )  # fmt: skip
        session.add(visit)
        session.flush()
        path = f"/visits/{visit.id}"
    assert f'href="{path}"' in street.person(HELPER).get(f"/work-items/{item}").text
    page = street.person(LEAD).get(path).text
    assert "半年未上门" in page
    assert "1 个问题" in page


def test_a_page_about_somebody_elses_work_does_not_ask_the_reader(street: Street) -> None:
    start_visit(street.house)
    own, other = (street.person(one).get("/households/1").text for one in (HELPER, TOWN))
    assert "请您办理" in own
    assert "您的待办：" in own
    assert "请您办理" not in other
    assert "由 王帮扶 办理" in other


def test_hung_is_never_counted_as_closed(street: Street) -> None:
    from register.tickets import Ticket

    with street.house.database.writing() as session:
        session.get_one(Ticket, 1).status = "hung"
    counts = street.program(TOWN).get("/api/v1/tickets").json()["counts"]
    assert counts == {"open": 0, "overdue": 0, "hung": 1, "closed": 0}
    assert street.program(TOWN).get("/api/v1/tickets", params={"state": "closed"}).json()["tickets"] == []


def test_a_month_on_a_ladder_is_one_line_of_the_history() -> None:
    ladder = [
        Line(START - day * dt.timedelta(days=1), "", "", "", (), True, "escalated") for day in range(30)
    ]
    done = Line(START, "", "", "", (), False, "completed")
    first, person, last = folded([*ladder, done, ladder[0]])
    assert (first.at, len(first.before), first.before[-1].at) == (ladder[0].at, 29, ladder[-1].at)
    assert (person, last.before) == (done, [])
