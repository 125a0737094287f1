"""What the drawing board offers to choose from: posts, milestones, escalations, statuses, services, tables."""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.authoring.drafts import Draft
from engine.decisions import parse_decisions
from engine.definitions.versions import TEST_SUFFIX, Version
from engine.errors import DomainError
from engine.expressions import ExpressionError
from engine.simulation.tests import read_test
from engine.text import LocalizedText
from engine.worklist.selectables import definitions, processes
from rectification.campaigns.model import MILESTONES
from rectification.people.roles import ROLES
from rectification.places.areas import full_name
from rectification.places.scopes import Owner, scopes_above
from rectification.process.host import GUARDS, HANDLERS
from rectification.process.monitoring import running_on
from rectification.published_models.tables import escalation_names
from web.i18n import gettext as _
from web.i18n import translate
from web.labels import STATUSES, process_words

Choice = dict[str, str]
SERVICES: Final[dict[str, LocalizedText]] = {
    "record_visit": LocalizedText("登记入户结果", "Record a visit"),
    "check_visit_done": LocalizedText("核对是否已入户", "See whether the visit was made"),
    "report_unvisited": LocalizedText("上报未入户名单", "Report households not visited"),
    "submit_list": LocalizedText("上报问题清单", "Submit the issue list"),
    "freeze_list": LocalizedText("冻结问题清单", "Freeze the issue list"),
    "enter_list": LocalizedText("列入清单并编号", "Enter the list, with a number"),
    "void_line": LocalizedText("作废问题", "Void the issue"),
    "dispatch": LocalizedText("交办", "Dispatch"),
    "acknowledged": LocalizedText("登记签收", "Record the acknowledgement"),
    "apply_for_closure": LocalizedText("登记销号申请", "Record the closure request"),
    "record_reverification": LocalizedText("登记复核结论", "Record the re-verification"),
    "close_ticket": LocalizedText("销号", "Close the ticket"),
    "explanation_submitted": LocalizedText("登记情况说明", "Record the explanation"),
    "explanation_decided": LocalizedText("登记审批结论", "Record the decision"),
    "hang": LocalizedText("挂账", "Hang"),
    "unhang": LocalizedText("取消挂账", "Take off the hung list"),
    "step_up": LocalizedText("升级督办", "Escalate one step"),
    "count_results": LocalizedText("统计结果", "Count the results"),
    "report_issues": LocalizedText("由核查结果生成工单", "Make tickets of what the check found"),
    "record_outcome": LocalizedText("登记处置结果", "Record the outcome"),
    "record_facts": LocalizedText("登记农户情况", "Record facts of the household"),
    "take_proposal": LocalizedText("提出结果建议", "Lay out the proposal"),
    "take_review": LocalizedText("登记村级评议", "Record the village review"),
    "record_result": LocalizedText("登记农户结果", "Record the result"),
    "confirm_income": LocalizedText("按实际收入核对结果", "Compare the result with the real income"),
    "report_findings": LocalizedText("由排查结果生成工单", "Make tickets of the findings"),
    "transfer": LocalizedText("转办", "Transfer"),
    "settle_transfer": LocalizedText("裁定转办", "Settle the transfer"),
    "extend": LocalizedText("延期", "Extend"),
    "statement_submitted": LocalizedText("登记进度书面说明", "Record the progress statement"),
    "statement_judged": LocalizedText("登记书面说明审核意见", "Record what was decided on it"),
    "consultation_answered": LocalizedText("登记意见和委派结果", "Record an opinion or what was done"),
    "ending_decided": LocalizedText("登记终止意见", "Record what was decided on the ending"),
    "statement_called_off": LocalizedText("撤销书面说明要求", "Call the statement off"),
    "take_old_problem": LocalizedText("取出一条原有问题", "Take an old problem"),
    "record_old_problem": LocalizedText("登记原有问题核查结果", "Record what became of an old problem"),
    "sum_up_old_problems": LocalizedText("汇总原有问题", "Sum up the old problems"),
}
"""What service tasks may do, in the owner's words."""
CONDITIONS: Final[dict[str, LocalizedText]] = {
    "visit_complete": LocalizedText("排查表填写完整", "The visit form is complete"),
    "village_ready": LocalizedText("全村可以上报", "The village is ready to submit"),
    "dispatch_complete": LocalizedText(
        "措施、单位、责任人、时限齐全", "Measure, unit, person and date are there"
    ),
    "outcome_complete": LocalizedText("去向填写完整", "The outcome is complete"),
    "evidence_complete": LocalizedText("佐证材料齐全", "The evidence is complete"),
    "settlement_complete": LocalizedText("裁定填写完整", "The settlement is complete"),
    "extension_bounded": LocalizedText("延期不超过限度", "The extension is within bounds"),
    "line_judged": LocalizedText("审核意见完整", "The judgement is complete"),
    "form_complete": LocalizedText("表格填写完整", "The form is complete"),
    "reverify_complete": LocalizedText("复核结论完整", "The finding is complete"),
    "closure_number": LocalizedText("有系统编号或档案号", "There is a number of the system or the archive"),
    "explanation_complete": LocalizedText("情况说明完整", "The explanation is complete"),
    "checklist_complete": LocalizedText("检查表填写完整", "The checklist is complete"),
    "review_complete": LocalizedText("评议意见和资料齐全", "The review and its papers are complete"),
    "notice_long_enough": LocalizedText("公示天数足够", "The notice stands long enough"),
    "approval_numbered": LocalizedText("批准文号已填写", "The approval number is there"),
    "did_not_repair": LocalizedText("不由整改人答复", "The repairer does not answer"),
    "second_person": LocalizedText("由另一人确认", "Somebody else confirms it"),
    "statement_complete": LocalizedText("书面说明填写完整", "The progress statement is complete"),
}
"""What may be demanded before a task is done, in the owner's words."""
ESCALATIONS: Final[dict[str, LocalizedText]] = {
    "visit": LocalizedText("入户", "Visits"),
    "list": LocalizedText("清单上报", "The list"),
    "review": LocalizedText("审核与交办", "Review and dispatch"),
    "acknowledge": LocalizedText("签收", "Acknowledgement"),
    "rectify": LocalizedText("整改", "Rectification"),
    "reverify": LocalizedText("复核", "Re-verification"),
    "explanation": LocalizedText("情况说明", "Written explanations"),
    "closing": LocalizedText("系统销号", "Closing in the system"),
    "hung": LocalizedText("挂账复查", "Review of hung tickets"),
}
"""The escalations that ship; those that an office adds to the table go by their own names."""
FIELD_TYPES: Final[dict[str, LocalizedText]] = {
    "string": LocalizedText("单行文字", "Text"),
    "long_text": LocalizedText("多行文字", "Long text"),
    "number": LocalizedText("数字", "Number"),
    "money": LocalizedText("金额", "Money"),
    "date": LocalizedText("日期", "Date"),
    "datetime": LocalizedText("日期和时间", "Date and time"),
    "boolean": LocalizedText("勾选", "Tick"),
    "yes_no_na": LocalizedText("是 / 否 / 不涉及", "Yes / no / does not apply"),
    "enum": LocalizedText("单选", "One of several"),
    "choices": LocalizedText("多选", "Several of several"),
    "person": LocalizedText("人员", "Person"),
    "unit": LocalizedText("单位", "Unit"),
    "area": LocalizedText("区划", "Area"),
    "household": LocalizedText("农户", "Household"),
    "photo": LocalizedText("照片", "Photos"),
    "file": LocalizedText("附件", "Files"),
    "table": LocalizedText("明细表", "Table of rows"),
    "checklist": LocalizedText("排查项目", "Checklist"),
}
"""What a field of a form may hold."""


