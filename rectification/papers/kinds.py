"""The kinds of paper: what each is about, and the fields that its template may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.errors import NotFound
from engine.text import LocalizedText
from rectification.matters.result import get_outcomes
from rectification.papers.contents import (
    CIRCULAR,
    EXPLAINED,
    EXTENSION,
    HOUSEHOLD_DOSSIER,
    NAME_LIST,
    NOTICE,
    RECHECK_STATEMENT,
    SLOW_STATEMENT,
    SUPERVISION,
    TICKET_DOSSIER,
    VERIFIED,
    VISIT,
    WARNING,
)
from rectification.papers.fields import FILES, PHOTOS, PROGRESS, TICKET, PaperField, text


@dataclass(frozen=True, slots=True)
class PaperKind:
    """One kind of paper. ``template`` names the template when another kind has it too."""

    code: str
    name: LocalizedText
    about: str
    """ticket, household, case, village or area: whose number the paper's address takes."""
    fields: tuple[PaperField, ...]
    shares: str = ""

    @property
    def template(self) -> str:
        """The kind whose template it is filled from."""
        return self.shares or self.code


KINDS: Final[dict[str, PaperKind]] = {
    kind.code: kind
    for kind in (
        PaperKind(
            "dispatch",
            LocalizedText("交办单", "Dispatch note"),
            "ticket",
            (
                *TICKET,
                text("交办单位", "交办单位", "who dispatched it", "慎城镇扶贫办"),
                text("交办人", "交办人", "who signed the dispatch", "赵建文"),
                text("交办日期", "交办日期", "when", "2019年9月10日"),
                text("签收人", "签收人，未签收为空", "who took it, empty until then", "张明"),
                text("签收日期", "签收日期", "when", "2019年9月10日"),
            ),
        ),
        PaperKind("reverification", LocalizedText("复核表", "Re-verification form"), "ticket", (*TICKET, *VERIFIED, PHOTOS)),
        PaperKind(
            "closure",
            LocalizedText("销号审批表", "Closure approval"),
            "ticket",
            (
                *TICKET,
                *VERIFIED,
                text("佐证材料", "佐证材料的件数", "how much evidence there is", "照片 2 张、材料 1 份"),
                text("销号方式", "销号方式", "how it was closed", "整改到位"),
                text("登记渠道", "省办系统或纸质档案", "where the closing is recorded", "省办系统"),
                text("登记编号", "系统编号或档案号", "under which number", "AH-2019-0001"),
                text("销号日期", "销号日期", "when it was closed", "2019年9月15日"),
            ),
        ),
        PaperKind("explanation", LocalizedText("情况说明", "Written explanation"), "ticket", (*TICKET, *EXPLAINED, PROGRESS, FILES)),
        PaperKind("slow_statement", LocalizedText("进度书面说明", "Statement on slow progress"), "ticket", SLOW_STATEMENT),
        PaperKind("extension", LocalizedText("延期申请", "Application for an extension"), "ticket", EXTENSION),
        PaperKind("supervision", LocalizedText("三色督办单", "Supervision notice (blue, yellow, red)"), "ticket", SUPERVISION),
        PaperKind("warning", LocalizedText("告诫书", "Letter of warning"), "ticket", WARNING),
        PaperKind("ticket_dossier", LocalizedText("问题整改档案", "Ticket dossier"), "ticket", TICKET_DOSSIER),
        PaperKind("visit_form", LocalizedText("入户排查表", "Household visit form"), "household", VISIT),
        PaperKind("visit_form_blank", LocalizedText("入户排查表（空白）", "Household visit form (blank)"), "household", VISIT, "visit_form"),
        PaperKind("household_dossier", LocalizedText("一户一档", "Household dossier"), "household", HOUSEHOLD_DOSSIER),
        PaperKind("public_notice", LocalizedText("公示稿", "Public notice"), "village", NOTICE),
        PaperKind("circular", LocalizedText("通报", "Circular"), "area", CIRCULAR),
        PaperKind("recheck_statement", LocalizedText("历史问题进度书面说明", "Statement on old problems"), "case", RECHECK_STATEMENT),
        PaperKind("name_list", LocalizedText("农户结果名单", "Name lists"), "area", NAME_LIST),
        *(
            PaperKind(f"name_list_{outcome.code}", outcome.list_name, "area", NAME_LIST, "name_list")
            for outcome in get_outcomes().values()
        ),
    )
}  # fmt: skip


def get_paper_kind(code: str) -> PaperKind:
    """One kind of paper.

    Raises:
        NotFound: there is none of this name.
    """
    if code not in KINDS:
        raise NotFound(LocalizedText(f"没有文书“{code}”。", f"There is no paper “{code}”."))
    return KINDS[code]


def template_kinds() -> list[PaperKind]:
    """The kinds that have a template of their own."""
    return [kind for kind in KINDS.values() if not kind.shares]
