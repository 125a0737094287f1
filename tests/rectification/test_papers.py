"""Papers hold the facts, tell the board no more than it may show, and refuse templates that are broken."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import segno
from docx import Document
from docx.oxml.ns import qn
from PIL import Image
from sqlalchemy import select, update

from engine.errors import NotFound
from rectification.access.acting_for import acting_for
from rectification.campaigns.model import get_campaign
from rectification.core import jobs
from rectification.evidence.files import check_file
from rectification.evidence.model import keep_evidence
from rectification.handover.naming_deputies import DeputyRequest, name_deputy
from rectification.households.model import Household
from rectification.matters.ticket import ProgressNote, Ticket
from rectification.papers import apart
from rectification.papers.apart import fill_apart
from rectification.papers.batches import ask_for_batch
from rectification.papers.facts.outcomes import recheck_statement
from rectification.papers.facts.tickets import explanation
from rectification.papers.fields import sample, text
from rectification.papers.filling import fill
from rectification.papers.kinds import KINDS, get_paper_kind, template_kinds
from rectification.papers.marks import BrokenTemplate
from rectification.papers.printing import Paper, desk_for, lines_of, papers_about, print_paper
from rectification.papers.rights import may_print
from rectification.papers.templates import (
    PaperTemplate,
    _example_picture,
    adopt,
    give_up_own,
    shipped,
    try_out,
)
from rectification.places.areas import get_area
from rectification.process.job_registry import WORKS
from rectification.tickets.comments import comment
from tests.rectification.campaign import COUNTY, EAST, TOWN, SmallCampaign, local
from tests.rectification.test_results import Walk
from tests.rectification.test_works import found, with_old_problems

DAY = dt.date(2019, 9, 2)
URL = "https://huitoukan.example.cn"
ID_NUMBER, PHONE = "341226195001011234", "13812345678"


def words(paper: Paper | bytes) -> str:
    """Everything that a paper says, headers and footers too."""
    document = Document(io.BytesIO(paper if isinstance(paper, bytes) else paper.data))
    parts = [document.element.body]
    parts += [part._element for section in document.sections for part in (section.header, section.footer)]
    lines = []
    for part in parts:
        for paragraph in part.iter(qn("w:p")):
            lines.append("".join(entry.text or "" for entry in paragraph.iter(qn("w:t"))))
    return "\n".join(lines)


def pictures(paper: Paper) -> int:
    """How many pictures stand in a paper."""
    return len(list(Document(io.BytesIO(paper.data)).element.body.iter(qn("w:drawing"))))


def printed(small: SmallCampaign, code: str, name: int | str, who: str = "town", **more: Any) -> Paper:
    with small.database.reading() as session:
        desk = desk_for(session, small.engine, small.folder, URL, small.people[who], 1)
        return print_paper(desk, get_paper_kind(code), str(name), **more)


def offered(small: SmallCampaign, number: int) -> set[str]:
    """The kinds of paper that a ticket has now."""
    return {paper.code for paper in papers_about(small.ticket(number))}


# -- households ---------------------------------------------------------------------------------


def test_a_blank_form_asks_every_question_and_its_code_leads_to_the_household(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    really = segno.make

    def watched(content: str, **how: Any) -> segno.QRCode:
        made.append(content)
        return really(content, **how)

    monkeypatch.setattr(segno, "make", watched)
    small.begin()
    home = small.homes["201-001"]
    with small.database.writing() as session:
        session.execute(
            update(Household).where(Household.id == home).values(head_id_number=ID_NUMBER, phone=PHONE)
        )
    paper = printed(small, "visit_form_blank", home)
    said = words(paper)
    assert made == [f"{URL}/households/{home}"]
    assert pictures(paper) == 1
    for part in (
        "基础信息数据准确",
        "住院缴纳押金",
        "家庭医生签约履约",
        "答“是”为问题",
        "须拍照",
        "户主1",
        PHONE,
    ):
        assert part in said
    assert "☑" not in said
    assert "□见到　□不在家　□拒绝" in said
    assert ID_NUMBER not in said
    assert "341226**********34" in said


def test_a_filled_form_repeats_the_answers(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", small.failed("201-001", "E4"), note="长子外出")
    said = words(printed(small, "visit_form", small.homes["201-001"]))
    assert "☑见到" in said
    assert said.count("☑") == 4  # somebody was met, and three answers
    for part in ("E4 有问题", "长子外出", "同行人", "helper", "2019年9月2日"):
        assert part in said


# -- a ticket on its way --------------------------------------------------------------------------


def test_a_ticket_has_the_papers_of_its_step_and_they_hold_its_facts(small: SmallCampaign) -> None:
    small.begin()
    number = small.accepted()
    assert offered(small, number) == {"ticket_dossier"}
    with pytest.raises(NotFound):
        printed(small, "dispatch", number)
    small.push(local(15))
    small.dispatch(number)
    note = words(printed(small, "dispatch", number))
    for part in (
        f"2019-{EAST}-001",
        "东村驻村工作队",
        "team_leader",
        "联系镇卫生院签约",
        "立行立改",
        "2019年9月20日",
        "慎城镇扶贫办",
        "颍上县慎城镇东村户主1户",
        "家庭医生签约履约",
        "县卫健委",
    ):
        assert part in note
    small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    assert "helper" in words(printed(small, "dispatch", number)).split("签收人")[1]

    with small.database.writing() as session:
        session.add(
            ProgressNote(ticket_id=number, percent=60, text="已约定上门", by_id=1, at=small.clock.now())
        )
    for code in ("slow_statement", "extension"):
        said = words(printed(small, code, number))
        assert "60%" in said
        assert "已约定上门" in said

    small.fixed(number)
    small.verified(number, "not_fixed", demand="补齐随访记录")
    form = words(printed(small, "reverification", number))
    for part in ("☑未整改到位", "□整改到位", "☑现场", "钱二", "补齐随访记录", "已签约并上门"):
        assert part in form
    small.fixed(number)
    assert "☑" not in words(printed(small, "reverification", number))  # the next round's form is empty
    small.verified(number, "fixed")
    values = {"record_channel": "provincial_system", "external_number": "AH-7", "external_date": "2019-09-15"}
    small.do("county", f"ticket:{number}", "record_closure", **values)
    closed = words(printed(small, "closure", number))
    for part in (
        "AH-7",
        "省办系统",
        "整改到位",
        "2019年9月15日",
        "☑整改到位",
        "照片 2 张、材料 2 份",
        "未逾期",
    ):
        assert part in closed
    assert offered(small, number) == {"dispatch", "reverification", "closure", "ticket_dossier"}


@pytest.mark.made_up_rows
def test_pressure_grows_from_blue_to_red_and_names_what_else_the_unit_is_late_with(
    small: SmallCampaign,
) -> None:
    number = small.in_progress()
    blue = words(printed(small, "supervision", number))
    assert "蓝色督办单" in blue
    assert "2019年9月5日18时" in blue
    small.push(local(21))
    assert "黄色督办单" in words(printed(small, "supervision", number))
    small.push(local(24, 0, 5))
    red = printed(small, "supervision", number)
    assert "红色督办单" in words(red)
    assert f"督〔2019〕{EAST}-001-2" in words(red)
    assert 'w:fill="C00000"' in zipfile.ZipFile(io.BytesIO(red.data)).read("word/document.xml").decode()
    with small.database.writing() as session:
        one = session.get_one(Ticket, number)
        late = {
            name: getattr(one, name)
            for name in ("campaign_id", "village", "town", "county", "item", "category")
        }
        late |= {"found_on": one.found_on, "resp_unit_id": one.resp_unit_id, "status": "in_progress"}
        more = Ticket(**late, number="2019-X-002", description="另一件逾期的问题", created_at=one.created_at)
        more.due_at = one.due_at
        session.add(more)
    assert "另一件逾期的问题" in words(printed(small, "supervision", number))
    assert "另一件逾期的问题" not in words(printed(small, "supervision", number, "helper"))
    letter = words(printed(small, "warning", number))
    for part in ("已逾期4天", "最迟于2019年9月27日前", "县扶贫局", "诫〔2019〕", "helper"):
        assert part in letter


def test_an_explanation_carries_its_reasons_and_every_opinion(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.do("helper", f"ticket:{number}", "rectify", outcome="cannot_close", result="工程未完")
    small.explained(number)
    with small.database.reading() as session:
        desk = desk_for(session, small.engine, small.folder, URL, small.people["town"], 1)
        assert set(explanation(desk, session.get_one(Ticket, number))) == {
            field.name for field in get_paper_kind("explanation").fields
        }
    said = words(printed(small, "explanation", number))
    for part in ("工程周期长", "卫生院改造工程周期较长", "十月底前完成并补签", "2019年10月31日", "证明.pdf"):
        assert part in said
    small.do("town", f"ticket:{number}", "town_review", town_decision="agree", town_opinion="情况属实")
    small.do("health", f"ticket:{number}", "dept_review", dept_decision="agree")
    small.do(
        "county", f"ticket:{number}", "county_review", county_decision="agree", county_opinion="同意挂账"
    )
    decided = words(printed(small, "explanation", number))
    assert decided.count("\n同意\n") == 3
    assert "情况属实" in decided
    assert "同意挂账" in decided


def test_an_application_for_more_time_is_printed_before_and_after_its_decision(small: SmallCampaign) -> None:
    number = small.in_progress()
    empty = words(printed(small, "extension", number))
    assert "□同意延至　　　　年　　月　　日　　□不同意" in empty
    more = {"outcome": "extend", "result": "连日降雨停工", "asked_date": "2019-09-22"}
    small.do("helper", f"ticket:{number}", "rectify", **more)
    asked = words(printed(small, "extension", number))
    for part in ("连日降雨停工", "\n2019年9月22日\n", "原定时限为2019年9月20日", "□同意延至"):
        assert part in asked
    answer = {"extension_granted": "yes", "new_due_date": "2019-09-21", "extension_note": "抓紧"}
    small.do("town", f"ticket:{number}", "decide_extension", **answer)
    decided = words(printed(small, "extension", number))
    for part in ("☑同意延至2019年9月21日", "抓紧", "原定时限为2019年9月20日", "\n2019年9月22日\n"):
        assert part in decided


def test_a_dossier_holds_everything(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.fixed(number)
    small.verified(number, "not_fixed", demand="补齐随访记录")
    story = [{"时间": "2019年9月2日 09:00", "经办": "helper", "事项": "登记了入户情况"}]
    paper = printed(small, "ticket_dossier", number, story=story)
    for part in ("联系镇卫生院签约", "尚未整改", "登记了入户情况", "证明.pdf", "现场.jpg", "补齐随访记录"):
        assert part.replace("尚未整改", "未整改到位") in words(paper)
    assert pictures(paper) == 2  # the photo of the fix and the code
    home = printed(small, "household_dossier", small.homes["201-001"], story=story)
    for part in ("E4 有问题", "登记了入户情况", "户主1", "办理中", "同行人"):
        assert part in words(home)
    assert pictures(home) == 3  # the photo of the finding too


# -- areas ----------------------------------------------------------------------------------------


def test_what_a_deputy_did_is_signed_with_for_whom(small: SmallCampaign) -> None:
    number = small.in_progress()
    key, today, lead = f"ticket:{number}", dt.date(2019, 9, 2), small.people["lead"]
    with small.database.writing() as session:
        assert acting_for(session, lead, key, today) is None
        proposal = DeputyRequest(lead, today, today)
        name_deputy(small.acting(session, "helper"), proposal)
        other = acting_for(session, lead, key, today)
        assert other == small.people["helper"]
        for data, name in ((small_picture(), "签约.jpg"), (b"%PDF-1.4 signed", "协议.pdf")):
            keep_evidence(
                small.acting(session, "lead").acting_as(replace(small.actor("lead"), on_behalf_of=other)),
                check_file(small.folder, data, name),
                about=key,
            )
        comment(small.acting(session, "lead"), number, "@town 请复核")
    small.fixed(number, who="lead")
    small.verified(number, "fixed")
    assert "lead（代helper）" in words(printed(small, "closure", number))
    dossier = words(printed(small, "ticket_dossier", number))
    assert dossier.count("lead（代helper）上传") == 2
    assert "@town 请复核" in dossier


def small_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "green").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.made_up_rows
def test_a_circular_ranks_towns_and_villages_and_lists_what_is_late(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.push(local(22))
    said = words(printed(small, "circular", COUNTY, "county"))
    for part in ("颍上县", "慎城镇", "逾期清单", "慎城镇东村", "0.0%", "全部问题1件", "有1件已逾期"):
        assert part in said
    small.fixed(number)
    with small.database.writing() as session:
        session.execute(update(Ticket).values(status="hung"))
    hung = words(printed(small, "circular", TOWN, "town"))
    assert "已销号0件，挂账1件" in hung
    assert "没有逾期问题" in hung
    with small.database.reading() as session:
        today = dt.date(2019, 9, 22)
        allowed = {
            who: may_print(session, small.people[who], get_paper_kind("circular"), COUNTY, today)
            for who in ("county", "town", "helper")
        }
    assert allowed == {"county": True, "town": False, "helper": False}


@pytest.mark.made_up_rows
def test_a_public_notice_names_the_head_and_the_outcome_and_lets_no_free_text_through(
    small: SmallCampaign,
) -> None:
    walk = Walk(small, "exited_supported", "dynamic", "look_back")
    with small.database.writing() as session:
        values = {"head_id_number": ID_NUMBER, "phone": PHONE, "group_no": "三组"}
        session.execute(update(Household).where(Household.id == 1).values(**values))
    walk.dynamic()
    walk.look_back(event="illness", solvable="no")
    walk.review(
        "disagree",
        outcome_instead="rollback",
        review_reason="户主1车祸致残，患糖尿病，账户 6222 0210 0112 3456 789。",
    )
    said = words(printed(small, "public_notice", EAST, "lead"))
    for part in ("东村", "三组", "户主1", "脱贫是否稳定", "拟脱贫回退", "2019年9月2日", "2019年9月6日"):
        assert part in said
    for private in (PHONE, ID_NUMBER, "糖尿病", "6222", "致残", "账户", "变故"):
        assert private not in said


# -- templates ------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", template_kinds(), ids=lambda one: one.code)
def test_a_shipped_template_is_what_an_office_could_upload_and_is_a4(what: Any) -> None:
    made = try_out(shipped(what.code), what, "x.docx").example
    page = Document(io.BytesIO(made)).sections[0]
    assert page.page_width is not None
    assert page.page_height is not None
    assert sorted((round(page.page_width.mm), round(page.page_height.mm))) == [210, 297]
    assert "{" not in words(made)


@pytest.mark.made_up_rows
def test_every_kind_is_told_exactly_the_fields_that_it_declares(small: SmallCampaign) -> None:
    from rectification.papers.printing import _facts

    number = small.in_progress()
    small.push(local(21))
    names = {"ticket": number, "household": small.homes["201-001"], "village": EAST, "area": COUNTY}
    with small.database.writing() as session:
        session.execute(update(Ticket).values(escalation_level=1))
    with small.database.reading() as session:
        desk = desk_for(session, small.engine, small.folder, URL, small.people["county"], 1)
        for what in KINDS.values():
            if what.code in ("explanation", "recheck_statement"):
                continue  # there is one only while there is something to explain; each has a test of its own
            facts, _ = _facts(desk, what, str(names[what.about]), ())
            assert set(facts) == {field.name for field in what.fields}, what.code
            for field in what.fields:
                for row in facts[field.name] if field.columns else ():
                    assert set(row) == {column.name for column in field.columns}, (what.code, field.name)


def document(*paragraphs: str) -> bytes:
    """A template with these paragraphs."""
    out, made = io.BytesIO(), Document()
    for paragraph in paragraphs:
        made.add_paragraph(paragraph)
    made.save(out)
    return out.getvalue()


def beside(part: str, said: str) -> bytes:
    """A template with a field in its text, and this in another part."""
    if part == "endnotes.xml":
        word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        notes = f'<w:endnotes xmlns:w="{word}"><w:endnote w:id="1"><w:p><w:r><w:t>{said}</w:t></w:r></w:p></w:endnote></w:endnotes>'
        return altered(lambda parts: parts.update({"word/endnotes.xml": notes.encode()}))
    out, made = io.BytesIO(), Document()
    made.add_paragraph("{{ 户主 }}")
    section = made.sections[0]
    (section.header if part.startswith("header") else section.footer).paragraphs[0].text = said
    made.save(out)
    return out.getvalue()


def altered(change: Callable[[dict[str, bytes]], object]) -> bytes:
    """A template whose package somebody changed."""
    with zipfile.ZipFile(io.BytesIO(document("{{ 户主 }}"))) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    change(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return out.getvalue()


def related(kind_of: str, target: str, part: str = "word/_rels/document.xml.rels") -> bytes:
    """A template that refers to something elsewhere."""
    line = f'<Relationship Id="rX" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind_of}" Target="{target}" TargetMode="External"/>'
    empty = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'

    def change(parts: dict[str, bytes]) -> None:
        parts[part] = parts.get(part, empty).replace(b"</Relationships>", f"{line}</Relationships>".encode())

    return altered(change)


def with_macros(parts: dict[str, bytes]) -> None:
    plain = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    macro = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(plain, macro)
    parts["word/vbaProject.bin"] = b"x"


def with_field_code(parts: dict[str, bytes]) -> None:
    code = '<w:p><w:r><w:instrText> INCLUDE</w:instrText></w:r><w:r><w:instrText>PICTURE "http://x.example/a.png"</w:instrText></w:r></w:p>'
    parts["word/document.xml"] = parts["word/document.xml"].replace(
        b"<w:sectPr", code.encode() + b"<w:sectPr", 1
    )


def with_a_bomb(parts: dict[str, bytes]) -> None:
    parts["word/media/a.bin"] = bytes(40 * 1024 * 1024)


BROKEN: list[tuple[Callable[[], bytes], str, str]] = [
    (lambda: b"hello", "不是 Word 文档", "no Word document"),
    (lambda: b"PK\x03\x04 and so on", "不是 Word 文档", "no Word document"),
    (lambda: altered(lambda parts: parts.pop("word/document.xml")), "不是 Word 文档", "no Word document"),
    (lambda: bytes(6 * 1024 * 1024), "超过 5 MB", "larger than 5 MB"),
    (lambda: altered(with_a_bomb), "解压后过大", "unpacks to far more"),
    (lambda: altered(with_macros), "有宏", "macros"),
    (lambda: altered(with_field_code), "INCLUDEPICTURE", "INCLUDEPICTURE"),
    (lambda: altered(lambda parts: parts.update({"word/embeddings/oleObject1.bin": b"x"})), "嵌入对象", "embedded"),
    (lambda: related("attachedTemplate", "http://evil.example/a.dotm", "word/_rels/settings.xml.rels"), "外部模板", "template elsewhere"),
    (lambda: related("image", "http://evil.example/a.png"), "外部内容", "elsewhere"),
    (lambda: related("hyperlink", "file://evil.example/a"), "外部内容", "elsewhere"),
    (lambda: document("{{ 户住 }}"), "没有字段“户住”，是不是“户主”", "did you mean “户主”"),
    (lambda: document("前面", "{{ 户主 }"), "在“{{ 户主 }”处", "At “{{ 户主 }”"),
    (lambda: document("{% for 人 in 家庭成员 %}{{ 人.名字 }}{% endfor %}"), "没有字段“名字”", "no field “名字”"),
    (lambda: document("{% for 人 in 家庭成员 %}{{ 人.姓名 }}"), "endfor", "endfor"),
    (lambda: document("{{ 今天 }}{% for 人 in 户主 %}{% endfor %}"), "“户主”不是列表", "no list"),
    (lambda: document("{% for 人 in 家庭成员 %}{% for 项 in 检查项目 %}{{ 今天 }}{% endfor %}{% endfor %}"), "本行的列表", "own line"),
    (lambda: document("{{ 户主.__class__ }}"), "没有字段“户主.__class__”", "no field"),
    (lambda: document("{{ 二维码.tpl }}"), "没有字段“二维码.tpl”", "no field"),
    (lambda: document("{{ range(9) }}"), "只能用字段、for 和 if", "only fields, for and if"),
    (lambda: document("{{ 户主 * 1000000000 }}"), "只能用字段、for 和 if", "only fields, for and if"),
    (lambda: document("{{ 今天 }}{% set x = 户主 %}"), "只能用字段、for 和 if", "only fields, for and if"),
    (lambda: document("{{ 户主|upper }}"), "不能用 filter", "not filter"),
    (lambda: document("｛｛ 户主 ｝｝"), "全角花括号", "full-width"),
    (lambda: document("｛% if 户主 %｝{{ 今天 }}"), "全角花括号", "full-width"),
    (lambda: document("{{ 户主 ｝｝"), "全角花括号", "full-width"),
    (lambda: document("{％ if 户主 ％}{{ 今天 }}"), "百分号", "percent"),
    (lambda: beside("header1.xml", "｛｛ 户主 ｝｝"), "在“｛｛ 户主 ｝｝”处", "At “｛｛ 户主 ｝｝”"),
    (lambda: beside("footer1.xml", "｛｛ 户主 ｝｝"), "全角花括号", "full-width"),
    (lambda: beside("header1.xml", "{{ 户住 }}"), "没有字段“户住”", "no field “户住”"),
    (lambda: beside("endnotes.xml", "{{ 户主 }}"), "尾注", "endnotes"),
    (lambda: document("{% if 今天 < 5 %}{{ 今天 }}{% endif %}"), "与加引号的文字比较", "quoted texts"),
    (lambda: document("{% if 户主 %}" * 300 + "{{ 今天 }}" + "{% endif %}" * 300), "套得太深", "too deeply"),
    (lambda: document("{{ 今天 }}" + "{% for 人 in 家庭成员 %}" * 30 + "{% endfor %}" * 30), "本行的列表", "own line"),
    (lambda: document("{{ 今天 }}{{ 户主[0] }}"), "只能用字段、for 和 if", "only fields, for and if"),
    (lambda: document("{{ 今天 }}{% colspan 户主 %}"), "", ""),
    (lambda: document("{{ 今天 }}{% if (((" + "(" * 3000), "", ""),
    (lambda: document("没有任何标记"), "没有任何字段", "names no field"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "zh", "en"), BROKEN, ids=[f"{at}:{one[2]}" for at, one in enumerate(BROKEN)]
)
def test_a_broken_template_is_refused_with_what_to_change(
    data: Callable[[], bytes], zh: str, en: str
) -> None:
    with pytest.raises(BrokenTemplate) as refused:
        try_out(data(), get_paper_kind("visit_form"), "x.docx")
    assert zh in refused.value.words.zh
    assert en in refused.value.words.en


HOSTILE = {
    "a great text in a loop": (lambda: document("{% for 人 in 家庭成员 %}{{ 人.姓名 }}" + "甲" * 400_000 + "{% endfor %}"), "too large"),
    "loops after loops": (lambda: document("{{ 户主 }}" + "{% for 人 in 家庭成员 %}{% endfor %}" * 80_000), "memory or time"),
    "marks that are never closed": (lambda: document("{{ 户主 }}" + "{%" * 200_000), "memory or time"),
    "ifs within ifs": (lambda: document("{% if 户主 %}" * 5_000 + "{{ 户主 }}" + "{% endif %}" * 5_000), "too deeply"),
    "cells without end": (lambda: document("{{ 户主 }}", *["{%tr for 人 in 家庭成员 %}"] * 2_000), "not written right"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "word"), HOSTILE.values(), ids=HOSTILE.keys())
def test_no_template_takes_memory_or_time_beyond_its_bounds(
    data: Callable[[], bytes], word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = get_paper_kind("visit_form")
    facts = sample(what.fields, _example_picture())
    facts["家庭成员"] *= 400
    monkeypatch.setattr(apart, "MOST_BYTES", 400 * 1024**2)
    with pytest.raises(BrokenTemplate) as refused:
        fill_apart(data(), what.fields, facts, seconds=4)
    assert word in refused.value.words.en
    assert refused.value.words.zh


def test_a_long_list_is_filled_apart_and_one_beyond_the_bounds_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    what = get_paper_kind("name_list")
    facts = sample(what.fields, _example_picture())
    facts["名单"][0]["人员"] *= 150
    assert lines_of(facts) > 300
    assert words(fill_apart(shipped(what.template), what.fields, facts)).count("王秀兰、王小一") >= 300
    facts["名单"][0]["人员"] *= 10
    with pytest.raises(BrokenTemplate, match="by town or village"):
        fill_apart(shipped(what.template), what.fields, facts, seconds=1)


def test_free_text_is_text_whatever_stands_in_it() -> None:
    fields = [text("情况", "x", "x", "x")]
    nasty = "<w:p>&lt;\n{{ 7*7 }}{% for %}\x00\x0b第二段\ud800"
    said = words(fill(document("{{ 情况 }}"), fields, {"情况": nasty}))
    assert said.strip() == "<w:p>&lt;\n{{ 7*7 }}{% for %}第二段"


def test_an_offices_own_template_is_used_until_it_goes_back_to_the_shipped_one(small: SmallCampaign) -> None:
    home = small.homes["201-001"]
    with small.database.writing() as session:
        one = get_campaign(session, 1)
        adopt(
            small.acting(session, "county"),
            small.folder,
            one,
            COUNTY,
            get_paper_kind("visit_form"),
            try_out(document("本县自用 {{ 户主 }}"), get_paper_kind("visit_form"), "我的.docx"),
        )
    assert "本县自用 户主1" in words(printed(small, "visit_form_blank", home))
    assert "本县自用" not in words(printed(small, "household_dossier", home))
    with small.database.writing() as session:
        give_up_own(
            small.acting(session, "county"), get_campaign(session, 1), COUNTY, get_paper_kind("visit_form")
        )
        give_up_own(
            small.acting(session, "county"), get_campaign(session, 1), COUNTY, get_paper_kind("visit_form")
        )
    assert "本县自用" not in words(printed(small, "visit_form_blank", home))
    with small.database.reading() as session:
        kept = session.execute(
            select(PaperTemplate.name, PaperTemplate.by_id).order_by(PaperTemplate.id)
        ).all()
    assert [(row.name, row.by_id) for row in kept] == [
        ("我的.docx", small.people["county"]),
        ("", small.people["county"]),
    ]
    assert small.actions("campaign:1").count("template_changed") == 2


# -- batches --------------------------------------------------------------------------------------


def test_a_batch_has_one_file_for_each_household_however_often_it_is_made(small: SmallCampaign) -> None:
    small.begin()
    number = batch(small, "visit_form_blank", EAST, "lead")
    first = unpacked(small, number)
    assert [name[:14] for name in first] == ["入户排查表（空白） 201-"] * 3
    assert "户主2" in words(first["入户排查表（空白） 201-002 户主2.docx"])
    with small.database.writing() as session:
        session.execute(update(jobs.Job).values(state="queued"))
    done(small)
    assert list(unpacked(small, number)) == list(first)
    assert small.actions(f"village:{EAST}").count("printed") == 2


def test_a_batch_holds_only_what_whoever_asked_may_see(small: SmallCampaign) -> None:
    small.begin()
    ticket = small.accepted()
    assert failure(small, batch(small, "dispatch", TOWN, "town")) == "没有可以打印的内容。"
    small.dispatch(ticket)
    assert len(unpacked(small, batch(small, "dispatch", TOWN, "town"))) == 1
    assert len(unpacked(small, batch(small, "visit_form", TOWN, "town"))) == 4
    assert len(unpacked(small, batch(small, "visit_form", TOWN, "helper"))) == 3
    with small.database.writing() as session, pytest.raises(NotFound):
        ask_for_batch(small.acting(session, "town"), "warning", get_area(session, EAST), URL, 1)


def batch(small: SmallCampaign, code: str, place: str, who: str) -> int:
    with small.database.writing() as session:
        asked = ask_for_batch(small.acting(session, who), code, get_area(session, place), URL, 1)
        number = asked.id
    done(small)
    return number


def done(small: SmallCampaign) -> None:
    while jobs.run_next(small.engine, small.folder, WORKS):
        pass


def failure(small: SmallCampaign, number: int) -> str | None:
    with small.database.reading() as session:
        return session.get_one(jobs.Job, number).failure_zh


def unpacked(small: SmallCampaign, number: int) -> dict[str, bytes]:
    with small.database.reading() as session:
        one = session.get_one(jobs.Job, number)
        assert (one.state, one.failure_en) == ("done", None)
        assert one.done == one.total == one.report["papers"]
        path = jobs.job_folder(small.folder, number) / str(one.result)
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


# -- outcomes -----------------------------------------------------------------------------------


@pytest.mark.made_up_rows
def test_name_lists_hold_who_was_decided_on_with_the_approval_and_a_place_to_sign(
    small: SmallCampaign,
) -> None:
    walk = Walk(small, "exited_supported", "dynamic", "look_back")
    with small.database.writing() as session:
        session.get_one(Household, 1).head_id_number = ID_NUMBER
    walk.dynamic()
    walk.look_back(event="accident", solvable="no")
    walk.review("disagree", outcome_instead="rollback", review_reason="住房一直没有解决")
    walk.publish()
    walk.town()
    walk.approve()
    walk.corrected(
        "county",
        "relapse",
        reason="车祸致贫",
        approval_number="颍扶〔2019〕15号",
        approved_on=dt.date(2019, 9, 2),
    )
    said = words(printed(small, "name_list_relapse", COUNTY, "county"))
    for part in (
        "返贫人员名单",
        "颍扶〔2019〕15号",
        "2019年9月2日",
        "车祸致贫",
        "共1户3人",
        "341226**********34",
        "单位负责人（签字）",
    ):
        assert part in said
    assert ID_NUMBER not in said
    assert "没有列入本名单的农户" in words(printed(small, "name_list_rollback", COUNTY, "county"))
    every = words(printed(small, "name_list", TOWN))
    assert [every.count(name) for name in ("返贫人员名单", "脱贫回退人员名单", "不予纳入对象名单")] == [
        1,
        1,
        1,
    ]
    with small.database.reading() as session:
        assert not may_print(session, small.people["lead"], get_paper_kind("name_list"), TOWN, DAY)


def test_a_statement_says_why_each_slow_problem_is_slow(small: SmallCampaign) -> None:
    one = with_old_problems(small, "住房安全", "道路不通")
    with pytest.raises(NotFound):
        printed(small, "recheck_statement", one.id)
    found(small, one, "住房安全", "slow", progress_percent=40)
    found(small, one, "道路不通", "fixed")
    small.do(
        "helper",
        one.key,
        "statement",
        slow_reason="雨季无法施工",
        plan="九月中旬复工",
        promised_on="2019-09-22",
    )
    small.do("town", one.key, "town_agrees", statement_ok="yes")
    with small.database.reading() as session:
        desk = desk_for(session, small.engine, small.folder, URL, small.people["town"], 1)
        facts = recheck_statement(desk, session.merge(one, load=False))
    declared = get_paper_kind("recheck_statement").fields
    assert set(facts) == {each.name for each in declared}
    assert set(facts["问题"][0]) == {column.name for each in declared for column in each.columns}
    said = words(printed(small, "recheck_statement", one.id))
    for part in (
        "一、住房安全",
        "目前完成40%",
        "雨季无法施工",
        "2019年9月22日",
        "纸质档案档-17",
        "同意（town，2019年9月2日）",
    ):
        assert part in said
    assert "道路不通" not in said
