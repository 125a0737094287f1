"""Everything that is wrong with a diagram or a decision table, said before it is published."""

from __future__ import annotations

from collections.abc import Mapping

from engine.checks.finding import Finding
from engine.errors import BadModel
from engine.xml import UnreadableXml, parse_xml

__all__ = ["Finding", "check"]


def check(data: bytes, *, file: str, companions: Mapping[str, bytes]) -> list[Finding]:
    """All findings about one file, read together with the files that it is published with."""
    try:
        parse_xml(data)
    except (UnreadableXml, BadModel) as fault:
        return [Finding("error", "readable", "", file, fault.words)]
    return []
