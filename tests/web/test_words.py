"""Both languages, everywhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from jinja2 import Environment

import web
from tests.web.application import ADMIN, HELPER, start_visit
from tests.web.conftest import Street
from web.i18n import _pairs, catalogue
from web.labels import ACTIONS, FACTS
from web.rendering import TEMPLATE_FOLDERS

ROOM = Path(web.__file__).parent
NOT_TRANSLATED = {"; ", "Huitoukan"}


def in_templates() -> dict[str, str]:
    environment = Environment(extensions=["jinja2.ext.i18n"])
    result = {}
    for path in (path for folder in TEMPLATE_FOLDERS for path in folder.rglob("*.html")):
        for _line, _function, message in environment.extract_translations(path.read_text()):  # type: ignore[attr-defined]
            first = message[0] if isinstance(message, tuple) else message
            if first is not None:
                result[first] = path.name
    return result


def in_code() -> dict[str, str]:
    result = {}
    for path in ROOM.rglob("*.py"):
        for _line, message, *_rest in extract_from_file("python", path):
            result[message[0] if isinstance(message, tuple) else message] = path.name
    return result


def test_every_sentence_of_the_pages_stands_in_the_chinese_catalogue() -> None:
    used = {**in_templates(), **in_code()}
    assert len(used) > 200
    missing = {message: where for message, where in used.items() if message not in catalogue()}
    assert missing == {}


def test_the_catalogue_holds_chinese_and_nothing_that_no_page_says() -> None:
    used = {**in_templates(), **in_code()}
    assert [message for message in catalogue() if message not in used] == []
    english = {m: said for m, said in catalogue().items() if not re.search(r"[\u4e00-\u9fff；、：（]", said)}
    assert set(english) <= NOT_TRANSLATED


def test_translations_take_the_same_values() -> None:
    names = re.compile(r"%\((\w+)\)s")
    for message, said in catalogue().items():
        assert set(names.findall(said)) <= set(names.findall(message)) | {"num"}, message


def test_sentences_of_the_code_exist_in_both_languages() -> None:
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Words" and len(node.args) == 2:
                zh, en = (ast.unparse(arg) for arg in node.args)
                if zh[0] in "'\"" and en[0] in "'\"":
                    assert re.search(r"[\u4e00-\u9fff]", zh), (path.name, zh)
                    assert not re.search(r"[\u4e00-\u9fff]", en), (path.name, en)


def test_the_switcher_changes_every_page_and_is_remembered(street: Street) -> None:
    browser = street.person(HELPER)
    assert '<html lang="zh"' in browser.get("/").text
    answer = browser.post("/language", {"language": "en", "next": "/tickets?state=open"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/tickets?state=open")
    assert '<html lang="en"' in browser.get("/tickets").text
    assert "My desk" in browser.get("/").text
    assert "Not found" in browser.get("/tickets/999").text
    browser.post("/language", {"language": "zh", "next": "//evil.example"})
    assert "我的待办" in browser.get("/").text


CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def test_an_english_page_has_chinese_only_in_what_people_wrote(street: Street) -> None:
    item = start_visit(street.application)
    people = {
        "王帮扶",
        "李队长",
        "赵镇办",
        "孙管理",
        "张户主",
        "联系镇卫生院补签",
        "家庭医生半年未上门",
    }
    places = {
        "阜阳市",
        "颍上县",
        "慎城镇",
        "管谷村",
        "慎城镇管谷村",
        "颍上",
        "慎城镇人民政府",
        "一组",
        "阜阳市颍上县慎城镇管谷村",
    }
    for person, paths in {
        HELPER: (
            "/",
            f"/work-items/{item}",
            "/households",
            "/households/1",
            "/tickets",
            "/tickets/1",
            "/notices",
            "/me",
        ),
        ADMIN: ("/incidents", "/definitions", "/board", "/villages"),
    }.items():
        for path in paths:
            page = street.person(person).speaks("en").get(path)
            assert page.status_code == 200
            text = re.sub(r'<button[^>]*lang="zh".*?</button>', "", page.text, flags=re.S)
            text = re.sub(r' data-draft="[^"]*"', "", text)
            assert set(CHINESE.findall(text)) <= people | places, path


def test_a_demo_says_its_time_on_every_page_and_a_real_house_never(
    street: Street, demo_street: Street
) -> None:
    for path in ("/", "/tickets/1", "/me"):
        page = demo_street.person(HELPER).get(path).text
        assert "演示数据。活动日期：" in page
        assert 'action="/demo/next-deadline"' in page
        assert "/demo/" not in street.person(HELPER).get(path).text
    browser = demo_street.person(HELPER)
    assert browser.post("/demo/one-day-on", {"next": "/tickets"}).headers["location"] == "/tickets"
    assert "9月3日 周二 09:00" in browser.get("/").text
    assert street.person(HELPER).post("/demo/one-day-on").status_code == 404


def test_everything_that_the_history_can_say_has_words() -> None:
    rooms = [ROOM.parent / name for name in ("engine", "rectification")]
    named = re.compile(r'(?:record_event|record|record_about_work|history_row)\([^()]*?"([a-z_]+)"')
    result = {
        action for room in rooms for path in room.rglob("*.py") for action in named.findall(path.read_text())
    }
    assert {"hung", "dispatched", "escalated"} <= result
    assert [entry for entry in sorted(result) if entry not in FACTS and entry not in ACTIONS] == []


def test_no_sentence_has_two_translations() -> None:
    result: dict[str, set[str]] = {}
    for path in sorted((ROOM / "locale" / "zh").glob("*.po")):
        with path.open("rb") as file:
            for english, chinese in _pairs(read_po(file, locale="zh")):
                result.setdefault(english, set()).add(chinese)
    assert {english: told for english, told in result.items() if len(told) > 1} == {}
