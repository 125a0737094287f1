"""Filling: a template and facts become a paper."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any, Final

from docx.oxml import parse_xml
from docx.shared import Mm, Pt, RGBColor
from docxtpl import DocxTemplate, InlineImage

from rectification.papers.fields import Facts, PaperField, PaperPicture
from rectification.papers.marks import BrokenTemplate, Marks

_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SMALL: Final = Pt(6.5)
_GREY: Final = RGBColor(0x8B, 0x98, 0x93)
_NEW_PARAGRAPH: Final = "\a"
"""What the library makes a paragraph of."""


def fill(template: bytes, fields: Sequence[PaperField], facts: Facts, footer: str = "") -> bytes:
    """The paper. Every part of the template is checked against the fields of its kind; ``footer`` stands below each page.

    Raises:
        BrokenTemplate: the template names what there is not, or does not come out as a document.
    """
    try:
        paper = _Template(io.BytesIO(template))
        values = {name: _value(paper, value) for name, value in facts.items()}
        if footer:
            paper.init_docx()
            _add_footer(paper.docx, footer)
        paper.render(values, Marks(fields), autoescape=True)
        out = io.BytesIO()
        paper.save(out)
    except BrokenTemplate:
        raise
    except (
        Exception
    ) as fault:  # whatever an office writes, the library and the template engine may stumble over
        raise _broken(fault) from fault
    return out.getvalue()


def _add_footer(document: Any, text: str) -> None:
    """One small line more below each page, whatever the template has there; shown also where first pages differ."""
    for section in document.sections:
        footers = [section.footer]
        if section.different_first_page_header_footer:
            footers.append(section.first_page_footer)
        for footer in footers:
            if footer.is_linked_to_previous and section is not document.sections[0]:
                continue
            line = footer.add_paragraph().add_run(text)
            line.font.size, line.font.color.rgb = _SMALL, _GREY


def _broken(fault: Exception) -> BrokenTemplate:
    if isinstance(fault, TypeError):
        return BrokenTemplate(
            '模板里有不能成立的比较：字段都是文字，请与加引号的文字比较，如 {% if 类别 == "住房" %}。',
            'A comparison in the template cannot be made: fields are texts; compare them with quoted texts, as in {% if 类别 == "住房" %}.',
        )
    if isinstance(fault, RecursionError | SyntaxError):
        return BrokenTemplate("模板里的 for 或 if 套得太深。", "The template nests for or if too deeply.")
    if isinstance(fault, MemoryError):
        return BrokenTemplate(
            "填写后的文书过大，请简化模板，名单请按乡镇或村分别打印。",
            "The filled paper is too large; simplify the template, print lists by town or village.",
        )
    kind = type(fault).__name__
    return BrokenTemplate(
        f"填写后不是完整的文档，请检查标记是否放错了位置（如跨单元格、跨段落；{kind}）。",
        f"Filled, it is no whole document; a mark may stand across cells or paragraphs ({kind}).",
    )


class _Template(DocxTemplate):  # type: ignore[misc]  # the library has no types
    """The library's template, which would mend broken XML by dropping what it does not understand."""

    def fix_tables(self, xml: str) -> Any:
        parse_xml(xml)
        return super().fix_tables(xml)


def _value(paper: DocxTemplate, value: object) -> Any:
    if isinstance(value, PaperPicture):
        return InlineImage(paper, io.BytesIO(value.data), width=Mm(value.width))
    if isinstance(value, list):
        return [{name: _value(paper, value) for name, value in row.items()} for row in value]
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
    return _UNPRINTABLE.sub("", text).replace("\n", _NEW_PARAGRAPH)
