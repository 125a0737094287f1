"""Words for codes that diagrams and tables use: statuses, processes, actions, groups."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup, escape

from engine.host import CLOCK, MESSAGE, SYSTEM
from engine.text import LocalizedText
from rectification.people.roles import ROLES
from web.assets import address_of
from web.i18n import translate

STATUSES: Final[dict[str, tuple[LocalizedText, str]]] = {
    "draft": (LocalizedText("草稿", "Draft"), ""),
    "reported": (LocalizedText("已上报待审", "Reported, under review"), "blue"),
    "returned": (LocalizedText("退回补正", "Returned for correction"), "amber"),
    "listed": (LocalizedText("已入清单", "On the list"), "blue"),
    "assigned": (LocalizedText("已交办待签收", "Dispatched, to be acknowledged"), "blue"),
    "in_progress": (LocalizedText("整改中", "Being fixed"), "blue"),
    "submitted": (LocalizedText("已申请销号待复核", "Closure requested, to be re-verified"), "amber"),
    "verified": (LocalizedText("复核通过待系统销号", "Verified, to be recorded"), "green"),
    "explaining": (LocalizedText("情况说明审批中", "Explanation under approval"), "amber"),
    "hung": (LocalizedText("挂账", "On hold"), "amber"),
    "closed": (LocalizedText("已销号", "Closed"), "solid"),
    "void": (LocalizedText("作废", "Void"), ""),
    "to_visit": (LocalizedText("待入户", "To be visited"), "blue"),
    "checking": (LocalizedText("待核对", "To be checked"), "amber"),
    "visited": (LocalizedText("已入户", "Visited"), "green"),
    "transferring": (LocalizedText("转办中", "Transfer asked"), "amber"),
    "extending": (LocalizedText("延期审批中", "More time asked"), "amber"),
    "to_fill": (LocalizedText("待填报", "To be filled in"), "blue"),
    "filled": (LocalizedText("已填报", "Filled in"), "green"),
    "verifying": (LocalizedText("待核查", "To be verified"), "blue"),
    "rechecking": (LocalizedText("待再排查", "To be checked again"), "blue"),
    "repairing": (LocalizedText("待整改结果", "Waiting for repairs"), "amber"),
    "deciding": (LocalizedText("判定中", "Being judged"), "blue"),
    "reviewing": (LocalizedText("评议审核中", "Under review"), "amber"),
    "approving": (LocalizedText("待审定", "To be approved"), "amber"),
    "confirming": (LocalizedText("待确认", "To be confirmed"), "amber"),
    "decided": (LocalizedText("已有结果", "Decided"), "solid"),
    "checked": (LocalizedText("已核查", "Checked"), "green"),
    "awaiting_repairs": (LocalizedText("待整改复核", "Waiting for repairs"), "amber"),
    "signing": (LocalizedText("待户主签字", "To be signed"), "amber"),
    "publishing": (LocalizedText("公示中", "Published"), "amber"),
    "awaiting_income": (LocalizedText("待核实收入", "Income to be confirmed"), "amber"),
    "no_question": (LocalizedText("无需认定", "Nothing to decide"), ""),
    "visiting": (LocalizedText("一 集中入户", "Stage 1: visits"), "blue"),
    "summary": (LocalizedText("二 汇总问题", "Stage 2: summary"), "blue"),
    "reverify": (LocalizedText("三 复核整改", "Stage 3: re-verification"), "blue"),
    "finished": (LocalizedText("本村结束", "Village done"), "green"),
}

PROCESSES: Final[dict[str, LocalizedText]] = {
    "village_lookback": LocalizedText("村级回头看", "Village look-back"),
    "household_visit": LocalizedText("入户排查", "Household visit"),
    "rectification": LocalizedText("问题整改", "Rectification"),
    "written_explanation": LocalizedText("情况说明", "Written explanation"),
    "consultation": LocalizedText("征求意见和委派", "Opinions and work given away"),
    "ticket_ending": LocalizedText("终止工单", "Ending a ticket"),
    "progress_statement": LocalizedText("进度书面说明", "Progress statement"),
    "village_check": LocalizedText("村级排查", "Village form"),
    "department_check": LocalizedText("部门排查", "Department form"),
    "dynamic_verification": LocalizedText("动态管理核查", "Dynamic verification"),
    "safeguards_recheck": LocalizedText("再排查", "Safeguards re-check"),
    "exit_look_back": LocalizedText("脱贫人口回头看", "Look-back at the exited"),
    "feedback_recheck": LocalizedText("反馈问题核查", "Findings looked at again"),
    "data_verification": LocalizedText("数据核实", "Data verification"),
    "safety_inspection": LocalizedText("安全隐患排查", "Safety inspection"),
    "household_result": LocalizedText("农户结果认定", "Result of a household"),
}

GROUPS: Final[dict[str, LocalizedText]] = {
    "overdue": LocalizedText("已逾期", "Overdue"),
    "today": LocalizedText("今天到期", "Due today"),
    "week": LocalizedText("七天之内", "Within seven days"),
    "later": LocalizedText("以后", "Later"),
}

ACTIONS: Final[dict[str, LocalizedText]] = {
    "started": LocalizedText("流程开始", "The process began"),
    "completed": LocalizedText("完成", "Completed"),
    "claimed": LocalizedText("领取", "Taken"),
    "released": LocalizedText("交回", "Given back"),
    "assigned": LocalizedText("改派", "Assigned anew"),
    "terminated": LocalizedText("终止办理", "Ended"),
    "taken_back": LocalizedText("撤回", "Taken back"),
    "fired": LocalizedText("到期触发", "The deadline passed"),
    "received": LocalizedText("收到消息", "A message arrived"),
    "sent": LocalizedText("发出消息", "A message was sent"),
    "message_expired": LocalizedText("消息无人接收", "A message found nobody waiting"),
    "retried": LocalizedText("重试", "Tried again"),
    "skipped": LocalizedText("跳过步骤", "A step was skipped"),
    "corrected": LocalizedText("更正数据", "Data put right"),
    "migrated": LocalizedText("迁移到新版本", "Moved to another version"),
    "sent_back": LocalizedText("退回到之前的步骤", "Sent back"),
    "jumped": LocalizedText("调整到其他步骤", "Moved to another step"),
    "move_undone": LocalizedText("撤销迁移", "The move was undone"),
    "draft_begun": LocalizedText("开始起草", "Draft begun"),
    "draft_rebased": LocalizedText("以新版本为基础", "Newer version taken as the base"),
    "draft_given_up": LocalizedText("放弃草稿", "Draft given up"),
    "warning_accepted": LocalizedText("说明提示可保留", "Warning let stand"),
    "review_asked": LocalizedText("申请审核", "Review asked for"),
    "expected_anew": LocalizedText("修改测试预期", "Test expects otherwise now"),
    "reviewed": LocalizedText("审核", "Reviewed"),
    "published": LocalizedText("发布新版本", "Published"),
    "own_version_given_up": LocalizedText("改为沿用上级版本", "Own version given up for the one above"),
    "rolled_back": LocalizedText("恢复旧版本", "Old version published anew"),
    "progress": LocalizedText("进展记录", "Progress noted"),
    "commented": LocalizedText("留言", "Comment"),
    "copied": LocalizedText("抄送", "A copy was sent"),
    "copy_withdrawn": LocalizedText("撤回抄送", "A copy was withdrawn"),
    "copy_read": LocalizedText("阅读抄送件", "A copy was read"),
    "evidence": LocalizedText("上传佐证材料", "Evidence added"),
    "extended": LocalizedText("延期", "Extended"),
    "suspended": LocalizedText("暂停计时", "The deadline was suspended"),
    "taken_up_again": LocalizedText("恢复计时", "The deadline runs again"),
    "due_changed": LocalizedText("调整整改时限", "The due date was changed"),
    "milestones_changed": LocalizedText("调整时间节点", "Milestones were moved"),
    "calendar_changed": LocalizedText("工作日历变化", "The calendar changed"),
    "rescheduled": LocalizedText("期限随之调整", "Dates were moved"),
    "nudged": LocalizedText("催办", "Nudged"),
    "revealed": LocalizedText("查看完整信息", "A full number was shown"),
    "filter_saved": LocalizedText("保存筛选", "A filter was saved"),
    "filter_forgotten": LocalizedText("删除筛选", "A filter was deleted"),
    "deputy_named": LocalizedText("请人代办", "A deputy was named"),
    "deputy_ended": LocalizedText("结束代办", "A deputy was called back"),
    "handed_over": LocalizedText("移交给接手人", "Handed over"),
    "responsible_changed": LocalizedText("责任人变更", "Another person is responsible"),
    "work_handed_over": LocalizedText("移交工作", "Work was handed over"),
    "post_ended": LocalizedText("卸任岗位", "A post was given up"),
    "account_closed": LocalizedText("停用账号", "The account was closed"),
    "account_opened": LocalizedText("恢复账号", "The account was opened again"),
    "person_added": LocalizedText("添加人员", "Added"),
    "password_set": LocalizedText("设置密码", "The password was set"),
    "password_link_made": LocalizedText("生成设置密码的链接", "A link for setting the password was made"),
    "unseen": LocalizedText("无人在岗，已报上级", "Nobody was there to see it; the office above was told"),
    "status": LocalizedText("状态变化", "The status changed"),
    "reminded": LocalizedText("提醒", "Reminded"),
    "incident": LocalizedText("流程中断", "The process stopped"),
    "printed": LocalizedText("打印文书", "Paper printed"),
    "template_changed": LocalizedText("更换文书模板", "Paper template changed"),
}

FACTS: Final[dict[str, LocalizedText]] = {
    "visited": LocalizedText("登记了入户情况", "The visit was recorded"),
    "drafted": LocalizedText("形成问题草稿", "An issue was drafted"),
    "draft_corrected": LocalizedText("草稿的发现日期已更正", "The draft's day of the find was corrected"),
    "withdrawn": LocalizedText("撤回问题草稿", "The draft was withdrawn"),
    "unvisited_reported": LocalizedText("上报未入户农户", "Households not visited were reported"),
    "list_submitted": LocalizedText("上报问题清单", "The list was submitted"),
    "list_frozen": LocalizedText("问题清单编号并冻结", "The list was numbered and frozen"),
    "counted": LocalizedText("汇总统计", "The figures were counted"),
    "numbered": LocalizedText("列入补充清单并编号", "Entered in the supplement list under a number"),
    "merged": LocalizedText("并入另一工单", "Merged into another ticket"),
    "dispatched": LocalizedText("交办给责任单位和责任人", "Dispatched to the responsible unit and person"),
    "closure_requested": LocalizedText("申请销号", "Closure was requested"),
    "reverified": LocalizedText("登记复核结论", "The re-verification was recorded"),
    "closed": LocalizedText("销号", "Closed"),
    "explained": LocalizedText("提交情况说明", "A written explanation was submitted"),
    "explanation_approved": LocalizedText("情况说明获批", "The explanation was approved"),
    "explanation_refused": LocalizedText("情况说明未获批", "The explanation was refused"),
    "hung": LocalizedText("挂账", "On hold"),
    "unhung": LocalizedText("解除挂账", "No longer hung"),
    "stepped_up": LocalizedText("升级督办，重定时限", "Escalated one level, with a new due date"),
    "escalated": LocalizedText("已逐级告知", "Those above were told"),
    "imported": LocalizedText("导入", "Imported"),
    "registered": LocalizedText("登记建档", "Registered"),
    "changed": LocalizedText("更正信息", "Corrected"),
    "transfer_accepted": LocalizedText("接收转办", "Taken over"),
    "transfer_refused": LocalizedText("拒绝转办", "The transfer was refused"),
    "transfer_settled": LocalizedText("确定责任单位", "The office said whose it is"),
    "extension_refused": LocalizedText("延期未批准", "More time was refused"),
    "reopened": LocalizedText("重新挂号", "Reopened"),
    "signed_for": LocalizedText("领导签收督办", "A leader acknowledged the escalation"),
    "statement_asked": LocalizedText(
        "标记为进度较慢，要求提交书面说明", "Marked as slow; a written statement was asked for"
    ),
    "statement_submitted": LocalizedText("提交书面说明", "The progress statement was submitted"),
    "opinion_asked": LocalizedText("征求意见", "Opinions were asked for"),
    "opinion_given": LocalizedText("答复意见", "An opinion was given"),
    "work_delegated": LocalizedText("委派他人办理", "The work was given away, to come back"),
    "delegated_done": LocalizedText("办结委派事项，交回委派人", "What was given away is done and came back"),
    "question_dropped": LocalizedText(
        "所涉事项不再办理，征求随之结束", "The work was cancelled, and the question with it"
    ),
    "asked_no_more": LocalizedText("撤回征求", "The question was taken back"),
    "ending_proposed": LocalizedText(
        "提出终止，等待另一人确认", "An ending was proposed and waits for a second person"
    ),
    "ending_confirmed": LocalizedText("确认终止", "The ending was confirmed"),
    "ending_refused": LocalizedText("不同意终止，继续办理", "The ending was refused; it goes on"),
    "slow_lifted": LocalizedText(
        "已离开整改环节，摘除进度较慢标记", "Left the repairer's hands; no longer marked as slow"
    ),
    "slow_kept": LocalizedText(
        "审核书面说明，保留进度较慢标记", "The statement was read; still marked as slow"
    ),
    "slow_cleared": LocalizedText("摘除进度较慢标记", "No longer marked as slow"),
    "statement_called_off": LocalizedText(
        "已不在整改中，撤销书面说明要求", "No longer being fixed: the statement was called off"
    ),
    "criterion_set": LocalizedText("更新判定口径", "A criterion was published"),
    "founded": LocalizedText("建立专项行动", "The campaign was founded"),
    "member_registered": LocalizedText("登记家庭成员", "A member was registered"),
    "baseline_noted": LocalizedText("登记历史问题", "An old problem was noted"),
    "measure_noted": LocalizedText("登记帮扶措施", "A measure was noted"),
    "post_given": LocalizedText("授予岗位", "A post was given"),
    "remarked": LocalizedText("更新备注信息", "Remarks were changed"),
    "work_taken_up": LocalizedText("开展一项重点工作", "A key work was taken up"),
    "old_problem_checked": LocalizedText("核对了历史问题", "An old problem was checked"),
    "checked": LocalizedText("登记核查结果", "The checklist was recorded"),
    "outcome": LocalizedText("登记处置结果", "The outcome was recorded"),
    "outcome_not_taken": LocalizedText(
        "农户结果不由重点工作决定，未采用其结论", "A work's conclusion about the household was not taken"
    ),
    "facts_recorded": LocalizedText("登记核查情况", "Facts were recorded"),
    "result_proposed": LocalizedText("提出结果建议", "A result was proposed"),
    "result_reviewed": LocalizedText("登记村级评议", "The village review was recorded"),
    "result_decided": LocalizedText("认定结果", "The result was decided"),
    "result_to_look_at": LocalizedText("结果需要复议", "The result is to be looked at again"),
}
"""What handlers leave in the history; the step that left it adds nothing for a reader."""

ACTORS: Final[dict[str, LocalizedText]] = {
    CLOCK.name: LocalizedText("系统时钟", "The clock"),
    MESSAGE.name: LocalizedText("消息", "A message"),
    SYSTEM.name: LocalizedText("系统", "The system"),
}

DOINGS: Final[dict[str, LocalizedText]] = {
    "timer": LocalizedText("定时器触发时", "a timer fired"),
    "message": LocalizedText("送达消息时", "a message was delivered"),
    "start": LocalizedText("启动流程时", "the process started"),
    "completion": LocalizedText("提交表单时", "a form was sent"),
    "escalation": LocalizedText("逐级提醒时", "a deadline was escalated"),
    "task": LocalizedText("后台任务运行时", "a background task ran"),
    "clock": LocalizedText("读取时钟时", "the clock was read"),
}


def status_words(status: str | None) -> str:
    """A status; one that a process owner invented speaks for itself."""
    known = STATUSES.get(status or "")
    return translate(known[0]) if known else status or ""


def status_colour(status: str | None) -> str:
    """The class of a status's mark."""
    return STATUSES.get(status or "", (None, ""))[1]


