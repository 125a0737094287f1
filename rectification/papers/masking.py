"""Masking: what hangs on a village's board names nobody in full and tells neither number nor illness.

Free text is not trusted to be harmless: a clause with a number that identifies somebody, or that speaks of
health or of an account, is left out whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

LEFT_OUT: Final = "（略）"
_COMPOUND: Final = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "夏侯",
    "司徒",
)
_NUMBERS: Final = (
    r"\d(?:[ -]?\d){13,}"  # identity, bank card
    r"|1[3-9]\d[ -]?\d{4}[ -]?\d{4}"  # mobile
    r"|0\d{2,3}\)?[ -]?\d{7,8}"  # telephone
    r"|\d{7,}"
)
_PRIVATE: Final = re.compile(
    r"病|症|癌|瘤|残疾|残障|残废|伤残|智障|痴呆|精神|抑郁|自闭|瘫|透析|化疗|放疗|手术|住院|怀孕|流产|艾滋|梅毒"
    r"|肝炎|结核|感染|骨折|失明|聋|哑|截肢|HIV|AIDS|康复|医治|确诊|检查结果|银行卡|卡号|账号|帐号|账户|存折"
    r"|身份证|证件|电话|手机|微信|联系方式|" + _NUMBERS,
    re.I,
)  # fmt: skip
_CLAUSES: Final = re.compile(r"[^，。；！？、,;!?\n]*[，。；！？、,;!?\n]?")
_PLAIN: Final = {0xFF01 + place: 0x21 + place for place in range(94) if chr(0x21 + place).isalnum()} | {
    ord("－"): "-",
    ord("—"): "-",
    ord("\u3000"): " ",
}
"""Full-width digits and letters as others write them."""


def masked_name(name: str) -> str:
    """王秀兰 becomes 王**, 欧阳明 becomes 欧阳*."""
    family = next(
        (surname for surname in _COMPOUND if name.startswith(surname) and len(name) > len(surname)), name[:1]
    )
    return family + "*" * max(len(name) - len(family), 1) if name else ""


def public_words(text: str, names: Iterable[str] = ()) -> str:
    """A text as it may hang on the board: without what is private, ``names`` masked."""
    kept = [
        LEFT_OUT if _PRIVATE.search(match.translate(_PLAIN)) else match for match in _CLAUSES.findall(text)
    ]
    shortened = re.sub(f"(?:{LEFT_OUT})+", LEFT_OUT, "".join(kept))
    for name in sorted({name for name in names if len(name) > 1}, key=len, reverse=True):
        shortened = shortened.replace(name, masked_name(name))
    return shortened.strip()
