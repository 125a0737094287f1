"""How large a file may be: one number for each kind, enforced on its way in and said wherever one is chosen."""

from __future__ import annotations

from typing import Final

from engine import xml
from rectification.evidence import files
from rectification.imports import workbooks
from rectification.papers import packages

MB: Final = 1024 * 1024
AROUND: Final = MB
"""Bytes that a form may say beside its file."""
LARGER: Final = {"/imports": workbooks.LARGEST}
"""The paths that take more than photos and papers do: whole spreadsheets."""
MOST_MB: Final = {
    "file": files.LARGEST // MB,
    "spreadsheet": workbooks.LARGEST // MB,
    "template": packages.LARGEST // MB,
    "diagram": xml.MOST_BYTES // 1_000_000,
}
"""What pages say."""
