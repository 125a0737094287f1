"""By keyboard alone, on a phone: whatever has the focus is seen, wherever the page stands."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from rectification.campaigns.catalogue import CheckItem
from tests.journeys.visitor import chromium
from tests.web.application import HELPER, START, TinyHouse, build_house, furnish, start_visit
from tests.web.test_live import served
from web.security import sessions
from web.security.authenticate import cookie_name

PHONE = {"width": 390, "height": 844}
QUESTIONS = 12

HIDDEN = """() => {
    const focused = document.activeElement;
    const seen = focused.matches(".segments input, .take input") ? focused.parentElement : focused;
    const { left, top, width, height } = seen.getBoundingClientRect();
    const shown = ([x, y]) => {
        const there = document.elementFromPoint(left + width * x, top + height * y);
        return there && (seen.contains(there) || there.contains(seen));
    };
    const spots = [[0.5, 0.5], [0.5, 0.1], [0.5, 0.9], [0.1, 0.5], [0.9, 0.5]];
    const ring = focused.type === "date" || [focused, focused.nextElementSibling, focused.parentElement].some(
        (one) => one && getComputedStyle(one).outlineStyle !== "none",
    );
    return ring && spots.every(shown) ? "" : `${focused.tagName} ${focused.name ?? ""} at ${Math.round(top)}`;
}"""
"""What of the focused thing cannot be seen: it, or the ring around it; empty when all can. A field for a date also takes
the focus to its own button, whose ring no script sees."""


def walk(page: Page, key: str, last: str) -> list[str]:
    """Press the key until the named thing has the focus; returns what could not be seen on the way."""
    result = []
    for _ in range(8 * QUESTIONS):
        page.keyboard.press(key)
        if hidden := page.evaluate(HIDDEN):
            result.append(hidden)
        if page.evaluate("(last) => document.activeElement.matches(last)", last):
            return result
    raise AssertionError(f"{last} is out of reach")


def test_what_has_the_focus_is_never_behind_a_bar_of_a_phone(tmp_path: Path) -> None:
    application = build_house(tmp_path)
    furnish(application)
    ask_more(application)
    item = start_visit(application)
    with application.database.writing() as session:
        token = sessions.open_session(session, HELPER, START)
    with served(application) as address, chromium() as browser:
        context = browser.new_context(base_url=address, viewport=PHONE, reduced_motion="reduce")  # type: ignore[arg-type]
        context.add_cookies([{"name": cookie_name(application), "value": token, "url": address}])
        page = context.new_page()
        page.goto(f"/work-items/{item}")
        assert walk(page, "Tab", "[name=met]") == []
        page.keyboard.press("Space")
        assert walk(page, "Tab", ".send button") == []
        assert walk(page, "Shift+Tab", "[name=visited_on]") == []
    application.database.close()


def ask_more(application: TinyHouse) -> None:
    """A visit with so many questions, short and long, that its form is much longer than a phone."""
    with application.database.writing() as session:
        for place in range(QUESTIONS):
            asked = "家庭医生是否上门？" * (1 + 3 * (place % 4))
            names = {"name_zh": "家庭医生", "name_en": "Doctor", "question_zh": asked, "question_en": asked}
            item = CheckItem(campaign_id=1, code=f"Z{place}", category="5", kind="item", levels="H", **names)
            item.position, item.fail_when, item.evidence = 9 + place, "no", []
            session.add(item)
