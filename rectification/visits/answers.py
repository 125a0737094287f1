"""The answers of a checklist: every question answered, what failed with its reason and its photo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.host import Step
from engine.json import as_list, as_object
from engine.text import LocalizedText, plural
from rectification.campaigns.catalogue import CheckItem
from rectification.evidence.model import unknown_evidence

ANSWERS = ("yes", "no", "na")


def wrong_answers(
    step: Step, items: Sequence[CheckItem], answers: Mapping[str, object]
) -> LocalizedText | None:
    """The first sentence that helps: what is unanswered, then what lacks a reason or a photo."""
    given = {item.code: as_object(answers.get(item.code)) for item in items}
    unanswered = [item for item in items if given[item.code].get("answer") not in ANSWERS]
    if unanswered:
        return _naming(unanswered, "还有 {n} 项没有回答：{zh}。", "{items} not answered yet: {en}.")
    failed = [item for item in items if item.fails(given[item.code])]
    bare = [item for item in failed if not str(given[item.code].get("reason") or "").strip()]
    if bare:
        return _naming(bare, "有问题的项目要写明原因：{zh}。", "Say what is wrong: {en}.")
    dark = [item for item in failed if item.photo_on_failure and not given[item.code].get("photos")]
    if dark:
        return _naming(dark, "这些项目有问题，要拍照：{zh}。", "These failed items need a photo: {en}.")
    photos = [number for item in failed for number in as_list(given[item.code].get("photos"))]
    if unknown_evidence(step.session, photos, step.key):
        return LocalizedText(
            "有照片没有上传成功，请重新上传。", "A photo was not received; please send it again."
        )
    return None


def _naming(items: list[CheckItem], zh: str, en: str) -> LocalizedText:
    few = items[:3]
    more = len(items) > len(few)
    return LocalizedText(
        zh.format(n=len(items), zh="、".join(item.name_zh for item in few) + ("等" if more else "")),
        en.format(
            items=plural(len(items), "item is", "items are"),
            en=", ".join(item.name_en for item in few) + (" …" if more else ""),
        ),
    )
