"""The workshop of two counties: whose a version is decides who sees, changes, publishes and rolls it back."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from engine.host import Values
from engine.schema import drafts, instances, processes
from notifications.delivery import DeliveryChannels
from notifications.wording import PARTS, NotificationText
from rectification.campaigns.criteria import Criterion
from rectification.households.model import Household
from rectification.papers.templates import PaperTemplate
from rectification.people.model import Person
from rectification.people.posts import Post
from rectification.people.scopes import scopes_of_people
from rectification.places.areas import Area
from tests.rectification.test_papers import document
from tests.web.application import COUNTY, LEAD, OWNER, SHANGHAI, STRANGER, start_visit
from tests.web.conftest import Browser, Street
from tests.web.test_notification_preferences import Postbox, address, deliver, tell

FAR_COUNTY, FAR_OWNER, CITY = 11, 12, 13
HERE, THERE, ABOVE = "341226", "341222", "341200"
VISIT = "household_visit"
DRAFTS = re.compile(r"/workshop/drafts/(\d+)/warnings")


@dataclass
class Counties:
    """A second county with its office and process owner, and the office of the city of both."""

    street: Street

    def __post_init__(self) -> None:
        with self.street.application.database.writing() as session:
            path = f"{ABOVE}/{THERE}/"
            for code, level, name in (
                (THERE, "county", "太和县"),
                (f"{THERE}100", "town", "城关镇"),
                (f"{THERE}100301", "village", "远村"),
            ):
                path = path if level == "county" else f"{path}{code}/"
                session.add(
                    Area(code=code, name=name, level=level, parent_code=path.split("/")[-3], path=path)
                )
                session.flush()
            posts = {
                FAR_COUNTY: ("county_office", THERE),
                FAR_OWNER: ("process_owner", THERE),
                CITY: ("city_office", ABOVE),
            }
            for number, (role, scope) in posts.items():
                session.add(Person(id=number, name=f"远{number}", login=f"far{number}", language="zh"))
                session.flush()
                session.add(
                    Post(person_id=number, role=role, scope=scope, area_code=scope, since=dt.date(2019, 1, 1))
                )
            session.add(
                Household(
                    id=9, campaign_id=1, number="F001", village=f"{THERE}100301", town=f"{THERE}100", county=THERE,
                    head="远户主", kind="registered", members_registered=3, status="to_visit",
                )
            )  # fmt: skip
        start_visit(self.street.application)

    def version_for(self, village: str, household: int) -> int:
        """The version on which a visit there starts now."""
        place: Values = {"campaign": 1, "household": household, "village": village, "helper": 1}
        application = self.street.application
        with application.database.writing() as session:
            number = application.engine.start(session, VISIT, f"household:{household}", place)
            query = select(instances.c.definition_id).where(instances.c.id == number)
            return int(session.execute(query).scalar_one())

    @property
    def now(self) -> tuple[int, int]:
        """The versions for new visits here and in the other county."""
        return self.version_for("341226100200", 2), self.version_for(f"{THERE}100301", 9)

    def begin(self, who: Browser, base: int, old: str, new: str, **more: str) -> str:
        """A draft of a version with one change in its diagram; returns its path."""
        answer = who.post("/workshop/drafts", {"base": str(base), "title": "改一步", **more})
        assert answer.status_code == 303, answer.text
        path = answer.headers["location"]
        source = f"{path}/files/{VISIT}.bpmn/source"
        changed = who.get(source).text.replace(old, new)
        headers = {"x-csrf-token": who.csrf, "accept": "application/json"}
        kept = who.client.put(f"{source}?revision=0", content=changed.encode(), headers=headers)
        assert kept.json()["revision"] == 1
        explained(who, path, kept.json()["findings"])
        return str(path)

    def publish(self, who: Browser, reader: Browser, path: str) -> int:
        """A draft is read by a second person and published; returns the version."""
        assert who.post(f"{path}/review", {"words": "改名"}).status_code == 303
        return self.approve(who, reader, path)

    def approve(self, who: Browser, reader: Browser, path: str) -> int:
        assert reader.post(f"{path}/decision", {"approved": "yes"}).status_code == 303
        assert who.post(f"{path}/publication").status_code == 303
        with self.street.application.database.reading() as session:
            query = select(drafts.c.definition_id).where(drafts.c.id == int(path.rsplit("/", 1)[1]))
            return int(session.execute(query).scalar_one())


def explained(who: Browser, path: str, findings: list[dict[str, str]]) -> None:
    for finding in findings:
        assert finding["severity"] == "warning"
        who.post(f"{path}/warnings", {**finding, "file": f"{VISIT}.bpmn", "reason": "试用"})


@pytest.fixture
def counties(street: Street) -> Counties:
    return Counties(street)


def test_each_county_publishes_and_rolls_back_for_itself(counties: Counties) -> None:
    person = counties.street.person
    owner, office, far, far_office, city = map(person, (OWNER, COUNTY, FAR_OWNER, FAR_COUNTY, CITY))
    assert counties.now == (1, 1)
    here = counties.publish(owner, office, counties.begin(owner, 1, "核对入户表", "核对排查表"))
    assert counties.now == (here, 1)
    there = counties.publish(far, far_office, counties.begin(far, 1, "核对入户表", "远县核对"))
    assert counties.now == (here, there)
    wide = counties.publish(
        city, person(city_second(counties)), counties.begin(city, 1, "核对入户表", "全市核对")
    )
    assert counties.now == (here, there), "each county has its own"
    newer = counties.publish(owner, office, counties.begin(owner, here, "核对排查表", "再次核对"))
    assert counties.now == (newer, there)
    assert "用于阜阳市颍上县及以下" in owner.get("/workshop").text
    assert "本地另有版本" in owner.get("/workshop").text
    begun = owner.post(f"/definitions/{here}/rollback", {"words": "新步骤不可行"})
    path = begun.headers["location"]
    assert counties.now == (newer, there), "nothing happens before a second person has read it"
    assert "新步骤不可行" in owner.get(path).text
    assert "回到第" in office.get(path).text
    assert owner.get(f"{path}/what-if").status_code == 200
    back = counties.approve(owner, office, path)
    assert back not in (here, newer)
    assert counties.now == (back, there)
    with counties.street.application.database.reading() as session:
        files = [
            counties.street.application.engine.definitions.version(session, entry).files
            for entry in (here, back)
        ]
        current = select(processes.c.scope, processes.c.definition_id).where(processes.c.current)
        assert dict(session.execute(current).all()) == {"": 1, HERE: back, THERE: there, ABOVE: wide}
    assert files[0] == files[1]


def test_a_county_gives_up_its_own_version_and_follows_the_one_above(counties: Counties) -> None:
    person = counties.street.person
    owner, office, far_office, city = map(person, (OWNER, COUNTY, FAR_COUNTY, CITY))
    here = counties.publish(owner, office, counties.begin(owner, 1, "核对入户表", "核对排查表"))
    wide = counties.publish(
        city, person(city_second(counties)), counties.begin(city, 1, "核对入户表", "全市核对")
    )
    assert counties.now == (here, wide)
    follow = f"/definitions/{here}/following"
    assert follow in owner.get("/workshop").text
    assert f"/definitions/{wide}/following" not in owner.get("/workshop").text
    assert far_office.post(follow, {"words": "x"}).status_code == 404
    assert office.post(f"/definitions/{wide}/following", {"words": "x"}).status_code == 403
    assert "不是本地区自己的现行版本" in city.post("/definitions/1/following", {"words": "x"}).text
    assert "请写明理由" in owner.post(follow, {"words": ""}).text
    path = owner.post(follow, {"words": "全市版本已够用"}).headers["location"]
    assert counties.now == (here, wide), "nothing happens before a second person has read it"
    assert "不再有自己的版本" in office.get(path).text
    assert owner.get(f"{path}/what-if").status_code == 200
    assert "请先由另一人审核通过" in owner.post(f"{path}/publication").text
    assert "参与修改的人不能审核" in owner.post(f"{path}/decision", {"approved": "yes"}).text
    assert counties.approve(owner, office, path) == wide
    assert counties.now == (wide, wide)
    assert follow not in owner.get("/workshop").text
    assert f"/definitions/{wide}/{VISIT}/migration" in owner.get(path).text
    with counties.street.application.database.reading() as session:
        on_own = select(instances.c.id).where(
            instances.c.definition_id == here, instances.c.ended_at.is_(None)
        )
        assert session.scalars(on_own).all(), "what runs stays where it is"
        current = select(processes.c.scope, processes.c.definition_id).where(processes.c.current)
        assert dict(session.execute(current).all()) == {"": 1, ABOVE: wide}
    again = owner.post(f"/definitions/{here}/rollback", {"words": "还是自己的好"})
    assert counties.approve(owner, office, again.headers["location"]) > wide


def test_what_was_not_read_is_not_followed(counties: Counties) -> None:
    person = counties.street.person
    owner, office, city = map(person, (OWNER, COUNTY, CITY))
    here = counties.publish(owner, office, counties.begin(owner, 1, "核对入户表", "核对排查表"))
    path = owner.post(f"/definitions/{here}/following", {"words": "沿用"}).headers["location"]
    assert office.post(f"{path}/decision", {"approved": "yes"}).status_code == 303
    wide = counties.publish(
        city, person(city_second(counties)), counties.begin(city, 1, "核对入户表", "全市核对")
    )
    refused = owner.post(f"{path}/publication")
    assert (refused.status_code, "与审核的内容不同" in refused.text) == (409, True)
    assert counties.now == (here, wide)


def city_second(counties: Counties) -> int:
    with counties.street.application.database.writing() as session:
        session.add(Person(id=14, name="市二", login="city2", language="zh"))
        session.flush()
        session.add(
            Post(person_id=14, role="city_office", scope=ABOVE, area_code=ABOVE, since=dt.date(2019, 1, 1))
        )
    return 14


def test_rolling_back_needs_another_account_of_the_same_area(counties: Counties) -> None:
    person = counties.street.person
    owner, office, far_office = map(person, (OWNER, COUNTY, FAR_COUNTY))
    here = counties.publish(owner, office, counties.begin(owner, 1, "核对入户表", "核对排查表"))
    assert "请写明理由" in owner.post("/definitions/1/rollback", {"words": ""}).text
    blocked = owner.post("/definitions/1/rollback", {"words": "不可行"})
    assert (blocked.status_code, "没有说明理由" in blocked.text) == (409, True), "checked as any other draft"
    path = f"/workshop/drafts/{DRAFTS.findall(blocked.text)[0]}"
    one = re.findall(r'name="(file|rule|element)" value="([^"]*)"', blocked.text)
    for place in range(0, len(one), 3):
        owner.post(f"{path}/warnings", {**dict(one[place : place + 3]), "reason": "出厂版本"})
    assert owner.post(f"{path}/review", {"words": "不可行"}).status_code == 303
    assert "请先由另一人审核通过" in owner.post(f"{path}/publication").text
    assert (
        "参与修改的人不能审核"
        in owner.post(f"{path}/decision", {"approved": "yes", "words": "郑区县同意"}).text
    )
    assert far_office.post(f"{path}/decision", {"approved": "yes"}).status_code == 404
    assert "请先由另一人审核通过" in owner.post(f"{path}/publication").text
    assert counties.now == (here, 1)
    assert counties.approve(owner, office, path) > here
    assert "现行版本与它相同" in owner.post("/definitions/1/rollback", {"words": "再来一次"}).text


def test_what_another_county_draws_does_not_exist(counties: Counties) -> None:
    person = counties.street.person
    owner, office = person(OWNER), person(COUNTY)
    path = counties.begin(owner, 1, "核对入户表", "核对排查表")
    here = counties.publish(owner, office, path)
    open_one = counties.begin(owner, here, "核对排查表", "再次核对")
    file = f"files/{VISIT}.bpmn"
    pages = [
        *(
            f"{open_one}{more}"
            for more in ("", "/changes", "/rehearsal", "/what-if", "/tests", f"/processes/{VISIT}")
        ),
        f"{open_one}/{file}",
        f"{open_one}/{file}/source",
        *(
            f"/definitions/{here}/{more}"
            for more in (VISIT, f"{VISIT}/live", f"{VISIT}/migration", "compared-with/1")
        ),
        f"/definitions/1/compared-with/{here}",
    ]
    acts = {
        **{
            f"{open_one}/{act}": {}
            for act in ("review", "decision", "publication", "base", "end", "warnings", "files")
        },
        f"{open_one}/{file}/removal": {},
        f"{open_one}/rehearsal": {"process": VISIT},
        f"{open_one}/what-if": {"process": VISIT},
        f"{open_one}/tests/x.test.json": {"reason": "x"},
        f"/definitions/{here}/rollback": {"words": "x"},
        f"/definitions/{here}/{VISIT}/migration": {"reason": "x"},
        "/workshop/drafts": {"base": str(here), "title": "x"},
    }
    for number in (FAR_OWNER, FAR_COUNTY):
        far = person(number)
        for page in pages:
            assert far.get(page).status_code == 404, page
        for page, fields in acts.items():
            assert far.post(page, fields).status_code == 404, page
        headers = {"x-csrf-token": far.csrf, "accept": "application/json"}
        sent = far.client.put(f"{open_one}/{file}/source?revision=1", content=b"x", headers=headers)
        assert sent.status_code == 404
        for page in ("/workshop", "/definitions"):
            shown = far.get(page).text
            assert "颍上县" not in shown, page
            assert f"/definitions/{here}/" not in shown, page
        assert far.post("/workshop/drafts", {"base": "1", "title": "x", "scope": HERE}).status_code == 404
        assert far.post("/workshop/drafts", {"base": "1", "title": "x", "scope": ABOVE}).status_code == 404
    for page in pages:
        assert owner.get(page).status_code == 200, page
    city = person(CITY)
    for page in pages:
        assert city.get(page).status_code == 200, page


def test_running_work_is_moved_where_its_owner_answers_for_it(counties: Counties) -> None:
    person = counties.street.person
    counties.version_for(f"{THERE}100301", 9)
    owner, office = person(OWNER), person(COUNTY)
    here = counties.publish(owner, office, counties.begin(owner, 1, "核对入户表", "核对排查表"))
    assert "张户主" in owner.get(f"/definitions/{here}/{VISIT}/migration").text
    assert "远户主" not in owner.get(f"/definitions/{here}/{VISIT}/migration").text
    assert "远户主" not in person(CITY).get(f"/definitions/{here}/{VISIT}/migration").text
    seen = person(FAR_OWNER).get(f"/definitions/1/{VISIT}/live?step=visit").text
    assert "远户主" in seen
    assert "张户主" not in seen
    draft = counties.begin(owner, here, "核对排查表", "再次核对")
    like = f"{draft}/rehearsal?process={VISIT}"
    assert "远户主" not in owner.get(like).text
    sent = {
        "process": VISIT,
        "at": "2019-09-02T09:00",
        "a.visit.met": "home",
        "a.visit.visited_on": "2019-09-04",
    }
    played = [
        owner.post(f"{draft}/rehearsal", {**sent, "like": f"key:household:{number}"}).text
        for number in (1, 9)
    ]
    assert ["王帮扶 收到" in page for page in played] == [True, False], "another county's work lends no data"


def test_what_runs_is_counted_where_the_reader_answers(counties: Counties) -> None:
    for _ in range(2):
        counties.version_for(f"{THERE}100301", 9)
    numbers = {}
    for who in (OWNER, FAR_OWNER, CITY):
        reader = counties.street.person(who)
        workshop = re.search(rf"(?s)/definitions/1/{VISIT}/live.*?(\d+) 件在办", reader.get("/workshop").text)
        listed = re.search(r'<dd class="numbers">(\d+)</dd>', reader.get("/definitions").text)
        assert workshop is not None
        assert listed is not None
        numbers[who] = int(workshop[1]), int(listed[1])
    assert numbers[OWNER] == (1, 1)
    assert numbers[FAR_OWNER] == (2, 2)
    assert numbers[CITY] == (3, 3)


def test_a_version_of_the_installation_is_changed_by_no_area(counties: Counties) -> None:
    city = counties.street.person(CITY)
    answer = city.post("/workshop/drafts", {"base": "1", "title": "改", "scope": ""})
    with counties.street.application.database.reading() as session:
        assert session.scalars(select(drafts.c.scope)).all() == [ABOVE]
    assert answer.status_code == 303


def test_whoever_answers_for_two_areas_says_for_which(counties: Counties) -> None:
    with counties.street.application.database.writing() as session:
        session.add(
            Post(
                person_id=FAR_OWNER,
                role="process_owner",
                scope=HERE,
                area_code=HERE,
                since=dt.date(2019, 1, 1),
            )
        )
    both = counties.street.person(FAR_OWNER)
    assert f'<option value="{HERE}">' in both.get("/workshop").text
    assert "请选择适用地区" in both.post("/workshop/drafts", {"base": "1", "title": "改"}).text
    assert both.post("/workshop/drafts", {"base": "1", "title": "改", "scope": HERE}).status_code == 303


def test_templates_and_criteria_are_changed_by_their_own_area(counties: Counties) -> None:
    person, application = counties.street.person, counties.street.application
    office, far = person(COUNTY), person(FAR_COUNTY)
    file = {"file": ("我的.docx", document("本县格式 {{ 整改措施 }}"))}
    for who in (office, far):
        assert (
            who.client.post("/papers/dispatch/template", data={"_csrf": who.csrf}, files=file).status_code
            == 303
        )
        assert who.post("/criteria/E4", {"text_zh": f"{who.csrf[:4]} 每月一次"}).status_code == 303
    wrong = far.client.post(f"/papers/dispatch/template?area={HERE}", data={"_csrf": far.csrf}, files=file)
    assert wrong.status_code == 403
    assert far.post(f"/papers/dispatch/template/shipped?area={HERE}").status_code == 403
    assert far.post("/criteria/E4", {"text_zh": "别县", "area": HERE}).status_code == 403
    assert far.post("/criteria/E4", {"text_zh": "全市", "area": ABOVE}).status_code == 403
    assert "用于阜阳市太和县及以下" in far.get("/papers/dispatch").text
    assert far.post("/papers/dispatch/template/shipped").status_code == 303
    with application.database.reading() as session:
        rows = session.execute(
            select(PaperTemplate.area, PaperTemplate.sha256).order_by(PaperTemplate.id)
        ).all()
        assert [(row.area, row.sha256 is None) for row in rows] == [
            (HERE, False),
            (THERE, False),
            (THERE, True),
        ]
        assert session.scalars(select(Criterion.area).order_by(Criterion.id)).all() == [HERE, THERE]
    assert "我的.docx" in office.get("/papers").text
    assert "我的.docx" not in far.get("/papers").text


def test_letters_are_worded_as_the_nearest_area_of_their_reader_says(counties: Counties) -> None:
    person, application = counties.street.person, counties.street.application
    postbox = Postbox()
    application.delivery = DeliveryChannels(
        {"mail": postbox},
        "https://house.cn",
        zone=lambda: SHANGHAI,
        scopes_of=lambda session, people: scopes_of_people(session, people, application.clock.now().date()),
    )
    for number in (LEAD, FAR_COUNTY, CITY, STRANGER):
        address(counties.street, number, f"p{number}@example.cn")

    def subjects() -> dict[str, str]:
        postbox.letters.clear()
        for number in (LEAD, FAR_COUNTY, CITY, STRANGER):
            tell(counties.street, number, application.clock.now().day)
        deliver(counties.street)
        application.clock.push_by(dt.timedelta(days=1))
        return {letter.to: letter.subject.partition("：")[0].partition("】")[0] for letter in postbox.letters}

    def put(who: Browser, words: str, **more: str) -> int:
        page = who.get("/messages").text
        texts = {
            part: html.unescape(re.findall(rf'name="{part}"[^>]*>\n([^<]*)<', page)[0]) for part in PARTS
        }
        fields = {**texts, "subject_one": f"{words}：{{first}}", "act": "keep", "speaks": "zh", **more}
        return who.post("/messages", fields).status_code

    everybody = {f"p{number}@example.cn": "【回头看" for number in (LEAD, FAR_COUNTY, CITY, STRANGER)}
    assert subjects() == everybody
    assert put(person(COUNTY), "颍上") == 303
    assert subjects() == {**everybody, f"p{LEAD}@example.cn": "颍上"}
    assert put(person(CITY), "阜阳") == 303
    below = {**everybody, f"p{FAR_COUNTY}@example.cn": "阜阳", f"p{CITY}@example.cn": "阜阳"}
    assert subjects() == {**below, f"p{LEAD}@example.cn": "颍上"}
    assert put(person(FAR_COUNTY), "别县", area=HERE) == 403
    assert put(person(FAR_COUNTY), "阜阳") == 303, "what is said above already is not kept"
    with application.database.reading() as session:
        assert set(session.scalars(select(NotificationText.scope))) == {HERE, ABOVE}
