"""The result of a household through pages: proposed, decided, corrected, by those who may."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from engine.clock import PushedClock
from engine.database import Database
from rectification.matters.result import HouseholdResult
from tests.rectification.campaign import SmallCampaign, local
from tests.rectification.test_results import Walk
from tests.web.test_consultations import street_of


@pytest.fixture
def small(database: Database, clock: PushedClock, tmp_path: Path) -> SmallCampaign:
    """A furnished campaign in which nothing has begun yet."""
    small_campaign = SmallCampaign(database, clock, tmp_path)
    small_campaign.furnish()
    return small_campaign


def test_a_household_shows_what_is_proposed_and_why_before_anybody_decided(small: SmallCampaign) -> None:
    walk = Walk(small, "exited_supported", "dynamic", "look_back")
    walk.dynamic("K1S6", estimated=True)
    walk.look_back(measures_enjoyed=[{"year": "2017", "measure": "产业扶贫", "person": "", "amount": "3000"}])
    small.push(local(25))
    helper = street_of(small).person(small.people["helper"])
    household = helper.get("/households/1").text
    for words in (
        "建议：脱贫回退",
        "两不愁三保障没有解决：住房安全。",
        "住房安全：整改中",
        "产业扶贫",
        "评议审核中",
    ):
        assert words in household
    assert "人均纯收入 10,000.00 元（含估算），过线（3,700 元）" in household
    result = helper.get(f"/results/{walk.result.id}").text
    assert "更正" not in result, "nothing is decided yet, and it is not the helper's"
    assert "100%" not in helper.get("/works").text
    assert "1 / 1" in helper.get("/works").text, "its questions are answered"


def test_an_office_corrects_keeps_and_reopens_a_result(small: SmallCampaign) -> None:
    walk = Walk(small, "exit_planned", "dynamic")
    walk.dynamic()
    walk.decide("exit")
    with small.database.writing() as session:
        session.scalars(select(HouseholdResult)).one().look_again = "住房安全：整改中"
    street, path = street_of(small), f"/results/{walk.result.id}"
    county, town = (street.person(small.people[name]) for name in ("county", "town"))
    assert "需复议" in county.get("/results?state=again").text
    assert "住房安全：整改中" in county.get(path).text
    kept = county.post(f"{path}/keeping", {"reason": " "})
    assert (kept.status_code, "请写明理由" in kept.text) == (422, True)
    assert county.post(f"{path}/keeping", {"reason": "次日已修好"}).status_code == 303
    assert "还没有农户结果" in county.get("/results?state=again").text
    wrong = county.post(f"{path}/correction", {"outcome": "exit", "reason": "算错了"})
    assert wrong.status_code == 422
    for words in ("与现在的结果相同", "请上传更正依据", "算错了"):
        assert words in wrong.text
    paper = small.paper(walk.key)
    right = {"outcome": "no_exit", "reason": "收入重复计算", "papers": str(paper)}
    assert town.post(f"{path}/correction", right).status_code == 403
    assert county.post(f"{path}/correction", right).status_code == 303
    page = county.get(path).text
    for words in ("更正 · 暂不脱贫", "收入重复计算", "认定 · 可脱贫", "维持 · 可脱贫", f"/evidence/{paper}"):
        assert words in page
    assert county.post(f"{path}/reopening", {"reason": "群众反映"}).status_code == 303
    assert small.waiting(walk.key) == ["village_review"]
    assert "未认定" in county.get("/results").text or "尚无结果" in county.get("/results").text
