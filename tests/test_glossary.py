"""The glossary and the code say the same: every status, every role, and every name that it gives exists."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import huitoukan
from engine.text import LocalizedText
from rectification.people.roles import ROLES
from web.labels import STATUSES

GLOSSARY = (Path(huitoukan.__file__).parent.parent / "docs" / "glossary.md").read_text()
NAMES = re.findall(r"\| `((?:engine|rectification|notifications)\.[\w.]+)` \|", GLOSSARY)


def codes_under(heading: str) -> dict[str, LocalizedText]:
    """The rows of one table of codes."""
    table = GLOSSARY.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| `([^`]+)` \|$", table, re.M)
    return {code: LocalizedText(zh, en) for zh, en, code in rows}


def test_statuses_and_roles_stand_in_the_glossary() -> None:
    assert codes_under("Statuses") == {code: words for code, (words, _colour) in STATUSES.items()}
    assert codes_under("Roles") == ROLES


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_glossary_exists(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    assert hasattr(import_module(module), attribute)
