"""Cells: how the text of a cell becomes a value, or a sentence that says what is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from engine.text import LocalizedText
from rectification.people.id_numbers import check_digit, identity_problem

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PADDED: Final = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]\d{1,2}:\d{2}.*)?")
_FIRST_SERIAL: Final = dt.date(1899, 12, 30)
_EIGHTEEN: Final = re.compile(r"[0-9]{17}[0-9X]")
_PHONE: Final = re.compile(r"[0-9+][0-9\-() /]{4,38}")
_YES: Final = ("是", "有", "对", "√", "y", "yes", "true", "1")
_NO: Final = ("否", "无", "没有", "未", "×", "n", "no", "false", "0")


class WrongCell(ValueError):
    """A cell that cannot be taken."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = LocalizedText(zh, en)


def short(most: int) -> Callable[[str], str]:
    """Text up to a length."""

    def read(text: str) -> str:
        if len(text) > most:
            raise WrongCell(
                f"有 {len(text)} 个字符，最多 {most} 个。", f"has {len(text)} characters, more than {most}."
            )
        if not text.isprintable() and _CONTROL.search(text):
            raise WrongCell("含有控制字符。", "has control characters.")
        return text

    return read


def name(text: str) -> str:
    """A person's name; the spaces that offices put into Chinese ones (王　河) are no part of it."""
    return short(200)(_PADDED.sub("", text))


def identity(text: str) -> str:
    """An identity number; a wrong check digit alone is doubted (:func:`doubted_identity`), not refused."""
    number = text.replace(" ", "").upper()
    words = identity_problem(number)
    if words is not None and not doubted_identity(number):
        raise WrongCell(words.zh, words.en)
    return number


def doubted_identity(number: str) -> bool:
    """Whether a number has the right shape and the wrong check digit."""
    return bool(_EIGHTEEN.match(number)) and check_digit(number) != number[17]


def born(number: str | None) -> dt.date | None:
    """The date of birth in an identity number."""
    if not number:
        return None
    digits = f"19{number[6:12]}" if len(number) == 15 else number[6:14]
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def phone(text: str) -> str:
    """A telephone number."""
    if not _PHONE.fullmatch(text):
        raise WrongCell(f"“{text}”不是电话号码。", f"“{text}” is no telephone number.")
    return text


def whole(least: int, most: int, *units: str) -> Callable[[str], int]:
    """A whole number between bounds; a unit may stand behind it."""

    def read(text: str) -> int:
        digits = text
        for unit in (*units, ".0"):
            digits = digits.removesuffix(unit).strip()
        if not digits.isascii() or not digits.isdigit() or not least <= int(digits[:9]) <= most:
            raise WrongCell(
                f"“{text}”应为 {least} 到 {most} 的整数。",
                f"“{text}” should be a whole number from {least} to {most}.",
            )
        return int(digits)

    return read


def money(text: str) -> str:
    """An amount in yuan, with at most two decimals; kept as text, so that nothing is rounded."""
    try:
        amount = Decimal(re.sub(r"[,，¥￥]|元$", "", text).strip())
        if not amount.is_finite() or abs(amount) >= Decimal(10) ** 12:
            raise InvalidOperation
    except InvalidOperation:
        raise WrongCell(f"“{text}”不是金额。", f"“{text}” is no amount.") from None
    return f"{amount.quantize(Decimal('0.01'))}"


def day(text: str) -> dt.date:
    """A date as people type it, or as the number that spreadsheets keep for it."""
    try:
        match = _DAY.fullmatch(text)
        if match:
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        if re.fullmatch(r"(19|20)\d{6}", text):
            return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
        if re.fullmatch(r"[2-7]\d{4}(\.\d+)?", text):
            return _FIRST_SERIAL + dt.timedelta(days=int(float(text)))
    except ValueError:
        raise WrongCell(f"“{text}”这个日期不存在。", f"“{text}” is a date that does not exist.") from None
    raise WrongCell(f"“{text}”不是日期，请写成 2019-06-10。", f"“{text}” is no date; write it as 2019-06-10.")


def year(text: str) -> int:
    """A year."""
    return whole(1980, 2100, "年", "年度")(text)


def yes_no(text: str) -> bool:
    """Yes or no."""
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise WrongCell(f"“{text}”应为“是”或“否”。", f"“{text}” should be yes or no.")


def choice(
    what: LocalizedText, options: Mapping[str, LocalizedText], also: Mapping[str, str] | None = None
) -> Callable[[str], str]:
    """One of some codes, by code or name in either language, or by another name that offices use."""
    known = {
        **{code.casefold(): code for code in options},
        **{name.casefold(): code for code, words in options.items() for name in (words.zh, words.en)},
        **(also or {}),
    }

    def read(text: str) -> str:
        code = known.get(text) or known.get(text.casefold())
        if code is None:
            zh = "、".join(option.zh for option in options.values())
            en = ", ".join(option.en for option in options.values())
            raise WrongCell(f"“{text}”不是{what.zh}，应为：{zh}。", f"“{text}” is none of: {en}.")
        return code

    return read
