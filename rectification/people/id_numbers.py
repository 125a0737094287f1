"""Identity numbers of the mainland: eighteen characters, the last a check digit (GB 11643-1999)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from stdnum.cn import ric

from engine.text import LocalizedText

_SCIENTIFIC: Final = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+")
_OLD: Final = re.compile(r"[0-9]{15}")
_NEW: Final = re.compile(r"[0-9]{17}[0-9X]([1-7][1-4](B[0-9])?)?")
_ROUNDED: Final = LocalizedText(
    "被电子表格改成了科学计数，请把该列设为“文本”后重填。",
    "was turned into scientific notation by the spreadsheet; make the column text and type it again.",
)


def identity_problem(number: str) -> LocalizedText | None:
    """What is wrong with an identity number; None when nothing is.

    The area at the front is not looked up, as ``ric.validate`` does: areas are renamed and merged, cards stay.
    A certificate of disability is an identity number with two to four more characters behind it. The
    fifteen digits from before 1999 have no check digit: only their date is looked at.
    """
    if _SCIENTIFIC.fullmatch(number):
        return _ROUNDED
    if _OLD.fullmatch(number):
        return _wrong_date(f"19{number[6:12]}")
    if not _NEW.fullmatch(number):
        return LocalizedText(
            f"应为 18 位证件号码，现在是 {len(number)} 位。",
            f"should be an identity number of 18 characters, not {len(number)}.",
        )
    if check_digit(number) != number[17]:
        return LocalizedText(
            "校验位不对，请核对证件。", "has a wrong check digit; please compare it with the card."
        )
    return _wrong_date(number[6:14])


def check_digit(number: str) -> str:
    """The character that must follow the first seventeen digits."""
    return ric.calc_check_digit(f"{number[:17]}?")


def _wrong_date(digits: str) -> LocalizedText | None:
    try:
        dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return LocalizedText("里的出生日期不存在。", "has a date of birth that does not exist.")
    return None
