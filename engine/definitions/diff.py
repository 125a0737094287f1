"""What changed between two versions, in sentences: steps, who, by when, forms, conditions, tables.

Drawn positions are no part of it: what does the same is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from engine.checks.model import B, local
from engine.definitions.versions import Version
from engine.diagrams.elements import Element
from engine.diagrams.events import EventElement
from engine.diagrams.particulars import Particulars
from engine.expressions import Expression
from engine.forms.fields import Field
from engine.text import LocalizedText
from engine.xml import parse_xml

Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One sentence about one element of one file."""

    file: str
    process: str
    element: str
    change: Change
    words: LocalizedText


Say = Callable[[str], LocalizedText]
"""How an expression is told to people; whoever knows the installation gives it."""


def _as_written(text: str) -> LocalizedText:
    return LocalizedText(text, text)


def differences(old: Version, new: Version, say: Say = _as_written) -> list[Difference]:
    """Everything that does otherwise in the new version, file by file."""
    differences = list(_of_files(old, new))
    for process, file in new.file_of.items():
        if process in old.file_of and old.files[old.file_of[process]] != new.files[file]:
            differences += _of_process(old, new, process, file, say)
    return differences


def _of_files(old: Version, new: Version) -> Iterator[Difference]:
    for name in sorted({*old.files, *new.files}):
        if name not in old.files:
            yield Difference(
                name, "", "", "added", LocalizedText(f"新增文件“{name}”。", f"New file “{name}”.")
            )
        elif name not in new.files:
            yield Difference(
                name, "", "", "removed", LocalizedText(f"移除文件“{name}”。", f"File “{name}” is gone.")
            )
        elif name.endswith(".dmn") and old.files[name] != new.files[name]:
            yield from _of_tables(name, old.files[name], new.files[name])
        elif name.endswith(".json") and old.files[name] != new.files[name]:
            words = LocalizedText(f"测试“{name}”有改动。", f"The test “{name}” is changed.")
            yield Difference(name, "", "", "changed", words)


def _of_process(old: Version, new: Version, process: str, file: str, say: Say) -> Iterator[Difference]:
    before = {number: part for (name, number), part in old.elements.items() if name == process}
    after = {number: part for (name, number), part in new.elements.items() if name == process}

    def said(element: str, change: Change, zh: str, en: str) -> Difference:
        return Difference(file, process, element, change, LocalizedText(zh, en))

    for number in [name for name in after if name not in before]:
        label = _label(after[number])
        yield said(number, "added", f"新增“{label}”。", f"New: “{label}”.")
    for number in [name for name in before if name not in after]:
        label = _label(before[number])
        yield said(number, "removed", f"删去“{label}”。", f"Gone: “{label}”.")
    for number, part in after.items():
        if number in before:
            for zh, en in _of_element(before[number], part, say):
                label = _label(part)
                yield said(number, "changed", f"“{label}”：{zh}", f"“{label}”: {en}")
    yield from _of_flows(old, new, process, file)


def _label(element: Element) -> str:
    return str(element.bpmn_name or element.bpmn_id)


def _of_element(was: Element, now: Element, say: Say) -> Iterator[tuple[str, str]]:
    if type(was) is not type(now):
        yield "改成了另一种元素。", "is another kind of element now."
    if (was.bpmn_name or "") != (now.bpmn_name or ""):
        yield f"原名“{was.bpmn_name or ''}”。", f"was called “{was.bpmn_name or ''}”."
    a, b = was.particulars, now.particulars
    yield from _from_to("办理人", "done by", _owner(a), _owner(b), say)
    yield from _from_to("期限", "deadline", _text(a.due_date), _text(b.due_date), say)
    names: dict[str, tuple[str, str]] = {
        "status": ("状态", "status"),
        "escalation": ("督办安排", "escalation"),
        "guard": ("提交前核对", "checked before it is sent"),
        "separate_from": ("不得与此步骤同一人", "must differ from whoever did"),
        "name_en": ("英文名称", "English name"),
        "documentation_en": ("英文说明", "English explanation"),
    }
    for name in [*names, *sorted(({*a.properties, *b.properties}) - {*names})]:
        zh, en = names.get(name, (name, name))
        yield from _from_to(zh, en, a.properties.get(name, ""), b.properties.get(name, ""))
    yield from _from_to("说明", "explanation", a.documentation, b.documentation)
    yield from _from_to("自动办理", "service", a.topic or "", b.topic or "")
    yield from _from_to("决策表", "table", a.decision or "", b.decision or "")
    if isinstance(was, EventElement) and isinstance(now, EventElement):
        yield from _from_to("时间", "time", _text(was.event.value), _text(now.event.value), say)
        yield from _from_to("事件", "event", was.event.name, now.event.name)
    yield from _of_fields(a.form.fields, b.form.fields)


def _owner(task: Particulars) -> str:
    owners = (task.assignee, task.candidate_users, task.candidate_groups)
    return " ".join(owner.text for owner in owners if owner is not None)


def _text(value: Expression | None) -> str:
    return "" if value is None else value.text


def _from_to(zh: str, en: str, was: str, now: str, say: Say = _as_written) -> Iterator[tuple[str, str]]:
    if was == now:
        return
    a, b = say(was), say(now)
    if not was:
        yield f"{zh}设为“{b.zh}”。", f"{en} is now “{b.en}”."
    elif not now:
        yield f"不再有{zh}（原为“{a.zh}”）。", f"{en} is taken out (was “{a.en}”)."
    else:
        yield f"{zh}由“{a.zh}”改为“{b.zh}”。", f"{en} goes from “{a.en}” to “{b.en}”."