def drawing_facts(session: Session, draft: Draft) -> dict[str, list[Choice]]:
    """Everything that the pickers of the drawing board offer, by kind."""
    return {
        "roles": _choices({code: translate(words) for code, words in ROLES.items()}),
        "milestones": _choices({name: translate(words) for name, words in MILESTONES.items()}),
        "escalations": _choices(
            {name: translate(ESCALATIONS.get(name, name)) for name in escalation_names(draft.files_as_drawn)}
        ),
        "statuses": _choices({code: translate(words) for code, (words, _) in STATUSES.items()}),
        "services": _choices({topic: translate(SERVICES.get(topic, topic)) for topic in HANDLERS}),
        "guards": _choices({name: translate(CONDITIONS.get(name, name)) for name in GUARDS}),
        "processes": _choices(_processes(session, draft.scope)),
        "decisions": _choices(_decisions(draft)),
    }


def _choices(choices: dict[str, str]) -> list[Choice]:
    return [{"value": value, "label": label} for value, label in choices.items()]


def _processes(session: Session, scope: str) -> dict[str, str]:
    """The processes that can be called in a scope."""
    in_force = processes.c.current & processes.c.scope.in_(scopes_above(session, scope))
    rows = session.execute(select(processes.c.process, processes.c.name).where(in_force)).all()
    return {row.process: process_words(row.process, row.name) for row in rows}


