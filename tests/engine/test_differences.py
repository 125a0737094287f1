"""Two versions side by side, in sentences."""

from __future__ import annotations

from engine.definitions.diff import differences
from engine.definitions.versions import Version
from huitoukan.application import shipped_files
from rectification.process.expression_phrases import expression_words


def versions(file: str, *changes: tuple[str, str]) -> tuple[Version, Version]:
    """The shipped version, and one in which texts of a file are replaced."""
    files = {name: data.decode() for name, data in shipped_files().items()}
    text = files[file]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return Version(1, files), Version(2, {**files, file: text})


def test_nothing_is_said_where_nothing_does_otherwise() -> None:
    assert differences(*versions("rectification.bpmn", ('<dc:Bounds x="', '<dc:Bounds x="1'))) == []


def test_who_by_when_forms_and_conditions_are_told_in_both_languages() -> None:
    old, new = versions(
        "rectification.bpmn",
        ('camunda:candidateGroups="${office}" camunda:dueDate="${workdays_after(now(), 1)}"',
         'camunda:candidateGroups="${post(\'county_office\', county)}" camunda:dueDate="${workdays_after(now(), 2)}"'),
        ('label="审核意见"', 'label="审核结论"'),
        ("review = 'void' or review = 'merge'", "review = 'void'"),
        ('name="补正问题描述"', 'name="补正描述"'),
    )  # fmt: skip
    told = differences(old, new, expression_words)
    zh, en = [entry.words.zh for entry in told], [entry.words.en for entry in told]
    assert "“审核问题”：办理人由“主管办公室”改为“区县扶贫局”。" in zh
    assert "“审核问题”：期限由“到达后 1 个工作日”改为“到达后 2 个工作日”。" in zh
    assert any("字段“审核结论”的名称有改动" in entry for entry in zh)
    assert any(
        "condition goes from “review = 'void' or review = 'merge'” to “review = 'void'”" in entry
        for entry in en
    )
    assert any("was called “补正问题描述”" in entry for entry in en)
    assert not [entry for entry in told if entry.change != "changed"]
    assert {entry.change for entry in told if entry.element == "review_line"} == {"changed"}


def test_rules_of_a_table_come_and_go() -> None:
    old, new = versions("due_dates.dmn", ("<text>", "<text>"))
    table = new.files["due_dates.dmn"].decode()
    first = table.index("<rule")
    shorter = table[:first] + table[table.index("</rule>") + len("</rule>") :]
    told = differences(
        old, Version(3, {**{n: d.decode() for n, d in old.files.items()}, "due_dates.dmn": shorter})
    )
    assert len(told) == 1
    assert "删去一行" in told[0].words.zh
