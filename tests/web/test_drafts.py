"""What somebody typed is not lost: to an emptier draft, an ended session, another person, a second phone, a lost answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import delete, func, select

from engine.text import LocalizedText
from notifications.outbox import NotificationRequest, notify_many
from rectification.tickets.comments import Comment
from tests.journeys.visitor import chromium
from tests.web.application import HELPER, PASSWORD, START, start_visit
from tests.web.conftest import Street, build_street
from tests.web.test_forms import FILLED, open_form
from tests.web.test_live import served
from web.security.tables import sessions

COMMENT = "#comment-text"
LONG = "今天上午与镇卫生院王院长通了电话，约定周四上门补签协议。"


@dataclass
class Village:
    """A house with its address, and a browser in front of it."""

    street: Street
    address: str
    context: BrowserContext

    def page(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(15_000)
        page.clock.install()
        return page

    def sign_in(self, page: Page, person: int) -> None:
        page.locator("#login").fill(f"p{person}")
        page.locator("#password").fill(PASSWORD)
        page.locator("form[action='/sign-in'] button").click()

    def comments(self) -> int:
        with self.street.application.database.reading() as session:
            return session.execute(select(func.count()).select_from(Comment)).scalar_one()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def village(browser: Browser, tmp_path: Path) -> Iterator[Village]:
    street = build_street(tmp_path)
    with served(street.application) as address:
        context = browser.new_context(base_url=address, locale="zh-CN")
        found = Village(street, address, context)
        page = found.page()
        page.goto("/sign-in")
        found.sign_in(page, HELPER)
        page.wait_for_url(f"{address}/")
        page.close()
        yield found
        context.close()
    street.application.database.close()


def typed(page: Page, place: str, words: str) -> None:
    """Type, and wait until the page has kept it."""
    page.locator(place).fill(words)
    page.clock.run_for(500)


def test_an_emptier_draft_keeps_the_fuller_and_gives_it_back(village: Village) -> None:
    item = start_visit(village.street.application)
    note, page = "textarea[name=note]", village.page()
    page.goto(f"/work-items/{item}")
    typed(page, note, LONG)
    typed(page, note, "")
    page.reload()
    expect(page.locator(note)).to_have_value("")
    page.get_by_role("button", name="恢复此前填写的内容").click()
    expect(page.locator(note)).to_have_value(LONG)
    other = village.page()
    other.goto(f"/work-items/{item}")
    expect(other.locator(note)).to_have_value(LONG)
    typed(other, note, "另一个窗口里写的")
    typed(page, note, LONG + "已电话告知户主。")
    page.reload()
    page.get_by_role("button", name="恢复此前填写的内容").first.click()
    expect(page.locator(note)).to_have_value("另一个窗口里写的")


def test_an_ended_session_comes_back_to_the_form_with_its_text(village: Village) -> None:
    page = village.page()
    page.goto("/tickets/1")
    page.locator(COMMENT).fill(LONG)
    with village.street.application.database.writing() as session:
        session.execute(delete(sessions))
    page.locator("form[action='/tickets/1/comments'] button[type=submit]").click()
    expect(page.get_by_text("登录已过期")).to_be_visible()
    village.sign_in(page, HELPER)
    page.wait_for_url("**/tickets/1")
    expect(page.locator(COMMENT)).to_have_value(LONG)
    expect(page.locator("[data-draft-restored]")).to_be_visible()
    assert village.comments() == 0
    page.locator("form[action='/tickets/1/comments'] button[type=submit]").click()
    page.wait_for_url("**/tickets/1#comments")
    expect(page.locator(COMMENT)).to_have_value("")
    page.reload()
    expect(page.locator(COMMENT)).to_have_value("")
    expect(page.locator("[data-draft-older]")).to_have_count(0)
    assert village.comments() == 1


def test_a_draft_is_seen_by_its_own_person_alone_and_outlives_signing_out(village: Village) -> None:
    item = start_visit(village.street.application)
    page = village.page()
    page.goto(f"/work-items/{item}")
    typed(page, "textarea[name=note]", LONG)
    page.goto("/tickets/1")
    typed(page, COMMENT, LONG)
    for person in (3, HELPER):
        page.locator(".side details.menu > summary").click()
        page.locator("form[data-sign-out] button:visible").click()
        page.wait_for_url("**/sign-in")
        village.sign_in(page, person)
        page.wait_for_url(f"{village.address}/")
        page.goto("/tickets/1")
        if person != HELPER:
            expect(page.locator(COMMENT)).to_have_value("")
            expect(page.locator("[data-draft-older]")).to_have_count(0)
            typed(page, COMMENT, "镇里的话")
    expect(page.locator(COMMENT)).to_have_value("")
    page.get_by_role("button", name="恢复此前填写的内容").click()
    expect(page.locator(COMMENT)).to_have_value(LONG)
    page.goto(f"/work-items/{item}")
    expect(page.locator("textarea[name=note]")).to_have_value(LONG)


def test_what_a_second_phone_did_first_leaves_what_was_typed_here(village: Village) -> None:
    item = start_visit(village.street.application)
    page = village.page()
    page.goto(f"/work-items/{item}")
    typed(page, "textarea[name=note]", LONG)
    typed(page, "textarea[name=note]", "短")
    phone = village.street.person(HELPER)
    phone.post(f"/work-items/{item}", {**open_form(village.street, item), **FILLED})
    page.goto(f"/work-items/{item}")
    left = page.locator("[data-draft-left]")
    expect(left).to_contain_text(LONG)
    expect(left).to_contain_text("其他情况")
    left.get_by_role("button").click()
    page.reload()
    expect(left).to_be_hidden()


def test_a_lost_answer_is_asked_for_again_and_the_work_is_done_once(village: Village) -> None:
    page, sent = village.page(), list[int]()

    def loses(route: Route) -> None:
        request = route.request
        content = request.post_data_buffer or b""
        answer = httpx.post(request.url, content=content, headers=request.all_headers())
        sent.append(answer.status_code)
        route.abort()

    page.goto("/tickets/1")
    page.locator(COMMENT).fill(LONG)
    page.route("**/tickets/1/comments", loses, times=1)
    page.locator("form[action='/tickets/1/comments'] button[type=submit]").click()
    page.wait_for_url("chrome-error://**")
    assert sent == [303]
    page.goto("/tickets/1")
    expect(page.locator(COMMENT)).to_have_value(LONG)
    page.locator("form[action='/tickets/1/comments'] button[type=submit]").click()
    page.wait_for_url("**/tickets/1#comments")
    expect(page.locator(COMMENT)).to_have_value("")
    assert village.comments() == 1


def test_the_desk_hears_of_new_work_and_never_shows_the_door_in_its_list(village: Village) -> None:
    page, application = village.page(), village.street.application
    page.goto("/")
    expect(page.locator("#waiting .row-link")).to_have_count(0)
    start_visit(application)
    with application.database.writing() as session:
        notify_many(
            session, [NotificationRequest(HELPER, "offered", "x", LocalizedText("新", "New"), "/")], START
        )
    application.bell.pass_on()
    page.clock.run_for(90_000)
    expect(page.locator("#waiting .row-link")).to_have_count(1)
    with application.database.writing() as session:
        session.execute(delete(sessions))
    assert (
        page.evaluate("fetch('/?_block=list', {headers: {'HX-Request': 'true'}}).then((it) => it.status)")
        == 401
    )


def test_a_page_shown_again_sends_something_else_under_a_key_of_its_own(village: Village) -> None:
    page, keys = village.page(), list[str]()
    page.goto("/tickets/1")
    page.on("request", lambda one: keys.append(one.post_data or "") if one.method == "POST" else None)
    page.route("**/tickets/1/comments", lambda route: route.fulfill(status=204))
    for words in ("一", "一", "二"):
        page.locator(COMMENT).fill(words)
        with page.expect_request("**/tickets/1/comments"):
            page.locator("form[action='/tickets/1/comments'] button[type=submit]").click()
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    first, same, other = (key.partition("_key=")[2].partition("&")[0] for key in keys)
    assert first == same != other
