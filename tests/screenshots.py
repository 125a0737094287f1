"""Makes the pictures of the README from a demo in the real browser: ``python -m tests.screenshots``."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from engine.database import Database
from rectification.households.model import Household
from rectification.matters.ticket import Ticket
from tests.journeys import story
from tests.journeys.colleague import Colleague
from tests.journeys.conftest import Demo, served_demo
from tests.journeys.journey import Journey
from tests.journeys.visitor import chromium

FOLDER: Final = Path(__file__).parents[1] / "docs/screenshots"
LARGEST: Final = 150_000
"""Bytes of one picture."""
DESK: Final = (1280, 800)
PHONE: Final = (390, 780)
WRONG: Final = {
    "zh": "长子 2017 年起在县城有商品房",
    "en": "The eldest son has owned a flat in the county seat since 2017",
}

CHOOSE: Final = """() => {
    const modeller = document.querySelector('.board').modeller;
    const task = modeller.get('elementRegistry').get('dispatch');
    modeller.get('selection').select(task);
    const canvas = modeller.get('canvas');
    canvas.zoom(0.8);
    const { width, height } = canvas.viewbox();
    canvas.viewbox({ x: task.x - width / 2, y: task.y - height / 2, width, height });
}"""


class Camera:
    """Opens pages as somebody sees them, in one language, and keeps pictures of them."""

    def __init__(self, browser: Browser, demo: Demo, language: str) -> None:
        self._browser, self._demo, self.language = browser, demo, language

    def open(self, login: str, size: tuple[int, int]) -> Page:
        """The desk of a person."""
        width, height = size
        context = self._browser.new_context(
            base_url=self._demo.address,
            viewport={"width": width, "height": height},
            device_scale_factor=1.5,
            reduced_motion="reduce",
        )
        context.add_cookies([{"name": "language", "value": self.language, "url": self._demo.address}])
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.goto(self._demo.way_of(login).link)
        return page

    def keep(self, page: Page, name: str) -> None:
        """What the window shows, small."""
        page.wait_for_load_state("load")
        page.evaluate("document.fonts.ready.then(() => null)")
        page.evaluate("document.querySelector('.demo')?.remove()")
        target = FOLDER / self.language / f"{name}.webp"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.open(io.BytesIO(page.screenshot())).save(target, "WEBP", quality=82, method=6)
        assert target.stat().st_size <= LARGEST, f"{target} has {target.stat().st_size} bytes"
        page.context.close()


def visit(camera: Camera) -> None:
    """A helper at a household's door, with a phone."""
    page = camera.open("helper1", PHONE)
    page.locator("a[href^='/work-items/']").first.click()
    page.locator("[name=met][value=home]").check()
    page.locator("[data-section]").first.wait_for()
    items = page.locator("[data-item]")
    for number in range(3):
        item = items.nth(number)
        section = item.locator("xpath=ancestor::details[1]")
        if not item.is_visible():
            section.locator("summary").click()
        failing = (item.get_attribute("data-fail-when") or "no").split()[0]
        wanted = failing if number == 1 else ("yes" if failing == "no" else "no")
        item.locator(f"label:has(input[value='{wanted}'])").click()
    items.nth(1).locator("textarea").fill(WRONG[camera.language])
    items.nth(0).evaluate("one => scrollTo(0, one.getBoundingClientRect().top + scrollY - 190)")
    camera.keep(page, "visit")


def ticket(camera: Camera, number: int) -> None:
    """The town's office looks at a ticket that is being fixed."""
    page = camera.open("town_office1", DESK)
    page.goto(f"/tickets/{number}")
    camera.keep(page, "ticket")


def draft(camera: Camera) -> str:
    """A draft of the ticket's diagram; answers its address."""
    page = camera.open("process_owner1", DESK)
    page.goto("/workshop")
    unit = page.locator("section.sheet", has_text="问题整改").filter(has=page.locator("input[name=title]"))
    unit.locator("input[name=title]").fill("整改时限")
    unit.locator("button[type=submit]").click()
    page.wait_for_url("**/workshop/drafts/*")
    address = page.url
    page.context.close()
    return address


def workshop(camera: Camera, address: str) -> None:
    """The process owner changes who dispatches a ticket, and by when."""
    page = camera.open("process_owner1", DESK)
    page.goto(f"{address}/files/rectification.bpmn")
    page.wait_for_selector("[data-board][data-ready]")
    page.evaluate(CHOOSE)
    for name in ("who", "deadline"):
        page.locator(f"[data-group-id='group-owner-{name}'] .bio-properties-panel-group-header").click()
    camera.keep(page, "workshop")


def dispatched(demo: Demo, browser: Browser) -> int:
    """A ticket that a helper has taken, some days later."""
    journey = Journey(browser, demo, 1440, "zh")
    helper, lead, town = (Colleague(demo, login) for login in ("helper1", "team_lead1", "town_office1"))
    home = journey.homes_of(helper.id)[0]
    for colleague in (helper, Colleague(demo, "helper2")):
        for item in colleague.work("visit"):
            failing = {"E4": colleague.photo(item["key"])} if item["key"] == f"household:{home}" else {}
            with demo.application.database.reading() as session:
                values = story.visit(session, "2019-09-02", failing)
            colleague.answered(item["id"], values)
    for item in lead.work("check_visit"):
        lead.answered(item["id"], {"check": "ok"})
    with demo.application.database.reading() as session:
        village = session.scalars(select(Household.village).where(Household.id == home)).one()
        made = session.scalars(select(Ticket).where(Ticket.household_id == home, Ticket.item == "E4")).one()
    lead.complete("finish_visits", f"village:{village}")
    lead.complete("submit_list", f"village:{village}", zero_report=False, statement="一条问题")
    town.complete("review_line", made.key, review="accept")
    town.complete("dispatch", made.key, **journey.measure(helper.id, "2019-09-20"))
    helper.complete("acknowledge", made.key, acknowledged="yes")
    journey.push(17)
    return made.id


def main() -> None:
    """Three pictures in each language."""
    with tempfile.TemporaryDirectory(prefix="huitoukan-screenshots-") as folder:
        database = Database(f"sqlite:///{folder}/demo.db")
        database.create_all()
        with served_demo(database, Path(folder)) as demo, chromium() as browser:
            cameras = [Camera(browser, demo, language) for language in ("zh", "en")]
            address = draft(cameras[0])
            for camera in cameras:
                visit(camera)
                workshop(camera, address)
            number = dispatched(demo, browser)
            for camera in cameras:
                ticket(camera, number)
        database.close()


if __name__ == "__main__":
    main()
