"""The kinds of paper: what each is about, and the fields that its template may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.errors import NotFound
from engine.words import Words
from register.papers.fields import (
    COMMON,
    FILES,
    HOUSEHOLD,
    MEMBERS,
    PHOTOS,
    PLACE,
    PROGRESS,
    STORY,
    TICKET,
    Field,
    rows,
    text,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of paper. ``template`` names the template when another kind has it too."""

    code: str
    name: Words
    about: str
    """ticket, household, village or area: whose number the paper's address takes."""
    fields: tuple[Field, ...]
    shares: str = ""

    @property
    def template(self) -> str:
        """The kind whose template it is filled from."""
        return self.shares or self.code


_VERIFIED: Final = (
    text(
        "整改情况",
        "申请销号时写明的整改情况",
        "what was done, as the request for closing says",
        "已签约并上门随访。",
    ),
    text("申请人", "申请销号的人", "who asked for closing", "张明"),
    text("申请日期", "申请销号的日期", "when", "2019年9月12日"),
    text("复核方式", "复核方式，选中的打勾", "how it was verified, as boxes", "☑现场　□查阅资料　□电话"),
    text("复核结论", "复核结论，选中的打勾", "the finding, as boxes", "☑整改到位　□未整改到位　□问题不属实"),
    text("补充要求", "未整改到位时的补充要求", "what is still demanded", "补齐随访记录。"),
    text("复核人", "复核人", "who verified", "孙丽"),
    text("同行复核人", "同行复核人", "the second verifier", "钱军"),
    text("复核日期", "复核日期", "when", "2019年9月15日"),
)
_EXPLAINED: Final = (
    text("主送", "主送单位", "to whom it is addressed", "慎城镇扶贫办"),
    text("原因", "无法销号的原因", "the reason why it cannot be closed", "工程周期长"),
    text("情况", "情况说明正文", "the account", "卫生院改造工程周期较长，月底前无法完工。"),
    text("下一步计划", "下一步计划", "what will be done next", "十月底前完工并补签。"),
    text(
        "临时保障措施", "完成前的临时保障", "who is looked after meanwhile, and how", "由邻村卫生室代为随访。"
    ),
    text("承诺时限", "承诺完成并接受复查的日期", "until when it is promised", "2019年10月31日"),
    text("提交人", "提交人", "who wrote it", "张明"),
    text("提交日期", "提交日期", "when", "2019年9月20日"),
    rows(
        "审批意见",
        "镇、行业部门、区县的意见",
        "the opinions of town, department and county",
        text("层级", "哪一级", "which level", "乡镇"),
        text("意见", "同意或不同意", "agreed or refused", "同意"),
        text("说明", "说明", "what they said", "情况属实。"),
        text("签批人", "签批人", "who signed", "赵建文"),
        text("日期", "日期", "when", "2019年9月21日"),
    ),
)
_ITEMS: Final = rows(
    "检查项目",
    "检查项目，按类别排列",
    "every question of the catalogue",
    text("序号", "序号", "number", "1"),
    text(
        "类别",
        "类别，只在每类第一行出现",
        "the category, in its first line only",
        "健康脱贫不落一家，全面完善",
    ),
    text("问题", "要问的问题", "the question", "家庭医生是否签约并履约？"),
    text("判定", "判定标准", "when it is a problem", "答“否”为问题，须拍照"),
    text("是", "“是”的方框", "the box for yes", "□"),
    text("否", "“否”的方框", "the box for no", "☑"),
    text("不涉及", "“不涉及”的方框", "the box for not applicable", "□"),
    text("原因", "问题的原因", "what is wrong", "家庭医生半年未上门。"),
)
_VISIT: Final = (
    *HOUSEHOLD,
    text("入户日期", "入户日期", "the day of the visit", "2019年9月5日"),
    text("入户人", "入户人", "who visited", "李国强"),
    text("同行人", "同行人", "who came along", "孙丽"),
    text(
        "是否见到", "是否见到家人，选中的打勾", "whether somebody was met, as boxes", "☑见到　□不在家　□拒绝"
    ),
    text("再次入户", "再次入户的日期", "when the second visit is", "2019年9月7日"),
    text("实际人口", "实际人口", "members found", "3"),
    text("其他情况", "其他情况", "remarks", "长子在外务工。"),
    MEMBERS,
    _ITEMS,
)
_COUNTS: Final = (
    text("问题数", "问题数（不含作废）", "tickets, without void ones", "12"),
    text("已销号", "已销号数", "closed", "8"),
    text("挂账", "挂账数，不算销号", "hung, which is not closed", "1"),
    text("办理中", "办理中数", "open", "3"),
    text("逾期", "逾期未办结数", "open and overdue", "2"),
)
_SUPERVISION: Final = (
    *TICKET,
    text("督办单号", "督办单编号", "the notice's number", "督〔2019〕341226100201-001-2"),
    text("颜色", "蓝色、黄色或红色", "blue, yellow or red", "红色"),
    text("色值", "标识颜色的代码", "the colour's code", "C00000"),
    text("签发单位", "签发单位", "who issues it", "慎城镇扶贫办"),
    text("督办要求", "督办要求", "what is demanded", "立即整改，说明逾期原因。"),
    text("回复时限", "书面回复的期限", "until when to answer", "2019年9月18日18时"),
    rows(
        "督办事项",
        "该单位已逾期的问题，本问题在前",
        "the unit's overdue tickets, this one first",
        text("序号", "序号", "number", "1"),
        text("工单编号", "工单编号", "the ticket's number", "2019-341226100201-001"),
        text("对象", "户主或本村", "whose it is", "王秀兰户"),
        text("问题", "问题描述", "what was found", "家庭医生半年未上门。"),
        text("整改时限", "整改时限", "the due date", "2019年9月13日"),
        text("逾期天数", "已逾期的天数", "days overdue", "3"),
    ),
)
_WARNING: Final = (
    *TICKET,
    text("告诫书编号", "告诫书编号", "the letter's number", "诫〔2019〕341226100201-001-3"),
    text("督办级别", "督办级别", "the level of the ladder", "3"),
    text("退回次数", "复核退回的次数", "how often re-verification sent it back", "1"),
    text("最后期限", "最后期限", "the last deadline", "2019年9月19日"),
    text("签发单位", "签发单位", "who issues it", "颍上县扶贫局"),
)
_CIRCULAR: Final = (
    *COMMON,
    text("地区", "通报的地区", "the area", "颍上县"),
    text("下级", "排名的是乡镇还是村", "what is ranked: towns or villages", "乡镇"),
    text("截至", "统计截至的时间", "the figures' time", "2019年9月16日9时"),
    text("签发单位", "签发单位", "who issues it", "颍上县扶贫局"),
    *_COUNTS,
    text("销号率", "已销号占问题数的百分比", "closed, in per cent", "66.7%"),
    rows(
        "排名",
        "按销号率从高到低",
        "by the share that is closed",
        text("名次", "名次，并列的相同", "rank; equals share it", "1"),
        text("名称", "乡镇或村", "town or village", "慎城镇"),
        *_COUNTS,
        text("销号率", "销号率", "closed, in per cent", "66.7%"),
    ),
    rows(
        "逾期清单",
        "逾期最久的五十件",
        "the fifty that are overdue longest",
        text("序号", "序号", "number", "1"),
        text("工单编号", "工单编号", "the ticket's number", "2019-341226100201-001"),
        text("名称", "乡镇和村", "town and village", "慎城镇管谷村"),
        text("检查项", "检查项", "the check item", "家庭医生签约履约"),
        text("责任单位", "责任单位", "the responsible unit", "慎城镇卫生院"),
        text("责任人", "责任人", "the responsible person", "张明"),
        text("整改时限", "整改时限", "the due date", "2019年9月13日"),
        text("逾期天数", "逾期天数", "days overdue", "3"),
    ),
)
_NOTICE: Final = (
    *COMMON,
    *PLACE,
    text("公示起", "公示第一天", "the first day", "2019年9月16日"),
    text("公示止", "公示最后一天", "the last day", "2019年9月20日"),
    *_COUNTS,
    rows(
        "结果名单",
        "处置结果，姓名已隐去",
        "what was decided, names masked",
        text("序号", "序号", "number", "1"),
        text("户主", "户主姓名（已隐去）", "the head, masked", "王**"),
        text("组", "村民小组", "the group in the village", "三组"),
        text("事项", "哪项工作", "the key work", "脱贫人口“回头看”"),
        text("结果", "处置结果", "what was decided", "稳定脱贫"),
        text(
            "理由",
            "理由（已去除证件、电话、账号和病情）",
            "the reason, without identity, telephone, account or health",
            "收入稳定。",
        ),
    ),
    rows(
        "分类统计",
        "各类问题的件数",
        "tickets by category",
        text("类别", "类别", "the category", "健康脱贫不落一家，全面完善"),
        *_COUNTS,
    ),
)
_TICKET_DOSSIER: Final = (
    *TICKET,
    text("销号方式", "销号方式", "how it was closed", "整改到位"),
    text("登记渠道", "省办系统或纸质档案", "where the closing is recorded", "省办系统"),
    text("登记编号", "系统编号或档案号", "under which number", "AH-2019-0001"),
    text("销号日期", "销号日期", "when it was closed", "2019年9月15日"),
    rows(
        "交办",
        "交办和签收",
        "dispatches",
        text("日期", "交办日期", "when", "2019年9月10日"),
        text("责任单位", "责任单位", "unit", "慎城镇卫生院"),
        text("责任人", "责任人", "person", "张明"),
        text("措施", "整改措施", "measure", "联系镇卫生院签约。"),
        text("时限", "整改时限", "due", "2019年9月20日"),
    ),
    PROGRESS,
    rows(
        "复核",
        "复核记录",
        "re-verifications",
        text("日期", "复核日期", "when", "2019年9月15日"),
        text("结论", "复核结论", "the finding", "整改到位"),
        text("方式", "复核方式", "how", "现场"),
        text("复核人", "两名复核人", "the two verifiers", "孙丽、钱军"),
        text("要求", "补充要求", "what is still demanded", "补齐随访记录。"),
    ),
    rows(
        "情况说明",
        "情况说明",
        "written explanations",
        text("日期", "提交日期", "when", "2019年9月20日"),
        text("原因", "原因", "the reason", "工程周期长"),
        text("情况", "情况", "the account", "卫生院改造工程周期较长。"),
        text("计划", "下一步计划", "the plan", "十月底前完工并补签。"),
        text("结果", "审批结果", "what became of it", "已批准"),
    ),
    rows(
        "督办",
        "逐级督办",
        "who was told as the ladder was climbed",
        text("日期", "日期", "when", "2019年9月21日"),
        text("级别", "级别", "the level", "1"),
        text("告知", "告知的人", "who was told", "赵建文"),
    ),
    PHOTOS,
    FILES,
    STORY,
)
_HOUSEHOLD_DOSSIER: Final = (
    *HOUSEHOLD,
    MEMBERS,
    rows(
        "入户",
        "入户记录",
        "visits",
        text("日期", "入户日期", "when", "2019年9月5日"),
        text("入户人", "两名入户人", "the two visitors", "李国强、孙丽"),
        text("情况", "见到、不在家或拒绝", "whether somebody was met", "见到"),
        text("实际人口", "实际人口", "members found", "3"),
        text("问题", "发现的问题", "what failed", "家庭医生签约履约：半年未上门。"),
    ),
    rows(
        "问题",
        "该户的全部问题",
        "every ticket of the household",
        text("工单编号", "工单编号", "the ticket's number", "2019-341226100201-001"),
        text("检查项", "检查项", "the check item", "家庭医生签约履约"),
        text("问题描述", "问题描述", "what was found", "家庭医生半年未上门。"),
        text("责任单位", "责任单位", "unit", "慎城镇卫生院"),
        text("责任人", "责任人", "person", "张明"),
        text("办理状态", "办理状态", "open, closed, hung or void", "已销号"),
    ),
    rows(
        "处置结果",
        "各项工作的处置结果",
        "what the key works decided",
        text("日期", "日期", "when", "2019年9月25日"),
        text("事项", "哪项工作", "the key work", "脱贫人口“回头看”"),
        text("结果", "结果", "what was decided", "稳定脱贫"),
        text("理由", "理由", "the reason", "收入稳定。"),
        text("批准文号", "批准文号", "the approval's number", "颍扶〔2019〕12号"),
    ),
    PHOTOS,
    FILES,
    STORY,
)
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
        Kind("reverification", Words("复核表", "Re-verification form"), "ticket", (*TICKET, *_VERIFIED, PHOTOS)),
        Kind(
            "closure",
            Words("销号审批表", "Closure approval"),
            "ticket",
            (
                *TICKET,
                *_VERIFIED,
                text("佐证材料", "佐证材料的件数", "how much evidence there is", "照片 2 张、材料 1 份"),
                text("销号方式", "销号方式", "how it was closed", "整改到位"),
                text("登记渠道", "省办系统或纸质档案", "where the closing is recorded", "省办系统"),
                text("登记编号", "系统编号或档案号", "under which number", "AH-2019-0001"),
                text("销号日期", "销号日期", "when it was closed", "2019年9月15日"),
            ),
        ),
        Kind("explanation", Words("情况说明", "Written explanation"), "ticket", (*TICKET, *_EXPLAINED, PROGRESS, FILES)),
        Kind("slow_statement", Words("进度书面说明", "Statement on slow progress"), "ticket", (*TICKET, _EXPLAINED[0], PROGRESS)),
        Kind("extension", Words("延期申请", "Application for an extension"), "ticket", (*TICKET, _EXPLAINED[0], PROGRESS)),
        Kind("supervision", Words("三色督办单", "Supervision notice (blue, yellow, red)"), "ticket", _SUPERVISION),
        Kind("warning", Words("告诫书", "Letter of warning"), "ticket", _WARNING),
        Kind("ticket_dossier", Words("问题整改档案", "Ticket dossier"), "ticket", _TICKET_DOSSIER),
        Kind("visit_form", Words("入户排查表", "Household visit form"), "household", _VISIT),
        Kind("visit_form_blank", Words("入户排查表（空白）", "Household visit form (blank)"), "household", _VISIT, "visit_form"),
        Kind("household_dossier", Words("一户一档", "Household dossier"), "household", _HOUSEHOLD_DOSSIER),
        Kind("public_notice", Words("公示稿", "Public notice"), "village", _NOTICE),
        Kind("circular", Words("通报", "Circular"), "area", _CIRCULAR),
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
