"""What single pages tell their readers beyond forms and lists."""

from __future__ import annotations

import datetime as dt
import html

from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session

from engine.schema import incidents, instances, processes
from rectification.matters.issue_list import IssueList
from rectification.matters.ticket import Ticket
from rectification.matters.visit import Visit
from tests.web.application import ADMIN, COUNTY, HELPER, LEAD, OWNER, START, TOWN, give_post, start_visit
from tests.web.conftest import Browser, Street
from web.history.timeline import HistoryEntry, folded


def test_an_incident_names_in_words_what_stopped_and_leads_there(street: Street) -> None:
    start_visit(street.application)
    with street.application.database.writing() as session:
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
    page = street.person(COUNTY).get("/incidents").text
    assert "没有任职人。" in page
    assert '<a href="/households/1">管谷村 · 张户主1</a>' in page
    page = street.person(ADMIN).get("/incidents").text
    assert "没有任职人。" in page
    assert "张户主1" not in page, "an administrator sees no household"
    assert "Nobody holds it." in street.person(ADMIN).speaks("en").get("/incidents").text


ABOUT = (
    ("process:rectification", "start", "流程“问题整改”", "The process “Rectification”"),
    ("process:own_rounds", "start", "流程“自办巡查”", "The process “自办巡查”"),
    ("task:run_escalations", "task", "后台任务：提醒与督办", "In the background: reminders and escalation"),
    ("message:整改完成", "message", "消息“整改完成”", "The message “整改完成”"),
    ("signal:停止", "message", "信号“停止”", "The signal “停止”"),
    ("clock:2019-09-02T01:00:00+00:00", "clock", "时钟无误", "The clock is right"),
)
"""Subject, what was going on, and what the page says."""


def test_incidents_say_what_they_are_about_in_statements_that_do_not_grow(street: Street) -> None:
    start_visit(street.application)
    give_post(street.application, OWNER, "admin", "341226")
    with street.application.database.writing() as session:
        version = session.execute(select(instances.c.definition_id)).scalars().first()
        own = {"definition_id": version, "process": "own_rounds", "name": "自办巡查", "file": "a.bpmn"}
        session.execute(insert(processes), {**own, "current": True})
        rows = [(None, subject, doing) for subject, doing, _zh, _en in ABOUT]
        _noted(session, [*rows, (1, f"instance:{1}", "timer")])
    admin = street.person(OWNER)
    few = _statements(street, admin)
    page, english = admin.get("/incidents").text, street.person(OWNER).speaks("en").get("/incidents").text
    for _subject, _doing, zh, en in ABOUT:
        assert zh in page
        assert html.escape(en) in english or en in english
    assert page.count("立即重试") == len(ABOUT), "all but the clock's"
    assert "<option>helper</option>" in page
    with street.application.database.writing() as session:
        _noted(session, [(1, f"instance:{1}", "timer")] * 30)
    assert _statements(street, admin) == few


def _noted(session: Session, rows: list[tuple[int | None, str, str]]) -> None:
    said = {"detail": "", "happened_at": START, "words_zh": "没有成功。", "words_en": "It failed."}
    session.execute(
        insert(incidents),
        [{"instance_id": one, "subject": subject, "doing": doing, **said} for one, subject, doing in rows],
    )


def _statements(street: Street, admin: Browser) -> int:
    """How many statements the page takes."""
    count = 0

    def note(*_args: object) -> None:
        nonlocal count
        count += 1

    event.listen(street.application.database.engine, "before_cursor_execute", note)
    assert admin.get("/incidents").status_code == 200
    event.remove(street.application.database.engine, "before_cursor_execute", note)
    return count


def test_whoever_checks_a_visit_finds_its_form(street: Street) -> None:
    item = start_visit(street.application)
    answers = {"E4": {"answer": "no", "reason": "半年未上门", "photos": []}}
    with street.application.database.writing() as session:
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
    start_visit(street.application)
    own, other = (street.person(entry).get("/households/1").text for entry in (HELPER, TOWN))
    assert "请您办理" in own
    assert "您的待办：" in own
    assert "请您办理" not in other
    assert "由 王帮扶 办理" in other


def test_hung_is_never_counted_as_closed(street: Street) -> None:
    from rectification.matters.ticket import Ticket

    with street.application.database.writing() as session:
        session.get_one(Ticket, 1).status = "hung"
    counts = street.program(TOWN).get("/api/v1/tickets").json()["counts"]
    assert counts == {"open": 0, "overdue": 0, "hung": 1, "closed": 0}
    assert street.program(TOWN).get("/api/v1/tickets", params={"state": "closed"}).json()["tickets"] == []


def test_a_month_on_a_escalation_is_one_line_of_the_history() -> None:
    escalation = [
        HistoryEntry(START - day * dt.timedelta(days=1), "", "", "", (), True, "escalated")
        for day in range(30)
    ]
    done = HistoryEntry(START, "", "", "", (), False, "completed")
    first, person, last = folded([*escalation, done, escalation[0]])
    assert (first.at, len(first.before), first.before[-1].at) == (escalation[0].at, 29, escalation[-1].at)
    assert (person, last.before) == (done, [])


def test_a_households_page_says_that_its_ticket_is_being_fixed(street: Street) -> None:
    reader = street.person(HELPER).speaks("en")
    assert "1 issue of this household is being worked on." in reader.get("/households/1").text
    assert "Nothing is open for this household." in reader.get("/households/2").text


def test_a_village_shows_what_stands_on_its_list_before_it_is_frozen(street: Street) -> None:
    reader, path = street.person(TOWN).speaks("en"), "/villages/341226100200"
    with street.application.database.writing() as session:
        session.add(IssueList(id=1, campaign_id=1, village="341226100200", kind="main", submitted_at=START))
        session.execute(update(Ticket).values(number=None, status="reported"))
    page = reader.get(path).text
    assert "Draft lines" in page
    assert "The town has accepted no line yet." in page
    assert "Zero report" not in page
    with street.application.database.writing() as session:
        session.execute(update(Ticket).values(list_id=1, status="closed"))
    page = reader.get(path).text
    assert "Draft lines" not in page
    assert "家庭医生半年未上门" in page[page.index("Issue list") :]
    assert "None" not in page
    with street.application.database.writing() as session:
        session.execute(update(Ticket).values(list_id=None, status="void"))
        session.execute(update(IssueList).values(zero_report=True))
    assert "Zero report: no issue was found." in reader.get(path).text