def scope_name(session: Session, scope: str) -> str:
    """The area for which a version is meant, as pages call it."""
    return full_name(session, scope) if scope else _("The installation")


def number_of(session: Session, version: Version) -> int:
    """The number by which people call a version."""
    number: int = session.execute(
        select(definitions.c.number).where(definitions.c.id == version.id)
    ).scalar_one()
    return number


def versions_in_force(session: Session) -> Callable[[str, str], int | None]:
    """Which version of a process is in force in an area, for many questions: read once."""
    current: dict[str, dict[str, int]] = defaultdict(dict)
    columns = processes.c.process, processes.c.scope, processes.c.definition_id
    for process, scope, number in session.execute(select(*columns).where(processes.c.current)):
        current[process][scope] = number

    def in_force(process: str, area: str) -> int | None:
        known = current[process]
        return next((known[scope] for scope in scopes_above(session, area) if scope in known), None)

    return in_force


def units_in_force(session: Session, owner: Owner) -> list[dict[str, Any]]:
    """The versions on which new work starts in somebody's areas, with their processes and how many run in them.

    ``holds_in`` are those of their areas whose new work starts on it; ``places`` those for which they may change it;
    ``own`` whether it is an area's that they own, so that they may let it follow the version above again.
    """
    columns = (
        *(processes.c[name] for name in ("definition_id", "process", "name", "scope")),
        definitions.c.number,
    )
    rows = session.execute(
        select(*columns)
        .join(definitions, definitions.c.id == processes.c.definition_id)
        .where(processes.c.current)
        .order_by(definitions.c.id.desc(), processes.c.process)
    ).all()
    result: dict[int, dict[str, Any]] = {}
    in_force, running = versions_in_force(session), _running(session, owner, {row.scope for row in rows})
    for row in rows:
        if not owner.goes_by(row.scope):
            continue
        if row.definition_id not in result:
            result[row.definition_id] = {
                "id": row.definition_id,
                "number": row.number,
                "scope": scope_name(session, row.scope) if row.scope else "",
                "places": [(place, scope_name(session, place)) for place in owner.places_in(row.scope)],
                "own": bool(row.scope) and owner.owns(row.scope),
                "holds_in": [],
                "processes": [],
            }
        unit = result[row.definition_id]
        unit["processes"].append(
            {
                "name": process_words(row.process, row.name),
                "process": row.process,
                "running": running[row.process, row.scope],
            }
        )
        for area in owner.places_in(row.scope):
            name = scope_name(session, area)
            if name not in unit["holds_in"] and in_force(row.process, area) == row.definition_id:
                unit["holds_in"].append(name)
    return list(result.values())


def _running(session: Session, owner: Owner, scopes: Iterable[str]) -> Counter[tuple[str, str]]:
    """How much runs in somebody's areas, by process and the scope of the version on which it runs."""
    counter: Counter[tuple[str, str]] = Counter()
    for scope in scopes:
        for row in running_on(session, scope, owner.places_in(scope)):
            counter[row.process, scope] += row.number
    return counter


def _decisions(draft: Draft) -> dict[str, str]:
    decisions: dict[str, str] = {}
    for name, data in draft.files_as_drawn.items():
        if name.endswith(".dmn"):
            try:
                decisions |= {code: _title(data, code) for code in parse_decisions(data) if code.isascii()}
            except (DomainError, ExpressionError, ValueError):
                continue
    return decisions


def title_of(file: str, data: bytes) -> str:
    """What a file draws, by the name that stands in it; a test by its own name."""
    if file.endswith(TEST_SUFFIX):
        try:
            return read_test(file, data).name
        except DomainError:
            return file
    named = re.search(r'<(?:\w+:)?(?:process|decision) [^>]*?name="([^"]+)"', data.decode())
    return html.unescape(named.group(1)) if named else file


def _title(data: bytes, code: str) -> str:
    named = re.search(rf'<[\w:]*decision [^>]*id="{re.escape(code)}"[^>]*name="([^"]*)"', data.decode())
    return f"{named.group(1)} ({code})" if named and named.group(1) else code
