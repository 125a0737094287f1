"""A work item's form, from the page to the engine and back."""

from __future__ import annotations

import re

from tests.web.application import HELPER, LEAD, TOWN, start_visit
from tests.web.conftest import Street, field_of

FILLED = {
    "visited_on": "2019-09-02",
    "met": "home",
    "answers.E3.answer": "yes",
    "answers.E3.reason": "交了 2000 元押金",
    "answers.E4.answer": "yes",
    "note": "老人 <独居>",
}


def open_form(street: Street, item: int, person: int = HELPER) -> dict[str, str]:
    page = street.person(person).get(f"/work-items/{item}").text
    return {"_key": field_of(page, "_key")}


def test_the_page_says_what_is_asked_by_when_and_what_comes_next(street: Street) -> None:
    item = start_visit(street.application)
    page = street.person(HELPER).get(f"/work-items/{item}").text
    assert "两人一同入户，逐项核对。" in page
    assert "9月13日 周五 24:00 前" in page
    assert "还有 11 天" in page
    assert "您提交后：核对入户表。" in page
    english = street.person(HELPER).speaks("en").get(f"/work-items/{item}").text
    assert "Visit the household" in english
    assert "Fri 13 Sep, end of day" in english
    assert "Then: Check the form." in english


def test_a_filled_form_moves_the_work_on_and_leaves_its_values_in_the_history(street: Street) -> None:
    item = start_visit(street.application)
    browser = street.person(HELPER)
    answer = browser.post(f"/work-items/{item}", {**open_form(street, item), **FILLED})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/?done={item}")
    desk = street.person(LEAD).get("/").text
    assert "核对入户表" in desk
    home = street.person(HELPER).get("/households/1").text
    assert "王帮扶" in home
    assert "老人 &lt;独居&gt;" in home


def test_wrong_values_come_back_with_a_sentence_beside_the_field_and_what_was_typed(street: Street) -> None:
    item = start_visit(street.application)
    typed = {**FILLED, **open_form(street, item), "visited_on": "the day before yesterday", "met": ""}
    answer = street.person(HELPER).post(f"/work-items/{item}", typed)
    assert answer.status_code == 422
    fields = answer.text.split('class="field')
    date = next(field for field in fields if 'data-field="visited_on"' in field)
    met = next(field for field in fields if 'data-field="met"' in field)
    note = next(field for field in fields if 'data-field="note"' in field)
    assert 'id="f-visited_on-problem"' in date
    assert 'aria-describedby="f-visited_on-problem"' in date
    assert "the day before yesterday" in date
    assert 'id="f-met-problem"' in met
    assert "老人 &lt;独居&gt;" in note
    assert "problem" not in note
    assert field_of(answer.text, "_key") == typed["_key"]
    assert "2 处需要更正" in answer.text
    checked = re.search(r'name="answers.E3.answer" value="yes"[^>]*checked', answer.text)
    assert checked is not None
    assert "交了 2000 元押金" in answer.text


def test_a_stale_form_says_who_was_first_and_when_and_keeps_what_was_typed(street: Street) -> None:
    item = start_visit(street.application)
    first, second = open_form(street, item), open_form(street, item)
    assert street.person(HELPER).post(f"/work-items/{item}", {**first, **FILLED}).status_code == 303
    late = street.person(HELPER).post(f"/work-items/{item}", {**second, **FILLED, "note": "我后来写的内容"})
    assert late.status_code == 409
    assert "王帮扶 已于 9月2日 周一 09:00 处理了此事项" in late.text
    assert "我后来写的内容" in late.text
    assert "disabled" in late.text.split('class="send"')[1].split("</button>")[0]


def test_sending_the_same_form_twice_changes_nothing_and_is_answered_the_same(street: Street) -> None:
    item = start_visit(street.application)
    form = {**open_form(street, item), **FILLED}
    browser = street.person(HELPER)
    answers = [browser.post(f"/work-items/{item}", form) for _ in range(2)]
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {
        (303, f"/?done={item}")
    }
    assert street.person(LEAD).get("/").text.count('<span class="what">核对入户表</span>') == 1


