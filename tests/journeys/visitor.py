"""Somebody who works through the pages, in a real browser, and looks at each page with axe."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from sqlalchemy import select

from engine.schema import work_items
from tests.journeys.conftest import Demo
from tests.journeys.pictures import photo

SCREENS: Final = {1440: 900, 390: 844}
"""Width and height of a desk's screen and of a phone's, in pixels."""

_BROWSERS: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

_JUDGE: Final = """async ([options, known]) => {
    const kind = one => [one.tagName, ...[...one.attributes].filter(it => !it.name.startsWith("data-"))
        .map(it => /^(class|role|type)$/.test(it.name) ? it.value : it.name).sort()].join(" ");
    const speaks = one => one.matches("input, select, textarea")
        || [...one.childNodes].some(it => it.nodeType === Node.TEXT_NODE && it.data.trim());
    const found = new Map();
    for (const one of document.querySelectorAll("body :not(svg *)"))
        if (known && speaks(one)) found.set(`${kind(one.parentElement)} > ${kind(one)}`, one);
    known?.forEach(it => found.delete(it));
    const {violations} = await axe.run({...options, rules: {"color-contrast": {enabled: false}}});
    const coloured = found.size ? await axe.run([...found.values()], {...options, runOnly: ["color-contrast"]}) : {violations: []};
    return {violations: [...violations, ...coloured.violations], kinds: [...found.keys()]};
}"""
"""What is wrong anywhere, and with the colours of what speaks and is of a kind that is not ``known``: what tag, classes,
role and attributes it and the element around it have."""

_VIOLATIONS: Final = {"resultTypes": ["violations"], "preload": {"assets": ["media"]}}
"""What is wrong, and not what is right. No rule that is on reads style sheets, so they are not fetched once more."""

_coloured: defaultdict[int, set[str]] = defaultdict(set)
"""The kinds of elements with whose colours axe found nothing wrong, at each width."""

HOW_TO_GET = (
    "Chromium is not on this machine; with Debian: apt-get install chromium-headless-shell fonts-noto-cjk"
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium; its shell without windows is quicker."""
    next_ = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if next_ is None:
        pytest.skip(HOW_TO_GET)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=next_, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Visitor:
    """One person in front of one screen."""

    def __init__(self, browser: Browser, demo: Demo, login: str, width: int, language: str) -> None:
        self._demo, self.width, self.language, self.login = demo, width, language, login
        way = demo.way_of(login)
        self.id, self.name = way.id, way.name
        size = {"width": width, "height": SCREENS[width]}
        context = browser.new_context(base_url=demo.address, viewport=size, has_touch=width < 600)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda fault: pytest.fail(f"a script failed: {fault}"))
        self.page.goto(way.link)
        self._speak()

    def _speak(self) -> None:
        if self.page.locator("html").get_attribute("lang") != self.language:
            self.page.locator("details.menu:visible > summary").click()
            self.page.locator(f"button[name=language][value={self.language}]:visible").click()
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)

    def goto(self, path: str) -> None:
        """Open a page and look at it."""
        self.page.goto(path)
        self.look(path)

    def look(self, name: str) -> None:
        """No violation of axe, nothing wider than the screen, at this width and at the other.

        Colours, which take axe longest, do not depend on the width and are judged at this one, once for each kind
        of element. A picture is kept when somebody wants to look.
        """
        self._judge(name, self.width, colours=True)
        other, height = next(screen for screen in SCREENS.items() if screen[0] != self.width)
        self.page.set_viewport_size({"width": other, "height": height})
        self._judge(name, other, colours=False)
        self.page.set_viewport_size({"width": self.width, "height": SCREENS[self.width]})
        self._keep_picture(name)

    def _judge(self, name: str, width: int, *, colours: bool) -> None:
        """Ask axe about everything; about colours where their kind was not judged yet."""
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide on a screen of {width}"
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        known = list(_coloured[width]) if colours else None
        found = self.page.evaluate(_JUDGE, [_VIOLATIONS, known])
        result = AxeResults(found)
        assert result.violations_count == 0, f"{name} at {width}: {result.generate_report()}"
        _coloured[width].update(found["kinds"])

    def _keep_picture(self, name: str) -> None:
        folder = os.environ.get("HUITOUKAN_SCREENSHOTS")
        if folder:
            place = Path(folder) / f"{self.width}-{self.language}"
            place.mkdir(parents=True, exist_ok=True)
            count = len(list(place.iterdir())) + 1
            title = name.strip("/").replace("/", "-") or "desk"
            self.page.screenshot(path=str(place / f"{count:02}-{self.login}-{title}.png"), full_page=True)

    def open(self, element: str, key: str) -> None:
        """Find the work item on the desk and open it."""
        with self._demo.application.database.reading() as session:
            query = select(work_items.c.id).where(
                work_items.c.element == element, work_items.c.key == key, work_items.c.closed_at.is_(None)
            )
            number = session.execute(query.order_by(work_items.c.id)).scalars().first()
        link = self.page.locator(f"a[href='/work-items/{number}']")
        if not link.count():
            self.page.goto("/")
        link.click()
        self.page.wait_for_url(f"**/work-items/{number}")
        self.look(element)

    def do(self, element: str, key: str, /, **values: Any) -> None:
        """Open a work item, fill it in, send it."""
        self.open(element, key)
        self.fill(values)
        self.send()

    def send(self) -> None:
        """Send the form and land on the desk."""
        self.page.locator("form[data-conditions] .send button[type=submit]").click()
        self.page.wait_for_url("**/?done=*")

    def send_in_vain(self, name: str) -> None:
        """Send a form that is refused: the page comes back with sentences and with what was typed."""
        self.page.locator("form[data-conditions] .send button[type=submit]").click()
        expect(self.page.locator(".problem").first).to_be_visible()
        self.look(name)

    def problem_of(self, field: str) -> str:
        """The sentence beside a field."""
        return self.page.locator(f"[data-field='{field}'] .problem").first.inner_text()

    def fill(self, values: Mapping[str, Any]) -> None:
        """Give each field its value, by whatever control the page shows for it."""
        for name, value in values.items():
            place = self.page.locator(f"[data-field='{name}']")
            expect(place).to_be_visible()
            match place.get_attribute("data-type"):
                case "checklist":
                    self._answer(value)
                case "photo" | "photos" | "file":
                    for _ in range(value):
                        self.add_photo(place)
                case "boolean":
                    place.locator("input[type=checkbox]").set_checked(value)
                case _:
                    self._give(place, name, value)

    def _give(self, place: Locator, name: str, value: Any) -> None:
        choice = place.locator(f"input[type=radio][name='{name}'][value='{value}']")
        if choice.count():
            choice.check()
        elif place.locator("select").count():
            place.locator("select").select_option(str(value))
        else:
            place.locator(f"[name='{name}']").fill(str(value))

    def _answer(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        for code, answer in answers.items():
            item = self.page.locator(f"[id='f-answers-2e-{code}']")
            if not item.is_visible():
                self.page.locator("details[data-section]", has=item).locator("summary").click()
            choice = item.locator(f"input[value='{answer['answer']}']")
            item.locator(f"label:has(input[value='{answer['answer']}'])").click()
            expect(choice).to_be_checked()
            if answer.get("reason"):
                item.locator("textarea").fill(answer["reason"])
                for _ in range(answer.get("photos", 0)):
                    self.add_photo(item)

    def add_photo(self, place: Locator) -> None:
        """Choose a photo and wait until the installation has it."""
        lines = place.locator("[data-photos] ul li[data-state=sent]")
        before = lines.count()
        place.locator("input[type=file]").last.set_input_files(
            {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo()}
        )
        expect(lines).to_have_count(before + 1)
