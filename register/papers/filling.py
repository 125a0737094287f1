"""Filling: a template and facts become a paper."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any, Final

from docx.oxml import parse_xml
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError
from lxml import etree

from register.papers.fields import Facts, Field, Picture
from register.papers.marks import BrokenTemplate, Marks

_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NEW_PARAGRAPH: Final = "\a"
"""What the library makes a paragraph of."""


def fill(template: bytes, fields: Sequence[Field], facts: Facts) -> bytes:
    """The paper. Every part of the template is checked against the fields of its kind.

    Raises:
        BrokenTemplate: the template names what there is not, or does not come out as a document.
    """
    paper = _Template(io.BytesIO(template))
    values = {name: _value(paper, value) for name, value in facts.items()}
    try:
        paper.render(values, Marks(fields), autoescape=True)
        out = io.BytesIO()
        paper.save(out)
    except (TemplateError, etree.XMLSyntaxError, ValueError, KeyError, AttributeError) as fault:
        raise BrokenTemplate(
            "按示例内容填写后不是完整的文档，请检查标记是否放错了位置（如跨单元格、跨段落）。",
            f"Filled with examples it is no whole document; a mark may stand across cells or paragraphs ({type(fault).__name__}).",
        ) from fault
    return out.getvalue()


class _Template(DocxTemplate):  # type: ignore[misc]  # the library has no types
    """The library's template, which would mend broken XML by dropping what it does not understand."""

    def fix_tables(self, xml: str) -> Any:
        parse_xml(xml)
        return super().fix_tables(xml)


def _value(paper: DocxTemplate, value: Any) -> Any:
    if isinstance(value, Picture):
        return InlineImage(paper, io.BytesIO(value.data), width=Mm(value.width))
    if isinstance(value, list):
        return [{name: _value(paper, one) for name, one in row.items()} for row in value]
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
    return _UNPRINTABLE.sub("", text).replace("\n", _NEW_PARAGRAPH)
