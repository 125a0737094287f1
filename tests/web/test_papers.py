"""Papers from the pages: who may print, what a page offers, and a template of an office's own."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

import pytest
from docx import Document
from httpx import Response
from sqlalchemy import select, update

import web
from engine.schema import history
from engine.text import Language, LocalizedText
from rectification.core.jobs import Job
from rectification.households.model import Household
from rectification.matters.ticket import Ticket
from rectification.papers.fields import COMMON, HOUSEHOLD, PLACE, TICKET, PaperField
from rectification.papers.kinds import template_kinds
from tests.web.application import ADMIN, HELPER, LEAD, OWNER, STRANGER, TOWN, give_post
from tests.web.conftest import Browser, Street

VILLAGE, TOWN_CODE, COUNTY = "341226100200", "341226100", "341226"
GUIDE = Path(web.__file__).parent.parent / "docs/manual"


def says(answer: Response) -> str:
    """What a printed paper says."""
    assert answer.status_code == 200
    return "\n".join(
        entry.text for entry in Document(io.BytesIO(answer.content)).element.body.iter() if entry.text
    )


def send(browser: Browser, kind: str, data: bytes, name: str = "我的.docx") -> Response:
    files = {"file": (name, data, "application/octet-stream")}
    answer: Response = browser.client.post(
        f"/papers/{kind}/template", data={"_csrf": browser.csrf}, files=files
    )
    return answer


def template(*paragraphs: str) -> bytes:
    out, made = io.BytesIO(), Document()
    for paragraph in paragraphs:
        made.add_paragraph(paragraph)
    made.save(out)
    return out.getvalue()


def test_whoever_may_see_a_thing_may_print_its_papers_and_it_is_noted(street: Street) -> None:
    page = street.person(HELPER).get("/tickets/1").text
    assert 'href="/papers/ticket_dossier/print/1"' in page
    answer = street.person(HELPER).get("/papers/dispatch/print/1")
    assert unquote(answer.headers["content-disposition"]).endswith("交办单 颍上-001.docx")
    assert "联系镇卫生院补签" in says(answer)
    assert "张户主1" in says(street.person(LEAD).get("/papers/visit_form_blank/print/1"))
    for path in ("dispatch/print/1", "visit_form/print/1", f"public_notice/print/{VILLAGE}"):
        assert street.person(STRANGER).get(f"/papers/{path}").status_code == 404
    with street.application.database.reading() as session:
        noted = session.execute(
            select(history.c.key, history.c.person)
            .where(history.c.action == "printed")
            .order_by(history.c.id)
        ).all()
    assert [tuple(row) for row in noted] == [("ticket:1", HELPER), ("household:1", LEAD)]
    told = street.person(HELPER).get("/tickets/1").text
    assert "打印文书" in told
    assert "交办单" in told
    dossier = says(street.person(HELPER).speaks("en").get("/papers/ticket_dossier/print/1"))
    assert "打印文书" in dossier


NOTHINGS = (
    "/papers/nothing", "/papers/dispatch/print/99", "/papers/dispatch/print/x", "/papers/circular/print/1",
    f"/papers/circular/print/{VILLAGE}", f"/papers/public_notice/print/{COUNTY}", "/papers/visit_form_blank/template",
)  # fmt: skip


def test_what_there_is_not_is_not_found(street: Street) -> None:
    town = street.person(TOWN)
    assert {path for path in NOTHINGS if town.get(path).status_code != 404} == set()


def test_a_circular_is_for_whoever_oversees_the_area(street: Street) -> None:
    assert "慎城镇" in says(street.person(TOWN).get(f"/papers/circular/print/{TOWN_CODE}"))
    assert street.person(TOWN).get(f"/papers/circular/print/{COUNTY}").status_code == 404
    assert street.person(HELPER).get(f"/papers/circular/print/{TOWN_CODE}").status_code == 404
    page = street.person(TOWN).get("/papers").text
    assert f'href="/papers/circular/print/{TOWN_CODE}"' in page
    assert f'print/{COUNTY}"' not in page


def test_a_village_is_asked_for_as_a_whole_and_waits_among_my_files(street: Street) -> None:
    page = street.person(LEAD).get(f"/villages/{VILLAGE}").text
    assert 'action="/papers/batch"' in page
    asked = {"kind": "visit_form_blank", "area": VILLAGE}
    answer = street.person(LEAD).post("/papers/batch", asked)
    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs")
    assert "管谷村：入户排查表（空白）" in street.person(LEAD).get("/jobs").text
    assert street.person(STRANGER).post("/papers/batch", asked).status_code == 404
    assert street.person(LEAD).post("/papers/batch", {**asked, "area": TOWN_CODE}).status_code == 404
    assert street.person(TOWN).post("/papers/batch", {**asked, "area": TOWN_CODE}).status_code == 303
    assert street.person(TOWN).post("/papers/batch", {**asked, "kind": "warning"}).status_code == 404
    with street.application.database.reading() as session:
        assert [entry.params["url"] for entry in session.scalars(select(Job))] == ["http://testserver"] * 2


def test_an_office_puts_its_own_template_in_place_and_takes_it_back(street: Street) -> None:
    keeper = street.person(ADMIN)
    with street.application.database.writing() as session:
        session.execute(update(Ticket).values(status="in_progress"))
    page = keeper.get("/papers/dispatch").text
    assert "{{ 责任单位 }}" in page
    assert "整改责任单位" in page
    assert 'type="file"' in page
    assert 'type="file"' not in street.person(TOWN).get("/papers/dispatch").text
    assert send(keeper, "dispatch", keeper.get("/papers/dispatch/template").content).status_code == 303
    assert send(keeper, "dispatch", template("本县格式：{{ 整改措施 }}")).status_code == 303
    assert "本县格式：联系镇卫生院补签" in says(street.person(HELPER).get("/papers/dispatch/print/1"))
    assert "我的.docx" in keeper.get("/papers").text
    refused = send(keeper, "dispatch", template("{{ 整改错施 }}"))
    assert refused.status_code == 422
    assert "没有字段“整改错施”，是不是“整改措施”" in refused.text
    assert "did you mean “整改措施”" in send(keeper.speaks("en"), "dispatch", template("{{ 整改错施 }}")).text
    assert "本县格式" in says(street.person(HELPER).get("/papers/dispatch/print/1"))
    deep = "{% if 今天 %}" * 300 + "{{ 今天 }}" + "{% endif %}" * 300
    for broken, word in (("{% if 今天 < 5 %}{{ 今天 }}{% endif %}", "quoted texts"), (deep, "too deeply")):
        answer = send(keeper, "dispatch", template(broken))
        assert answer.status_code == 422
        assert word in answer.text
    assert street.person(TOWN).post("/papers/dispatch/template").status_code == 403
    assert keeper.post("/papers/dispatch/template/shipped").status_code == 303
    assert "问题整改交办单" in says(street.person(HELPER).get("/papers/dispatch/print/1"))
    nothing = keeper.client.post("/papers/dispatch/template", data={"_csrf": keeper.csrf})
    assert (nothing.status_code, "请选择文件" in nothing.text or "Choose a file" in nothing.text) == (
        422,
        True,
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_guide_names_every_field_of_every_paper(language: Language) -> None:
    guide = (GUIDE / ("papers.zh.md" if language == "zh" else "papers.md")).read_text(encoding="utf-8")
    assert field_tables(language) in guide


def field_tables(language: Language) -> str:
    """The guide's tables, as the fields are declared: those that many papers share once, then each paper's own."""
    shared = {"ticket": TICKET, "household": HOUSEHOLD, "village": (*COMMON, *PLACE), "area": COMMON}
    titles = {
        "ticket": LocalizedText("工单类文书共有", "All papers about a ticket"),
        "household": LocalizedText("农户类文书共有", "All papers about a household"),
    }
    parts = [table(titles[about].in_language(language), shared[about], language) for about in titles]
    for template_kind in template_kinds():
        own = (
            template_kind.fields
            if template_kind.about not in titles
            else [each for each in template_kind.fields if each not in shared[template_kind.about]]
        )
        if own:
            parts.append(table(template_kind.name.in_language(language), own, language))
    return "\n".join(parts)


def table(title: str, fields: Iterable[PaperField], language: Language) -> str:
    """One table of fields; the columns of a list stand under it."""
    heads = {"zh": "| 字段 | 含义 | 示例 |", "en": "| Field | Meaning | Example |"}
    lines = [f"### {title}", "", heads[language], "|---|---|---|"]
    for field in fields:
        lines.append(row(field.name, field, language))
        for each in field.columns:
            lines.append(row(f"　{field.name} → {each.name}", each, language))
            lines += [row(f"　　{each.name} → {inner.name}", inner, language) for inner in each.columns]
    return "\n".join(lines) + "\n"


def row(name: str, field: PaperField, language: Language) -> str:
    example = field.example.replace("\n", " / ")
    return f"| {name} | {field.about.in_language(language)} | {example} |"


def test_a_paper_shows_the_telephone_in_full_to_those_to_whom_the_page_does(street: Street) -> None:
    give_post(street.application, OWNER, "inspector", COUNTY)
    with street.application.database.writing() as session:
        session.execute(update(Household).values(phone="13812345678"))
    for who, said, unsaid in (
        (HELPER, "13812345678", "138****5678"),
        (TOWN, "13812345678", "138****5678"),
        (OWNER, "138****5678", "13812345678"),
    ):
        browser = street.person(who)
        page = browser.get("/households/1").text
        assert (said in page, unsaid in page) == (True, False)
        for kind in ("visit_form", "visit_form_blank", "household_dossier"):
            paper = says(browser.get(f"/papers/{kind}/print/1"))
            assert (said in paper, unsaid in paper) == (True, False), (who, kind)
