"""From an empty database to the first closed ticket, through the command and the pages alone, as the guide tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from engine.clock import PushedClock
from huitoukan.application import RunningApplication, build, publish_shipped
from huitoukan.settings import Settings
from tests.forked import Done, run
from tests.installation.pages import Page, Somebody
from web.app import create_app

PASSWORD = "回头看 的一个密码"
MONDAY = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
"""When it begins, for the server and for the command: no midnight of the machine comes between them."""
AREAS = """区划代码,名称,级别
341226100200,管谷村,村
341226100,慎城镇,镇
341226,颍上县,县
341200,阜阳市,市
"""
"""What lies below comes first."""
UNITS = """单位名称,单位类型,所属区划,上级单位
慎城镇卫生院,乡镇站所,341226100,慎城镇人民政府
慎城镇人民政府,乡镇办公室,341226100,颍上县扶贫局
颍上县扶贫局,县级牵头单位,341226,
"""
PEOPLE = """登录名,姓名,岗位,岗位范围,所在单位
helper,王帮扶,帮扶责任人,管谷村,慎城镇卫生院
lead,李队长,驻村工作队长,管谷村,
town,赵镇办,镇扶贫办,慎城镇,慎城镇人民政府
county,郑区县,区县扶贫局,颍上县,颍上县扶贫局
"""
HOUSEHOLDS = """户编号,村代码,户主,户类型,人口,帮扶责任人
YS-001,341226100200,张户主,边缘户,3,helper
"""


class Installation:
    """A server and whoever sits in front of it; the command works beside it, by the same clock."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.settings = {"HUITOUKAN_DATA_DIR": str(folder / "data"), "HUITOUKAN_DATABASE_URL": url}
        self.clock = PushedClock(MONDAY)
        self.application: RunningApplication | None = None

    def command(self, *given: str, words: str = "") -> Done:
        """The command, as the operator runs it."""
        done = run(self.folder, *given, words=words, settings=self.settings, at=self.clock.now())
        assert "Traceback" not in done.stderr
        return done

    def start(self) -> None:
        """Start the server, on a clock that is pushed."""
        settings = Settings(
            data_dir=self.folder / "data", database_url=self.settings["HUITOUKAN_DATABASE_URL"]
        )
        self.application = build(settings, clock=self.clock)
        publish_shipped(self.application)
        self._app = create_app(self.application, machine_clock=self.clock)

    def somebody(self) -> Somebody:
        """Somebody new in front of a browser."""
        return Somebody(self._app)

    def push(self, **by: float) -> None:
        """Time passes; what the server does in the background is done."""
        assert self.application is not None
        self.clock.push_to(self.clock.now() + dt.timedelta(**by))
        self.application.follow()

    def day(self, number: int) -> str:
        """A day so many days from today, in the campaign's zone."""
        zone = dt.timezone(dt.timedelta(hours=8))
        return (self.clock.now().astimezone(zone).date() + dt.timedelta(days=number)).isoformat()

    def file(self, name: str, text: str) -> str:
        """A file of the office."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)


@pytest.fixture
def nothing(empty_database: str, tmp_path: Path) -> Iterator[Installation]:
    """An empty database, and a folder for the data."""
    installation = Installation(tmp_path, empty_database)
    yield installation
    if installation.application is not None:
        installation.application.pictures.shutdown()
        installation.application.database.close()


def test_from_an_empty_database_to_the_first_closed_ticket(nothing: Installation) -> None:
    assert nothing.command("migrate").returncode == 0
    refused = nothing.command("user", "add", "root", "--role", "admin@341226", words=f"{PASSWORD}\n")
    assert "huitoukan import rows areas FILE" in refused.stderr
    assert "请先导入区划" in refused.stderr
    assert nothing.command("user", "add", "root", "--role", "admin", words=f"{PASSWORD}\n").returncode == 0
    nothing.start()
    root = nothing.somebody()
    root.sign_in("root", PASSWORD)
    _every_page_says_what_to_do(root)
    people = _offices_come_in(nothing, root)
    _campaign_is_founded(nothing, root, people["county"])
    _administrator_sees_nothing_of_it(root)
    _found_fixed_and_closed(nothing, people)
    assert nothing.command("audit", "verify").returncode == 0


def _every_page_says_what_to_do(root: Somebody) -> None:
    """Nothing is there, and no way of the navigation ends in a wall."""
    ways = {href for href, _words in root.look("/").links if href.startswith("/") and "." not in href}
    assert {"/accounts", "/imports", "/campaigns", "/works", "/papers", "/criteria"} <= ways
    for way in sorted(ways):
        assert "没有找到" not in root.look(way).text, way
    for way in ("/works", "/papers", "/criteria", "/campaigns"):
        links = {href for href, _words in root.look(way).links}
        assert {"/imports", "/campaigns/new"} <= links, way
    assert "请先导入区划" in root.look("/campaigns/new").text


def _bring_in(who: Somebody, kind: str, text: str) -> Page:
    """Send a file, see what would happen, bring it in."""
    tried = who.send(who.look("/imports"), "/imports", kind=kind, file=(f"{kind}.csv", text.encode()))
    done = who.send(tried, f"{tried.at}/entry")
    assert "同一文件再次导入不会有任何变化" in done.text
    return done


def _offices_come_in(nothing: Installation, root: Somebody) -> Mapping[str, Somebody]:
    """Areas by the page, units by the command, people by the page; each sets a password by the printed link."""
    _bring_in(root, "areas", AREAS)
    done = nothing.command("import", "rows", "units", nothing.file("units.csv", UNITS))
    assert done.stdout.startswith("3 new"), done.stderr
    people = _bring_in(root, "people", PEOPLE)
    again = next(form.action for form in people.forms if form.action.startswith("/accounts/first-sign-ins"))
    printed = root.send(people, again)
    assert len(printed.codes) == 4
    result = {}
    for login in ("helper", "lead", "town", "county"):
        row = next(part for part in printed.text.split("<tr ") if f"<strong>{login}</strong>" in part)
        link = next(code for code in printed.codes if code in row)
        result[login] = nothing.somebody()
        assert result[login].set_password(link, PASSWORD).at == "/"
        nothing.somebody().look(urlsplit(link).path, 404)
    return result


def _campaign_is_founded(nothing: Installation, root: Somebody, county: Somebody) -> None:
    """The administrator founds it, the county brings in its households and begins."""
    days = {"visits": 5, "list": 8, "reverify": 25, "explanation": 25, "closing": 30}
    dates: dict[str, Any] = {name: nothing.day(number) for name, number in days.items()}
    form = root.look("/campaigns/new")
    founded = root.send(
        form,
        "/campaigns",
        name="脱贫攻坚回头看",
        area=form.form("/campaigns").choose("area", "颍上县"),
        checklist="own",
        questions="# 健康\n家庭医生是否上门？\t\t\t".rstrip(),
        **dates,
    )
    assert founded.at == "/campaigns/1"
    _bring_in(county, "households", HOUSEHOLDS)


def _administrator_sees_nothing_of_it(root: Somebody) -> None:
    assert "张户主" not in root.look("/households").text
    root.look("/households/1", 404)
    helper = next(href for href, words in root.look("/people").links if "王帮扶" in words)
    assert "张户主" not in root.look(helper).text


def _found_fixed_and_closed(nothing: Installation, people: Mapping[str, Somebody]) -> None:
    helper, lead, town, county = (people[entry] for entry in ("helper", "lead", "town", "county"))
    helper.do(
        "入户", "张户主", visited_on=nothing.day(0), second_visitor="陪同人", met="home", members_found="3",
        answers__A1__answer="no", answers__A1__reason="半年没有上门",
    )  # fmt: skip
    lead.do("核对", "张户主", check="ok")
    lead.do("完成", "管谷村")
    lead.do("提交村问题清单", "管谷村", statement="一条问题")
    town.do("审核问题", "张户主", review="accept")
    town.do(
        "交办", "张户主", measure="联系镇卫生院上门", rect_type="immediate", resp_unit=("", "慎城镇卫生院"),
        resp_person=("", "王帮扶"), due_date=nothing.day(10),
    )  # fmt: skip
    helper.do("签收", "张户主", acknowledged="yes")
    nothing.push(hours=20)
    helper.do(
        "整改",
        "张户主",
        outcome="apply_closure",
        result="已上门服务",
        self_check="true",
        photos={"evidence": 1},
    )
    county.do(
        "复核", "张户主", reverify_result="fixed", method="on_site", second_verifier="李二",
        photos={"reverify_photos": 1},
    )  # fmt: skip
    county.do(
        "销号",
        "张户主",
        record_channel="provincial_system",
        external_number="SB-0001",
        external_date=nothing.day(0),
    )
    closed = county.look("/tickets?state=closed")
    assert any(href == "/tickets/1" for href, _words in closed.links)
    assert "SB-0001" in county.look("/tickets/1").text