def test_work_on_somebody_elses_desk_is_not_done_by_others(street: Street) -> None:
    item = start_visit(street.application)
    page = street.person(TOWN).get(f"/work-items/{item}").text
    assert "您可以查看" in page
    assert 'name="_key"' not in page
    refused = street.person(TOWN).post(f"/work-items/{item}", FILLED)
    assert refused.status_code == 403
    assert "不在您的待办中" in refused.text


def test_fields_that_the_form_does_not_have_are_not_taken(street: Street) -> None:
    item = start_visit(street.application)
    extra = {**open_form(street, item), **FILLED, "campaign": "999", "helper": "5"}
    street.person(HELPER).post(f"/work-items/{item}", extra)
    with street.application.database.reading() as session:
        variables = street.application.engine.work_item(session, item).variables
    assert variables["campaign"] == 1
    assert variables["helper"] == HELPER


def test_shared_work_is_taken_and_given_back(street: Street) -> None:
    item = start_visit(street.application)
    street.person(HELPER).post(f"/work-items/{item}", {**open_form(street, item), **FILLED})
    lead = street.person(LEAD)
    found = re.search(r'href="/work-items/(\d+)"', lead.get("/").text)
    assert found is not None
    path = f"/work-items/{found.group(1)}"
    assert "认领" in lead.get(path).text
    assert lead.post(f"{path}/claim").status_code == 303
    assert "交回" in lead.get(path).text
    assert lead.post(f"{path}/release").status_code == 303
    assert "认领" in lead.get(path).text


def test_a_form_tells_the_browser_where_to_keep_a_draft_and_when_to_forget_it(street: Street) -> None:
    item = start_visit(street.application)
    page = street.person(HELPER).get(f"/work-items/{item}").text
    assert f'data-draft="{HELPER}:work:{item}"' in page
    assert 'data-fresh="yes"' in page
    refused = street.person(HELPER).post(f"/work-items/{item}", {**open_form(street, item), "met": "home"})
    assert 'data-fresh="no"' in refused.text
    assert "taken" not in refused.cookies
    form = open_form(street, item)
    taken = street.person(HELPER).post(f"/work-items/{item}", {**form, **FILLED})
    assert taken.cookies["taken"] == form["_key"]


def test_progress_with_wrong_figures_keeps_the_text(street: Street) -> None:
    answer = street.person(HELPER).post("/tickets/1/progress", {"text": "已联系卫生院", "percent": "150"})
    assert answer.status_code == 422
    assert "0 到 100" in answer.text
    assert "已联系卫生院" in answer.text
    assert 'aria-describedby="progress-percent-problem"' in answer.text
    assert street.person(LEAD).post("/tickets/1/progress", {"text": "x", "percent": "1"}).status_code == 403


def test_a_mark_of_slow_progress_needs_a_reviewer_and_a_reason(street: Street) -> None:
    assert "为什么认为进度较慢" in street.person(TOWN).get("/tickets/1").text
    answer = street.person(TOWN).post("/tickets/1/slow", {"slow": "yes", "reason": " "})
    assert answer.status_code == 422
    assert 'aria-describedby="slow-reason-help slow-reason-problem"' in answer.text
    assert "为什么认为进度较慢" not in street.person(HELPER).get("/tickets/1").text
    sent = {"slow": "yes", "reason": "慢"}
    assert street.person(HELPER).post("/tickets/1/slow", sent).status_code == 403


def test_the_history_says_values_in_words_and_no_variables(street: Street) -> None:
    item = start_visit(street.application)
    street.person(HELPER).post(f"/work-items/{item}", {**open_form(street, item), **FILLED})
    for language, words in {
        "zh": ("9月2日 周一", "见到", "2 项"),
        "en": ("Mon 2 Sep", "at home", "2 items"),
    }.items():
        page = street.person(HELPER).speaks(language).get("/households/1").text
        story = page.split('class="story"')[1]
        assert all(f"<dd>{words_}</dd>" in story for words_ in words), language
        assert "341226100200" not in story