def _of_fields(was: tuple[Field, ...], now: tuple[Field, ...]) -> Iterator[tuple[str, str]]:
    before, after = {field.id: field for field in was}, {field.id: field for field in now}
    for name, element in after.items():
        if name not in before:
            yield f"新增字段“{element.label.zh}”。", f"new field “{element.label.en}”."
        else:
            what = [part for part in _parts(element) if _parts(before[name])[part] != _parts(element)[part]]
            if what:
                zh, en = (
                    "、".join(_PARTS[part][0] for part in what),
                    ", ".join(_PARTS[part][1] for part in what),
                )
                yield f"字段“{element.label.zh}”的{zh}有改动。", f"field “{element.label.en}”: {en} changed."
    for name, element in before.items():
        if name not in after:
            yield f"删去字段“{element.label.zh}”。", f"field “{element.label.en}” is gone."
    kept = [name for name in after if name in before]
    if kept != [name for name in before if name in after]:
        yield "字段的顺序有改动。", "the fields stand in another order."


_PARTS = {
    "label": ("名称", "label"),
    "type": ("类型", "type"),
    "required": ("必填", "required"),
    "limits": ("限制", "limits"),
    "options": ("选项", "choices"),
    "default": ("默认值", "default"),
    "shown": ("显示条件", "shown-if"),
    "help": ("填写说明", "help"),
}


def _parts(field: Field) -> dict[str, object]:
    return {
        "label": field.label,
        "type": field.type,
        "required": (field.required, _text(field.required_if), field.readonly),
        "limits": (
            field.minimum, field.maximum, field.min_length, field.max_length, field.pattern, field.whole,
            _text(field.minimum_from), _text(field.maximum_from),
        ),
        "options": (field.options, _text(field.options_from)),
        "default": (field.default, _text(field.default_from)),
        "shown": _text(field.shown_if),
        "help": field.help,
    }  # fmt: skip


def _of_flows(old: Version, new: Version, process: str, file: str) -> Iterator[Difference]:
    before, after = _flows(old, process), _flows(new, process)
    for ends, (number, source, target, condition) in after.items():
        if ends not in before:
            zh, en = f"“{source}”之后可以到“{target}”", f"“{source}” may lead to “{target}”"
            if condition:
                zh, en = f"{zh}，条件：{condition}", f"{en}, if {condition}"
            yield Difference(file, process, number, "added", LocalizedText(zh + "。", en + "."))
        else:
            for zh, en in _from_to("条件", "condition", before[ends][3], condition):
                words = LocalizedText(f"“{source}”到“{target}”：{zh}", f"“{source}” to “{target}”: {en}")
                yield Difference(file, process, number, "changed", words)
    for ends, (number, source, target, _) in before.items():
        if ends not in after:
            words = LocalizedText(
                f"“{source}”不再通往“{target}”。", f"“{source}” no longer leads to “{target}”."
            )
            yield Difference(file, process, number, "removed", words)


def _flows(version: Version, process: str) -> dict[tuple[str, str], tuple[str, str, str, str]]:
    """(source, target) to the flow's id, what both ends are called, and its condition."""
    root = parse_xml(version.files[version.file_of[process]])
    drawn = next(element for element in root.iterfind(B + "process") if element.get("id") == process)
    names = {
        element.get("id", ""): element.get("name") or element.get("id") or "" for element in drawn.iter()
    }
    result = {}
    for flow in drawn.iter(B + "sequenceFlow"):
        source, target = flow.get("sourceRef", ""), flow.get("targetRef", "")
        condition = (flow.findtext(B + "conditionExpression") or "").strip()
        result[source, target] = (
            flow.get("id", ""),
            names.get(source, source),
            names.get(target, target),
            condition,
        )
    return result


def _of_tables(name: str, was: bytes, now: bytes) -> Iterator[Difference]:
    before, after = _tables(was), _tables(now)
    for key, (title, rules) in after.items():
        old = before.get(key, ("", []))[1]
        for rule in rules:
            if rule not in old:
                words = LocalizedText(
                    f"决策表“{title}”新增一行：{rule}", f"Table “{title}” has a new rule: {rule}"
                )
                yield Difference(name, "", key, "changed" if key in before else "added", words)
        for rule in old:
            if rule not in rules:
                words = LocalizedText(
                    f"决策表“{title}”删去一行：{rule}", f"Table “{title}” lost a rule: {rule}"
                )
                yield Difference(name, "", key, "changed", words)
    for key, (title, _) in before.items():
        if key not in after:
            words = LocalizedText(f"删去决策表“{title}”。", f"Table “{title}” is gone.")
            yield Difference(name, "", key, "removed", words)


def _tables(data: bytes) -> Mapping[str, tuple[str, list[str]]]:
    result = {}
    for decision in parse_xml(data).iter("{*}decision"):
        rules = [" | ".join(_cells(rule)) for rule in decision.iter("{*}rule")]
        texts = [(text.text or "").strip() for text in decision.iterfind("{*}literalExpression/{*}text")]
        number = decision.get("id", "")
        result[number] = (decision.get("name") or number, rules or texts)
    return result


def _cells(rule: etree._Element) -> list[str]:
    return [
        (cell.findtext("{*}text") or "-").strip() or "-"
        for cell in rule
        if isinstance(cell.tag, str) and local(cell) in ("inputEntry", "outputEntry")
    ]
