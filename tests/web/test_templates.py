"""Templates: each feature holds its own, and refers to its own and to what all share alone."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

from jinja2 import Environment
from jinja2.nodes import Call, FromImport, Macro, Name

import web
from web.rendering import TEMPLATE_FOLDERS

WEB: Final = Path(web.__file__).parent
NAME: Final = re.compile(r'"([\w/]+\.html)"')
WIDEST: Final = 160
"""Characters of a line."""


def templates() -> dict[Path, str]:
    """Every template with the name that others call it."""
    return {
        path: path.relative_to(folder).as_posix()
        for folder in TEMPLATE_FOLDERS
        for path in folder.rglob("*.html")
    }


def feature_of(path: Path) -> str:
    """The package of ``web`` that a file belongs to; nothing for what all share."""
    first, *inside = path.relative_to(WEB).parts
    return first if inside and first != "templates" else ""


def test_no_name_stands_twice() -> None:
    names = Counter(templates().values())
    assert len(names) > 100
    assert [name for name, count in names.items() if count > 1] == []


def test_a_template_is_referred_to_by_its_own_feature_or_is_shared() -> None:
    owners = {name: feature_of(path) for path, name in templates().items()}
    referring = [*templates(), *WEB.rglob("*.py")]
    references = {
        (feature_of(path), name) for path in referring for name in NAME.findall(path.read_text("utf-8"))
    }
    assert {name for _feature, name in references} == set(owners), "missing, or no page shows it"
    assert {(by, name) for by, name in references if owners[name] not in ("", by)} == set()


def test_a_template_imports_the_macros_that_it_calls() -> None:
    """An included part that borrows a macro from its page fails on the first page that does not have it."""
    environment = Environment(extensions=["jinja2.ext.i18n"])
    macros = {
        name
        for path in (WEB / "templates" / "macros").glob("*.html")
        for name in re.findall(r"{%-? macro (\w+)", path.read_text("utf-8"))
    }
    borrowed = {}
    for path, name in templates().items():
        tree = environment.parse(path.read_text("utf-8"))
        called = {call.node.name for call in tree.find_all(Call) if isinstance(call.node, Name)}
        imports = (names for entry in tree.find_all(FromImport) for names in entry.names)
        imported = {entry if isinstance(entry, str) else entry[1] for entry in imports}
        own = {macro.name for macro in tree.find_all(Macro)}
        borrowed[name] = (called & macros) - imported - own
    assert {name: missing for name, missing in borrowed.items() if missing} == {}


def test_lines_can_be_read() -> None:
    long = [
        f"{path.relative_to(WEB)}:{number}"
        for path in templates()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > WIDEST
    ]
    assert long == []
