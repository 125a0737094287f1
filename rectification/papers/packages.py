"""Packages: a Word file that somebody uploads is looked through before Word's or our own code opens it.

It may carry text, styles and pictures. What runs (macros, controls, embedded objects) or reaches out (a
template, picture or page elsewhere) is refused, and so is what is larger than a paper can be.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

from engine.xml import UnreadableXml, parse_xml
from rectification.papers.marks import BrokenTemplate

LARGEST: Final = 5 * 1024 * 1024
MOST_UNPACKED: Final = 30 * 1024 * 1024
MOST_PARTS: Final = 300
_DOCUMENT: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_RUNS: Final = re.compile(
    r"macroenabled|vbaproject|vbadata|activex|oleobject|/control|/package$|afchunk", re.I
)
_REACHES_OUT: Final = re.compile(r"\b(INCLUDEPICTURE|INCLUDETEXT|DDEAUTO|DDE|LINK|IMPORT)\b", re.I)
_TEXT_PART: Final = re.compile(r"word/(document|(header|footer)\d*|footnotes|endnotes|comments)\.xml")
_FILLED_PART: Final = re.compile(r"word/(document|(header|footer)\d*|footnotes)\.xml")
_OPENING: Final = re.compile(r"\{[{%]")
_FULL_WIDTH: Final = re.compile(r"｛\s*[｛{%％]|\{\s*[｛％]|[｝}%％]\s*｝|[｝％]\s*\}")
_WORD: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def check_package(data: bytes) -> None:
    """Look through an uploaded file.

    Raises:
        BrokenTemplate: with a sentence that says what to change.
    """
    if len(data) > LARGEST:
        most = LARGEST // 1048576
        raise BrokenTemplate(f"文件超过 {most} MB。", f"The file is larger than {most} MB.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = _parts(package)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise _no_docx() from None
    if "[Content_Types].xml" not in parts or "word/document.xml" not in parts:
        raise _no_docx()
    try:
        _look_through(parts)
    except UnreadableXml as fault:
        raise BrokenTemplate(
            f"文件内容无法读取：{fault.words.zh}", f"A part cannot be read: {fault.words.en}"
        ) from None


def check_marks(data: bytes) -> None:
    """See that marks stand where they are filled, and in the braces that are read: body, headers, footers, notes.

    Raises:
        BrokenTemplate: with a sentence that says what to change.
    """
    has_field = False
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if not _TEXT_PART.fullmatch(name):
                continue
            for paragraph in parse_xml(package.read(name)).iter(f"{_WORD}p"):
                text = "".join(node.text or "" for node in paragraph.iter(f"{_WORD}t"))
                _refuse_full_width(text)
                if _OPENING.search(text) and not _FILLED_PART.fullmatch(name):
                    raise BrokenTemplate(
                        "尾注和批注里的标记不会被填写，请移到正文、页眉、页脚或脚注。",
                        "Marks in endnotes and comments are not filled; move them to the text, a header, a footer or a footnote.",
                    )
                has_field = has_field or "{{" in text
    if not has_field:
        raise BrokenTemplate(
            "模板里没有任何字段，请至少写一个，如“{{ 今天 }}”。",
            "The template names no field; write at least one, for instance “{{ 今天 }}”.",
        )


def _refuse_full_width(text: str) -> None:
    match = _FULL_WIDTH.search(text)
    if match:
        near = text[max(match.start() - 8, 0) : match.end() + 8]
        raise BrokenTemplate(
            f"在“{near}”处，标记用了全角花括号或百分号，请改成半角“{{{{ }}}}”“{{% %}}”。",
            f"At “{near}”: a mark has full-width braces or percent signs; write “{{{{ }}}}” and “{{% %}}”.",
        )


def _no_docx() -> BrokenTemplate:
    return BrokenTemplate(
        "这不是 Word 文档（.docx），请在 Word 或 WPS 里另存为 .docx 后再上传。",
        "This is no Word document (.docx); please save it as .docx and upload that.",
    )


def _parts(package: zipfile.ZipFile) -> dict[str, bytes]:
    """Every part unpacked. Sizes are those declared: no part is read beyond its own."""
    entries = package.infolist()
    if len(entries) > MOST_PARTS or sum(member.file_size for member in entries) > MOST_UNPACKED:
        raise BrokenTemplate(
            "文件解压后过大，不像一份文书。", "The file unpacks to far more than a paper can be."
        )
    names = [member.filename for member in entries]
    if len(set(names)) != len(names):
        raise _no_docx()
    return {member.filename: package.read(member) for member in entries if not member.is_dir()}


def _look_through(parts: dict[str, bytes]) -> None:
    types = parse_xml(parts["[Content_Types].xml"])
    declared = [(type_.get("PartName", ""), type_.get("ContentType", "")) for type_ in types]
    if any(_RUNS.search(kind) for _, kind in declared) or any(_RUNS.search(name) for name in parts):
        raise BrokenTemplate(
            "文件里有宏、控件或嵌入对象，请去掉后另存为 .docx。",
            "The file has macros, controls or embedded objects; remove them and save it as .docx.",
        )
    if ("/word/document.xml", _DOCUMENT) not in declared:
        raise _no_docx()
    for name, data in parts.items():
        if name.endswith(".rels"):
            _relationships(data)
        elif name.startswith("word/") and name.endswith(".xml"):
            _instructions(name, data)


def _relationships(data: bytes) -> None:
    for node in parse_xml(data):
        kind, target = node.get("Type", ""), node.get("Target", "")
        if _RUNS.search(kind):
            raise BrokenTemplate(
                "文件里有控件或嵌入对象，请去掉后再上传。",
                "The file has embedded objects; please remove them.",
            )
        outside = node.get("TargetMode") == "External" or "://" in target
        if outside and kind.endswith("/attachedTemplate"):
            raise BrokenTemplate(
                f"文件套用了外部模板（{target[:80]}），请在“开发工具—文档模板”里改为 Normal 后再上传。",
                f"The file is attached to a template elsewhere ({target[:80]}); attach it to Normal instead.",
            )
        if outside and not (kind.endswith("/hyperlink") and re.match(r"(https?://|mailto:)", target)):
            raise BrokenTemplate(
                f"文件引用了外部内容（{target[:80]}），请改为直接插入。",
                f"The file refers to something elsewhere ({target[:80]}); insert it into the file instead.",
            )


def _instructions(name: str, data: bytes) -> None:
    """Word's own field codes, which can fetch and run; they may be cut into pieces."""
    root = parse_xml(data)
    if not name.startswith(
        ("word/document", "word/header", "word/footer", "word/footnotes", "word/endnotes")
    ):
        return
    code = "".join(node.text or "" for node in root.iter(f"{_WORD}instrText"))
    code += " ".join(node.get(f"{_WORD}instr", "") for node in root.iter(f"{_WORD}fldSimple"))
    match = _REACHES_OUT.search(code)
    if match:
        raise BrokenTemplate(
            f"文件里的域代码“{match.group()}”会读取外部内容，请删除。",
            f"The field code “{match.group()}” in the file reads from elsewhere; please remove it.",
        )
