"""The kinds of paper: what each is about, and the fields that its template may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.errors import NotFound
from engine.text import Words
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
from rectification.papers.fields import FILES, PHOTOS, PROGRESS, TICKET, Field, text


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of paper. ``template`` names the template when another kind has it too."""

    code: str
    name: Words
    about: str
    """ticket, household, case, village or area: whose number the paper's address takes."""
    fields: tuple[Field, ...]
    shares: str = ""

    @property
    def template(self) -> str:
        """The kind whose template it is filled from."""
        return self.shares or self.code


KINDS: Final[dict[str, Kind]] = {
    one.code: one
    for one in (
        Kind(
            "dispatch",
            Words("交办单", "Dispatch note"),
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
        Kind("reverification", Words("复核表", "Re-verification form"), "ticket", (*TICKET, *VERIFIED, PHOTOS)),
        Kind(
            "closure",
            Words("销号审批表", "Closure approval"),
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
        Kind("explanation", Words("情况说明", "Written explanation"), "ticket", (*TICKET, *EXPLAINED, PROGRESS, FILES)),
        Kind("slow_statement", Words("进度书面说明", "Statement on slow progress"), "ticket", SLOW_STATEMENT),
        Kind("extension", Words("延期申请", "Application for an extension"), "ticket", EXTENSION),
        Kind("supervision", Words("三色督办单", "Supervision notice (blue, yellow, red)"), "ticket", SUPERVISION),
        Kind("warning", Words("告诫书", "Letter of warning"), "ticket", WARNING),
        Kind("ticket_dossier", Words("问题整改档案", "Ticket dossier"), "ticket", TICKET_DOSSIER),
        Kind("visit_form", Words("入户排查表", "Household visit form"), "household", VISIT),
        Kind("visit_form_blank", Words("入户排查表（空白）", "Household visit form (blank)"), "household", VISIT, "visit_form"),
        Kind("household_dossier", Words("一户一档", "Household dossier"), "household", HOUSEHOLD_DOSSIER),
        Kind("public_notice", Words("公示稿", "Public notice"), "village", NOTICE),
        Kind("circular", Words("通报", "Circular"), "area", CIRCULAR),
        Kind("recheck_statement", Words("历史问题进度书面说明", "Statement on old problems"), "case", RECHECK_STATEMENT),
        Kind("name_list", Words("处置结果名单", "Name lists"), "area", NAME_LIST),
        Kind("name_list_admit", Words("纳入名单", "List of the admitted"), "area", NAME_LIST, "name_list"),
        Kind("name_list_not_admit", Words("不予纳入名单", "List of those not admitted"), "area", NAME_LIST, "name_list"),
        Kind("name_list_rollback", Words("脱贫回退名单", "List of exits rolled back"), "area", NAME_LIST, "name_list"),
        Kind("name_list_relapse", Words("返贫名单", "List of relapses"), "area", NAME_LIST, "name_list"),
    )
}  # fmt: skip


def kind(code: str) -> Kind:
    """One kind of paper.

    Raises:
        NotFound: there is none of this name.
    """
    if code not in KINDS:
        raise NotFound(Words(f"没有文书“{code}”。", f"There is no paper “{code}”."))
    return KINDS[code]


def template_kinds() -> list[Kind]:
    """The kinds that have a template of their own."""
    return [one for one in KINDS.values() if not one.shares]