def process_words(process: str, name: str = "") -> str:
    """A process by its id."""
    return translate(PROCESSES[process]) if process in PROCESSES else name or process


def group_words(group: str) -> str:
    """A group of the desk."""
    return translate(GROUPS[group])


def action_words(action: str) -> str:
    """What a row of the history says happened."""
    known = FACTS.get(action) or ACTIONS.get(action)
    return translate(known) if known else action.replace("_", " ")


def tells_itself(action: str) -> bool:
    """Whether a row of the history needs no name of a step beside it."""
    return action in FACTS


def actor_words(name: str) -> str:
    """Who did something: a person by name, the installation's own hands in the reader's language."""
    return translate(ACTORS[name]) if name in ACTORS else name


def doing_words(doing: str) -> str:
    """What was going on when an incident happened."""
    return translate(DOINGS[doing]) if doing in DOINGS else doing


def role_words(role: str) -> str:
    """A role by its code."""
    return translate(ROLES[role]) if role in ROLES else role


def icon(name: str, extra: str = "") -> Markup:
    """One icon of the sprite; decoration only, words stand beside it."""
    return _icon.format(name=escape(name), extra=escape(extra))


_icon = Markup(
    f'<svg class="icon {{extra}}" aria-hidden="true" focusable="false"><use href="{address_of("icons.svg")}#{{name}}"/></svg>'
)


def current(here: str, path: str) -> bool:
    """Whether a page belongs under an entry of the navigation."""
    place = here.partition("?")[0]
    if path == "/":
        return place == "/" or place.startswith("/work-items/")
    if path == "/villages" and place.startswith("/visits/"):
        return True
    return place == path or place.startswith(path + "/")
