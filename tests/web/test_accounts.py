"""Accounts and posts: who may name whom, links that work once, and what a new password ends."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select, text

from engine.errors import DomainError
from engine.host import Actor
from notifications.notices import Delivery, Notice
from rectification.handover.accounts import close_account
from rectification.matters.timezone import acting_now
from rectification.people.model import Person, get_person, person_by_login
from rectification.people.posts import INSTALLATION, Post, posts_of
from rectification.places.areas import Division, add_divisions
from tests.web.application import ADMIN, COUNTY, HELPER, LEAD, PASSWORD, STRANGER
from tests.web.conftest import Browser, Street
from web.security.password_links import LIFE

NEW = {"name": "钱新人", "login": "qian", "phone": "", "email": "", "until": ""}
ROOT, ELSEWHERE = 50, 51


def link_in(text: str) -> str:
    found = re.search(r"http://testserver(/sign-in/link/[\w-]+)", text)
    assert found is not None, text
    return found.group(1)


def set_by(street: Street, link: str, password: str = "另一个够长的密码") -> Browser:
    browser = street.stranger()
    answer = browser.post(link, {"password": password, "again": password})
    assert (answer.status_code, answer.headers.get("location")) == (303, "/"), answer.text
    return browser


@pytest.fixture
def counties(street: Street) -> Street:
    """Beside the first county a second one, with an office; and an administrator of the installation."""
    with street.application.database.writing() as session:
        add_divisions(session, [Division("341225", "阜南县", "county", "341200")])
        hashed = get_person(session, ADMIN).password_hash
        session.add(Person(id=ROOT, name="总管理", login="root", password_hash=hashed))
        session.add(Person(id=ELSEWHERE, name="别县人", login="elsewhere", password_hash=hashed))
        session.flush()
        if not street.application.database.is_sqlite:  # numbers were given by hand
            session.execute(text("SELECT setval(pg_get_serial_sequence('people', 'id'), 100)"))
        since = dt.date(2019, 1, 1)
        session.add(Post(person_id=ROOT, role="admin", scope=INSTALLATION, since=since))
        session.add(
            Post(person_id=ELSEWHERE, role="county_office", scope="341225", area_code="341225", since=since)
        )
    return street


def test_somebody_who_was_added_sets_their_password_by_the_link_once(counties: Street) -> None:
    admin = counties.person(ADMIN)
    post = {"role": "helper", "scope": "管谷村"}
    added = admin.post("/accounts", {**NEW, **post})
    assert added.status_code == 200, added.text
    link = link_in(added.text)
    assert "钱新人" in counties.stranger().get(link).text
    short = counties.stranger().post(link, {"password": "short", "again": "short"})
    assert (short.status_code, "8 到 128 个字符" in short.text) == (422, True)
    differs = counties.stranger().post(link, {"password": PASSWORD, "again": PASSWORD + "x"})
    assert (differs.status_code, "两次输入的密码不同" in differs.text) == (422, True)
    assert "村" in set_by(counties, link.upper().replace("/SIGN-IN/LINK/", "/sign-in/link/")).get("/").text
    for answer in (
        counties.stranger().get(link),
        counties.stranger().post(link, {"password": PASSWORD, "again": PASSWORD}),
    ):
        assert (answer.status_code, "请向管理员索取新的链接" in answer.text) == (404, True)
    with counties.application.database.reading() as session:
        who = person_by_login(session, "qian")
        assert who is not None
        held = [post.owner for post in posts_of(session, who.id, dt.date(2019, 9, 2))]
    assert held == ["post:helper@341226100200"]


def test_a_link_expires_and_ends_with_the_next_one(counties: Street) -> None:
    admin = counties.person(ADMIN)
    first, second = (link_in(admin.post(f"/accounts/{HELPER}/link").text) for _ in range(2))
    assert counties.stranger().get(first).status_code == 404
    assert counties.stranger().get(second).status_code == 200
    counties.clock.push_by(LIFE)
    assert counties.stranger().get(second).status_code == 404
    answer = counties.stranger().post(second, {"password": PASSWORD, "again": PASSWORD})
    assert answer.status_code == 404


def test_a_new_password_ends_sessions_and_tokens_by_whatever_way_it_is_set(counties: Street) -> None:
    def ways_in() -> list[int]:
        return [session.get("/").status_code, program.get("/api/v1/me").status_code]

    admin = counties.person(ADMIN)
    session, program = counties.person(HELPER), counties.program(HELPER)
    assert ways_in() == [200, 200]
    link = link_in(admin.post(f"/accounts/{HELPER}/link").text)
    assert ways_in() == [200, 200]
    set_by(counties, link, PASSWORD)
    assert ways_in() == [303, 401]
    session, program = counties.person(HELPER), counties.program(HELPER)
    waiting = link_in(admin.post(f"/accounts/{HELPER}/link").text)
    changed = session.post("/me/password", {"old": PASSWORD, "new": "又一个够长的密码"})
    assert changed.status_code == 303
    assert ways_in() == [303, 401]
    assert counties.stranger().get(waiting).status_code == 404


def test_an_administrator_of_an_area_names_people_there_and_below_alone(counties: Street) -> None:
    admin, root = counties.person(ADMIN), counties.person(ROOT)
    listed = admin.get("/accounts").text
    assert "王帮扶" in listed
    for name in ("别县人", "总管理", "周外人"):
        assert name not in listed
        assert name in root.get("/accounts").text
    for number in (ELSEWHERE, ROOT, STRANGER):
        for path in ("", "/link", "/posts", "/opening"):
            asked = admin.get if not path else admin.post
            assert asked(f"/accounts/{number}{path}").status_code == 404, (number, path)
    for role, scope in (("county_office", "阜南县"), ("city_office", "阜阳市"), ("admin", "installation")):
        for path in ("/accounts", f"/accounts/{HELPER}/posts"):
            refused = admin.post(path, {**NEW, "role": role, "scope": scope})
            assert (refused.status_code, "只能任免本人所管区划内的岗位" in refused.text) == (422, True)
    with counties.application.database.writing() as session:
        session.add(
            Post(
                person_id=LEAD,
                role="inspector",
                scope="341225",
                area_code="341225",
                since=dt.date(2019, 1, 1),
            )
        )
    assert admin.get(f"/accounts/{LEAD}").status_code == 404, (
        "they could sign in as somebody of another county"
    )
    assert root.get(f"/accounts/{LEAD}").status_code == 200
    assert counties.person(COUNTY).get("/accounts").status_code == 403


def test_what_is_wrong_stands_beside_its_field(counties: Street) -> None:
    root = counties.person(ROOT)
    for given, sentence in (
        ({"role": "helper", "scope": "月亮村"}, "请先导入区划"),
        ({"role": "unit_leader", "scope": "月亮局"}, "请先导入单位"),
        ({"role": "helper", "scope": ""}, "请填写区划或单位"),
        ({"role": "king", "scope": "341226"}, "没有岗位"),
        ({"role": "city_office", "scope": "颍上县"}, "“市扶贫局”只能设在市一级，“颍上县”属于县区一级"),
        ({"role": "county_office", "scope": "341200"}, "“区县扶贫局”只能设在县区一级"),
        ({"role": "town_office", "scope": "341226100200"}, "“镇扶贫办”只能设在乡镇一级"),
        ({"role": "team_lead", "scope": "341226100"}, "“驻村工作队长”只能设在村一级"),
        ({"role": "helper", "scope": "341226100200", "until": "2019-09-01"}, "截止日期不能早于今天"),
        ({"role": "helper", "scope": "341226100200", "until": "soon"}, "日期应为"),
        ({"role": "helper", "scope": "341226100200", "login": "p1"}, "已有人使用"),
        ({"role": "helper", "scope": "341226100200", "login": "a b"}, "登录名为"),
        ({"role": "helper", "scope": "341226100200", "email": "x"}, "不是邮箱地址"),
    ):
        answer = root.post("/accounts", {**NEW, **given})
        assert (answer.status_code, sentence in answer.text) == (422, True), (given, answer.text)
        assert "钱新人" in answer.text
    answer = root.post(f"/accounts/{HELPER}/posts", {"role": "city_office", "scope": "颍上县"})
    assert (answer.status_code, "只能设在市一级" in answer.text) == (422, True)
    with counties.application.database.reading() as session:
        assert person_by_login(session, "qian") is None
        today = counties.clock.now().date()
        assert "city_office" not in {post.role for post in posts_of(session, HELPER, today)}


def test_the_list_of_first_sign_ins_holds_those_without_a_password(counties: Street) -> None:
    with counties.application.database.writing() as session:
        for number in (HELPER, ELSEWHERE):
            get_person(session, number).password_hash = None
    printed = counties.person(ADMIN).post("/accounts/first-sign-ins").text
    assert "王帮扶" in printed
    assert "别县人" not in printed
    assert "李队长" not in printed
    set_by(counties, link_in(printed))
    assert "这些人员都已设置密码" in counties.person(ADMIN).post("/accounts/first-sign-ins").text


def test_a_closed_account_is_opened_again_without_what_was_signed_in_before(counties: Street) -> None:
    database = counties.application.database
    root = counties.person(ROOT)
    session_of, program = counties.person(COUNTY), counties.program(COUNTY)
    with database.writing() as session:
        close_account(acting_now(session, counties.application.engine, root_actor()), COUNTY)
    assert session_of.get("/").status_code == 303
    closed = root.get(f"/accounts/{COUNTY}").text
    assert "恢复账号" in closed
    assert root.post(f"/accounts/{COUNTY}/link").status_code == 404
    assert root.post(f"/accounts/{COUNTY}/opening").status_code == 303
    assert [session_of.get("/").status_code, program.get("/api/v1/me").status_code] == [303, 401]
    assert counties.person(COUNTY).get("/board").status_code == 200


def test_what_cannot_be_kept_is_told_beside_its_field(counties: Street) -> None:
    root = counties.person(ROOT)
    with counties.application.database.reading() as session:
        login = get_person(session, HELPER).login
    post = {"role": "county_office", "scope": "341226"}
    for wrong, sentence in (
        ({"name": "长" * 201}, "最多 200 个"),
        ({"login": login.upper()}, f"已有人使用登录名“{login}”"),
        ({"role": "admin", "scope": ""}, "管理整个系统的填写“全系统”"),
        ({"scope": " "}, "请填写区划或单位"),
        ({"phone": "1" * 41}, "电话最多 40 个字符"),
    ):
        refused = root.post("/accounts", {**NEW, **post, **wrong})
        assert (refused.status_code, sentence in refused.text) == (422, True), wrong
    given = root.post(f"/accounts/{HELPER}/posts", {"role": "admin", "scope": ""})
    assert (given.status_code, "管理整个系统的填写“全系统”" in given.text) == (422, True)


def test_the_last_administrator_stays_whatever_the_page(counties: Street) -> None:
    root, database = counties.person(ROOT), counties.application.database
    now = counties.clock.now()
    with database.reading() as session:
        post = posts_of(session, ROOT, now.date())[0].id
    ended = root.post(f"/accounts/{ROOT}/posts/{post}/end")
    assert (ended.status_code, "最后一位" in ended.text) == (422, True)
    page = f"/people/{ROOT}/handing-over"
    given = root.post(page, {"reason": "leave", f"post-{post}": "0"})
    assert (given.status_code, "最后一位" in given.text) == (422, True)
    second = root.post("/accounts", {**NEW, "role": "admin", "scope": "全系统"})
    assert root.post(f"/accounts/{ROOT}/posts/{post}/end").status_code == 422, "nobody else can sign in"
    other = set_by(counties, link_in(second.text), PASSWORD)
    other.csrf = other.get("/").text.split('data-csrf="')[1].split('"')[0]
    closed = other.post(page, {"reason": "closed", f"post-{post}": "0"})
    assert closed.status_code == 303, closed.text
    with database.reading() as session:
        assert not get_person(session, ROOT).active
        who = person_by_login(session, "qian")
        assert who is not None
    with pytest.raises(DomainError, match="last administrator"), database.writing() as session:
        close_account(acting_now(session, counties.application.engine, root_actor()), who.id)


def test_a_first_administrator_has_no_last_day(counties: Street) -> None:
    root = counties.person(ROOT)
    day = (counties.clock.now() + dt.timedelta(days=3)).date().isoformat()
    assert (
        root.post("/accounts", {**NEW, "role": "admin", "scope": "全系统", "until": day}).status_code == 200
    )
    with counties.application.database.writing() as session:
        get_person(session, ROOT).password_hash = None
    refused = counties.person(ROOT).post(
        "/accounts", {**NEW, "login": "zhao", "role": "admin", "scope": "全系统", "until": day}
    )
    assert (refused.status_code, "不能有截止日期" in refused.text) == (422, True)


def root_actor() -> Actor:
    return Actor("总管理", ROOT)


def test_what_people_are_told_of_tickets_is_not_read_by_their_administrator(counties: Street) -> None:
    words = "家庭医生半年未上门"
    with counties.application.database.writing() as session:
        about = {
            "kind": "note",
            "about": "ticket:1",
            "words_zh": words,
            "words_en": words,
            "link": "/tickets/1",
        }
        notice = Notice(person_id=HELPER, at=counties.clock.now(), **about)
        session.add(notice)
        session.flush()
        more = {"channel": "mail", "address": "w@example.cn", "state": "dead", "attempts": 5}
        session.add(
            Delivery(notice_id=notice.id, next_try_at=counties.clock.now(), message_id="<1@here>", **more)
        )
    for number, sees in ((ROOT, False), (ADMIN, False), (COUNTY, True)):
        page = counties.person(number).get("/deliveries").text
        assert "王帮扶" in page
        assert (words in page) == sees
        assert ("涉及您无权查看的工单或农户" in page) != sees


def test_first_sign_ins_of_an_import_say_whose_links_others_make(counties: Street) -> None:
    with counties.application.database.writing() as session:
        people = [get_person(session, number) for number in (HELPER, LEAD)]
        for person in people:
            person.password_hash = None
        rows = "".join(["登录名,姓名\n", *(f"{person.login},{person.name}\n" for person in people)]).encode()
    office = counties.person(ADMIN)
    fields = {"_csrf": office.csrf, "kind": "people"}
    sent = office.client.post("/imports", data=fields, files={"file": ("人员.csv", rows)})
    where = sent.headers["location"]
    assert office.post(f"{where}/entry").status_code == 303, office.get(where).text
    with counties.application.database.writing() as session:
        there = session.scalars(select(Post).where(Post.person_id == ELSEWHERE)).first()
        assert there is not None
        place = {"scope": there.scope, "area_code": there.area_code, "since": there.since}
        session.add(Post(person_id=LEAD, role="inspector", **place))
    asked = f"/accounts/first-sign-ins?import={where.rpartition('/')[2]}"
    printed = office.post(asked).text
    assert "王帮扶" in printed
    assert "本文件中有 1 人的岗位不全归您管理" in printed
    set_by(counties, link_in(printed))
    again = office.post(asked).text
    assert "这些人员都已设置密码" not in again
    assert "本文件中有 1 人的岗位不全归您管理" in again
