"""Fields: what a template may name, each with its meaning and an example that templates are tried with.

Names are Chinese because templates are: an office writes ``{{ 户主 }}`` in Word. The field of a list has
columns: ``{%tr for 行 in 进展 %}`` and then ``{{ 行.日期 }}``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from engine.text import LocalizedText


@dataclass(frozen=True, slots=True)
class PaperPicture:
    """A picture that stands in a paper, so many millimetres wide."""

    data: bytes
    width: int


@dataclass(frozen=True, slots=True)
class PaperField:
    """One name that a template may use. ``columns`` make it a list; ``width`` makes it a picture."""

    name: str
    about: LocalizedText
    example: str = ""
    columns: tuple[PaperField, ...] = ()
    width: int = 0


Facts = dict[str, Any]
"""Values by the names of fields: texts, pictures, and lists of such."""


def text(name: str, zh: str, en: str, example: str) -> PaperField:
    """A field that is a text; one that may have several lines says so in its example."""
    return PaperField(name, LocalizedText(zh, en), example)


def rows(name: str, zh: str, en: str, *columns: PaperField) -> PaperField:
    """A field that is a list."""
    return PaperField(name, LocalizedText(zh, en), columns=columns)


def picture(name: str, zh: str, en: str, width: int) -> PaperField:
    """A field that is a picture."""
    return PaperField(name, LocalizedText(zh, en), width=width)


def sample(fields: Iterable[PaperField], pixel: bytes) -> Facts:
    """The examples of fields as facts, every list with two lines."""
    return {field.name: _sample(field, pixel) for field in fields}


def _sample(paper_field: PaperField, pixel: bytes) -> Any:
    if paper_field.columns:
        return [sample(paper_field.columns, pixel) for _ in range(2)]
    return PaperPicture(pixel, paper_field.width) if paper_field.width else paper_field.example


COMMON: Final = (
    text("专项行动", "专项行动的名称", "the campaign's name", "2019年脱贫攻坚“回头看”"),
    text("今天", "打印的日期", "the day of printing", "2019年9月16日"),
)
PLACE: Final = (
    text("市", "市的名称", "the city", "阜阳市"),
    text("区县", "区县的名称", "the county", "颍上县"),
    text("乡镇", "乡镇的名称", "the town", "慎城镇"),
    text("村", "村的名称", "the village", "管谷村"),
)
QR: Final = picture("二维码", "扫码打开系统中的这一页", "QR code that opens the page in the system", 22)
TICKET: Final = (
    *COMMON,
    *PLACE,
    text("工单编号", "问题编号，清单冻结后才有", "the ticket's number", "2019-341226100201-001"),
    text("类别", "问题所属类别", "the category", "健康脱贫不落一家，全面完善"),
    text("检查项", "检查项名称", "the check item", "家庭医生签约履约"),
    text(
        "对象", "户主姓名；不涉及农户的为“本村”", "whose ticket it is: the head, or the village", "王秀兰户"
    ),
    text("户编号", "户编号", "the household's number", "201-001"),
    text("问题描述", "问题描述", "what was found", "家庭医生半年未上门。\n签约手册没有随访记录。"),
    text("发现日期", "发现问题的日期", "when it was found", "2019年9月5日"),
    text("发现人", "发现问题的人", "who found it", "李国强"),
    text("整改类型", "立行立改、阶段整改或持续整改", "how it is to be fixed", "立行立改"),
    text("整改措施", "交办时写明的措施", "the measure", "联系镇卫生院签约，月底前上门随访一次。"),
    text("责任单位", "整改责任单位", "the responsible unit", "慎城镇卫生院"),
    text("责任人", "整改责任人", "the responsible person", "张明"),
    text("责任领导", "责任单位负责人", "who leads the responsible unit", "赵建文"),
    text("行业主管部门", "行业主管部门", "the line department", "县卫生健康委"),
    text("整改时限", "整改时限", "the due date", "2019年9月20日"),
    text("逾期天数", "已逾期的天数，未逾期为 0", "days overdue, 0 when it is not", "3"),
    text("办理状态", "办理中、已销号、挂账或作废", "open, closed, hung or void", "办理中"),
    QR,
)
HOUSEHOLD: Final = (
    *COMMON,
    *PLACE,
    text("户编号", "户编号", "the household's number", "201-001"),
    text("户主", "户主姓名", "the head", "王秀兰"),
    text("组", "村民小组", "the group in the village", "三组"),
    text(
        "证件号码",
        "户主证件号码（已隐去中间各位）",
        "the head's identity number, masked",
        "341226**********24",
    ),
    text("联系电话", "联系电话", "telephone", "13800000000"),
    text("户类型", "户类型", "what the household is to the campaign", "已脱贫享受政策户"),
    text("登记人口", "登记的家庭人口", "registered members", "3"),
    text("帮扶责任人", "帮扶责任人", "the helper", "李国强"),
    QR,
)
PROGRESS: Final = rows(
    "进展",
    "进展记录，先前的在前",
    "progress notes, the oldest first",
    text("日期", "记录日期", "the day", "2019年9月12日"),
    text("进度", "完成百分比", "per cent done", "60%"),
    text("内容", "进展内容", "what was done", "已与卫生院约定上门时间。"),
    text("记录人", "记录人", "who noted it", "张明"),
)
MEMBERS: Final = rows(
    "家庭成员",
    "登记的家庭成员",
    "the registered members",
    text("姓名", "姓名", "name", "王秀兰"),
    text("关系", "与户主关系", "relation to the head", "户主"),
    text("证件号码", "证件号码（已隐去中间各位）", "identity number, masked", "341226**********24"),
)
PHOTOS: Final = rows(
    "照片",
    "照片，每行两张",
    "photos, two in a row",
    picture("左图", "左边的照片", "the photo on the left", 70),
    text("左说明", "左图的说明", "what the left one is", "现场.jpg（2019年9月5日）"),
    picture("右图", "右边的照片，单数时为空", "the photo on the right, empty in an odd last row", 70),
    text("右说明", "右图的说明", "what the right one is", "整改后.jpg（2019年9月12日）"),
)
FILES: Final = rows(
    "附件",
    "照片以外的佐证材料",
    "evidence other than photos",
    text("序号", "序号", "number", "1"),
    text("名称", "文件名", "the file's name", "签约证明.pdf"),
    text("日期", "上传日期", "when it was sent", "2019年9月12日"),
)
STORY: Final = rows(
    "办理经过",
    "办理经过，先前的在前",
    "the history, the oldest first",
    text("时间", "时间", "when", "2019年9月5日 10:20"),
    text("经办", "经办人", "who", "李国强"),
    text("事项", "办了什么", "what was done", "登记了入户情况"),
)
