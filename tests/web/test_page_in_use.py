"""A page that somebody is typing into is touched by nothing live: every kind of page with a form, for ninety seconds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import insert, select

from engine.clock import PushedClock
from engine.database import Database
from engine.schema import incidents, instances
from rectification.campaigns.model import get_campaign
from rectification.matters.pause import ALLOWED
from rectification.matters.result import HouseholdResult
from tests.journeys.visitor import chromium
from tests.rectification.campaign import COUNTY as SMALL_COUNTY
from tests.rectification.campaign import EAST, SmallCampaign
from tests.rectification.campaign import TOWN as SMALL_TOWN
from tests.web.application import ADMIN, COUNTY, DIAGRAM, HELPER, OWNER, START, TOWN, give_post, start_visit
from tests.web.conftest import Street, build_street
from tests.web.test_consultations import street_of
from tests.web.test_excel import send
from tests.web.test_live import served
from tests.web.test_workshop import published_anew
from web.access import ACCESS
from web.rendering import TEMPLATE_FOLDERS
from web.security import sessions
from web.security.authenticate import cookie_name

TYPED: Final = re.compile(r'<textarea|<select|<input(?![^>]*type="(?:hidden|file|search|submit|password)")')
"""What somebody may have typed into; a form of passwords alone keeps no draft."""
NOT_OPENED: Final = {
    "/sign-in": "nobody is signed in there, and nothing is live",
    "/sign-in/link/{token}": "the same; a password keeps no draft",
    "/workshop/drafts/{number}/warnings": "stands on the page of a draft, which is opened, where the checks say something",
    "/workshop/drafts/{number}/tests/{name}": "stands on the page of a draft, which is opened, where a test has failed",
}
CLOCKWORK: Final = """() => {
    window.sources = [];
    window.EventSource = class extends EventTarget {
        static OPEN = 1;
        constructor() { super(); this.readyState = 1; window.sources.push(this); }
        close() { this.readyState = 2; }
    };
    window.pending = 0;
    window.asked = 0;
    window.really = window.fetch.bind(window);
    window.fetch = (...how) => {
        window.pending += 1;
        window.asked += String(how[0]).includes("/notices/count") ? 1 : 0;
        return window.really(...how).finally(() => { window.pending -= 1; });
    };
}"""
"""Events that the test sends or cuts, and a count of what the page is still waiting for."""
SETTLED: Final = """async () => {
    const breath = () => window.really("/static/favicon.svg").then((answer) => answer.text());
    for (let calm = 0; calm < 2; calm += 1) {
        await breath();
        if (window.pending) calm = -1;
    }
}"""
TYPE: Final = """() => {
    const forms = [...document.querySelectorAll("form[method=post]")].filter((form) => form.elements._key);
    forms.forEach((form, number) => { form.number = number; });
    return forms.map((form) => {
        const words = form.querySelector("textarea:enabled, input:enabled:not([type]), input[type=text]:enabled");
        const choice = form.querySelector("select:not(:has(option:only-child)), input[type=checkbox]");
        if (words) words.value = `正在填写 ${form.number}`;
        else if (choice?.matches("select")) choice.selectedIndex = choice.options.length - 1;
        else if (choice) choice.checked = !choice.checked;
        (words ?? choice)?.dispatchEvent(new Event("input", { bubbles: true }));
        const kept = (words ?? choice) && !form.querySelector("[type=password]");
        return [new URL(form.action).pathname, Boolean(kept)];
    });
}"""
"""Something stands in every form; where each is sent, and whether it has something to keep."""
LOOK: Final = """() => {
    const forms = [...document.querySelectorAll("form")];
    const main = document.querySelector("main").cloneNode(true);
    for (const region of main.querySelectorAll("[data-refresh]")) region.replaceChildren();
    const drafts = Object.keys(localStorage).sort().map((name) => [name, localStorage.getItem(name)]);
    return {
        mains: document.querySelectorAll("main").length,
        page: main.innerHTML,
        same: forms.map((form) => form.number ?? null),
        typed: forms.map((form) => [...new FormData(form)].map(String)),
        drafts,
    };
}"""


def routes_with_forms() -> set[str]:
    """The routes to which forms are sent that somebody types into, as the templates say."""
    posts = [route.removeprefix("POST ") for route in ACCESS if route.startswith("POST ")]
    result = set()
    for path in (path for folder in TEMPLATE_FOLDERS for path in folder.rglob("*.html")):
        for form in re.findall(r"<form\b.*?</form>", path.read_text("utf-8"), re.DOTALL):
            action = re.search(r'method="post" action="((?:{{.*?}}|{%.*?%}|[^"])*)"', form)
            if action and TYPED.search(re.sub(r"{{.*?}}", "", form)):
                sent_to = re.sub(r"{{.*?}}", "1", re.sub(r"{{ '.*?}}", "", action[1]))
                result.add(route_of(sent_to, posts))
    return result


def route_of(path: str, posts: list[str]) -> str:
    """The most literal route that fits."""
    fits = [post for post in posts if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", post), path)]
    return min(fits, key=lambda one: one.count("{"), default=path)


def pages_of_the_house(street: Street) -> list[tuple[int, str]]:
    """Pages of a house that has a bit of everything."""
    item, application = start_visit(street.application), street.application
    give_post(application, COUNTY, "city_office", "341200")
    target = published_anew(street, '"visit"', '"call"')
    with application.database.writing() as session:
        number = session.execute(select(instances.c.id)).scalar_one()
        row = {
            "instance_id": number,
            "subject": f"instance:{number}",
            "name": "入户",
            "element": "visit",
            "process": "household_visit",
            "doing": "timer",
        }
        more = {
            "detail": "",
            "happened_at": START,
            "subject": "instance:1",
            "words_zh": "没有。",
            "words_en": "None.",
        }
        session.execute(insert(incidents), {**row, **more})
    owner = street.person(OWNER)
    base = owner.get("/workshop").text.split('name="base" value="')[1].split('"')[0]
    draft = owner.post("/workshop/drafts", {"base": base, "title": "加一步"}).headers["location"]
    there, back = (f"/definitions/{entry}/household_visit/migration" for entry in (target, target - 1))
    job = owner.post(there, {"place.visit": "call", "reason": "改名"}).headers["location"]
    street.do_jobs()
    headings = ("家庭代号", "村", "户主", "户类型", "人口")
    upload = send(street.person(COUNTY), [headings, ("N-1", "管谷村", "王一", "边缘户", 2)]).headers[
        "location"
    ]
    county = (
        "/campaigns/new", "/criteria/E4", "/calendars?area=341226&year=2019", "/endpoints", "/messages", "/works/new",
        "/imports", upload, "/tickets", "/papers/dispatch", f"/people/{HELPER}/handing-over",
    )  # fmt: skip
    owners = (
        "/workshop", draft, f"{draft}/rehearsal?like=key:household:1", f"{draft}/what-if", "/definitions", "/incidents",
        back, job, f"/instances/{number}/move",
    )  # fmt: skip
    files = {"household_visit.bpmn": DIAGRAM.replace('"visit"', '"own"').encode()}
    with application.database.writing() as session:
        application.engine.publish(session, files, "t", scope="341226")
    helper = (f"/work-items/{item}", "/tickets/1", "/deputies", "/me", "/me/telling", "/exports")
    return [
        *((HELPER, path) for path in helper),
        (TOWN, "/tickets/1"),
        (TOWN, "/tickets/1/due"),
        *((COUNTY, path) for path in county),
        *((OWNER, path) for path in owners),
        *((ADMIN, path) for path in ("/accounts", f"/accounts/{HELPER}")),
    ]


def walk(page: Page, address: str | None, posts: list[str]) -> set[str]:
    """Type into everything on the page, and see that nothing live touches it; returns where its forms are sent."""
    if address:
        page.goto(address)
    actions = page.evaluate(TYPE)
    page.clock.fast_forward(1_000)
    page.evaluate(SETTLED)
    before = page.evaluate(LOOK)
    assert before["mains"] == 1, address
    for state in ("up", "cut", "told"):
        asked = page.evaluate("window.asked")
        if state == "told":
            page.evaluate("window.sources.forEach((one) => one.dispatchEvent(new Event('told')))")
        else:
            page.evaluate(
                "(open) => window.sources.forEach((one) => { one.readyState = open; })", int(state == "up")
            )
        page.clock.fast_forward(89_000)
        page.evaluate(SETTLED)
        page.clock.fast_forward(1_000)
        page.evaluate(SETTLED)
        assert (page.evaluate("window.asked") > asked) == (state != "up"), f"{address} with events {state}"
        assert page.evaluate(LOOK) == before, f"{address} with events {state}"
    assert bool(before["drafts"]) == any(kept for _path, kept in actions), f"drafts of {address}"
    page.evaluate("localStorage.clear()")
    return {route_of(path, posts) for path, _kept in actions}


def sit_down(street: Street, context: BrowserContext, address: str, person: int) -> None:
    """Another person in front of the same browser."""
    with street.application.database.writing() as session:
        token = sessions.open_session(session, person, START)
    context.add_cookies([{"name": cookie_name(street.application), "value": token, "url": address}])


def pages_of_the_campaign(small: SmallCampaign) -> list[tuple[int, str]]:
    """Pages that only the shipped diagrams lead to."""
    number = small.in_progress()
    with small.database.writing() as session:
        get_campaign(session, 1).settings = {ALLOWED: True}
    item = small.item(f"ticket:{number}", "rectify").id
    people = small.people
    return [
        (people["helper"], f"/work-items/{item}"),
        (people["helper"], f"/tickets/{number}"),
        (people["town"], f"/tickets/{number}"),
        (people["town"], f"/tickets/{number}/due"),
        (people["inspector"], f"/tickets/{number}/reopening"),
        (people["county"], f"/results/{result_of(small)}"),
        (people["city"], "/campaigns/1"),
        (people["city"], "/campaigns/1/dates"),
    ]


def result_of(small: SmallCampaign) -> int:
    """A decided result of a household that is to be looked at again."""
    with small.database.writing() as session:
        result = HouseholdResult(
            campaign_id=1, household_id=1, village=EAST, town=SMALL_TOWN, county=SMALL_COUNTY
        )
        result.kind, result.proposal, result.outcome, result.facts = "exit_planned", "exit", "exit", {}
        result.proposed_at, result.status, result.look_again = small.clock.now(), "decided", "情况有变化"
        session.add(result)
        session.flush()
        return result.id


def bulk_page(page: Page) -> None:
    """The form for many tickets, which a form of the ledger leads to."""
    page.goto("/tickets")
    page.locator("input[name=ticket]").first.check()
    page.locator("button[name=act][value=extend]").click()
    page.wait_for_selector("form[data-conditions]")


@pytest.fixture
def small(database: Database, clock: PushedClock, tmp_path: Path) -> SmallCampaign:
    """A campaign in which one ticket is being worked on."""
    small_campaign = SmallCampaign(database, clock, tmp_path)
    small_campaign.furnish()
    return small_campaign


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_page_in_use_is_touched_by_nothing_live(small: SmallCampaign, tmp_path: Path) -> None:
    posts = [route.removeprefix("POST ") for route in ACCESS if route.startswith("POST ")]
    opened: set[str] = set()
    (tmp_path / "house").mkdir()
    application, shipped = build_street(tmp_path / "house"), street_of(small)
    with chromium() as browser:
        for street, pages in (
            (application, pages_of_the_house(application)),
            (shipped, pages_of_the_campaign(small)),
        ):
            with served(street.application) as address:
                context = browser.new_context(base_url=address)
                context.add_init_script(f"({CLOCKWORK})()")
                page = context.new_page()
                page.clock.install()
                for person, path in pages:
                    sit_down(street, context, address, person)
                    opened |= walk(page, path, posts)
                if street is shipped:
                    sit_down(street, context, address, small.people["helper"])
                    bulk_page(page)
                    opened |= walk(page, None, posts)
                context.close()
    assert routes_with_forms() - set(NOT_OPENED) - opened == set()
    application.application.database.close()
