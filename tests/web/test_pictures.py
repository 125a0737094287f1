"""Pictures of every make: judged in one place, before any transaction, and kept without what a camera writes."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from PIL import Image, ImageDraw
from sqlalchemy import select

from rectification.campaigns.model import Campaign
from rectification.evidence.files import AT_ONCE, CheckedFile, check_file
from rectification.evidence.model import Evidence
from rectification.matters.photo_places import wants_places
from tests.web.application import HELPER, STRANGER, start_visit
from tests.web.conftest import Street
from tests.web.test_reschedulings import city_office
from web import evidence_upload

PHOTOS = Path(__file__).parent / "photos"
NORTH, EAST = (31.0, 13.0, 49.44), (121.0, 28.0, 25.32)
FRAMES = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]


def encoded(picture: Image.Image, format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def from_a_camera() -> bytes:
    """A landscape stored on its side, red above and blue below, with camera, comment and place."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "CameraMaker"
    gps = exif.get_ifd(0x8825)
    gps.update({1: "N", 2: NORTH, 3: "W", 4: EAST, 7: (6.0, 5.0, 4.0), 29: "2019:09:02"})
    picture = Image.new("RGB", (3000, 4000), "blue")
    ImageDraw.Draw(picture).rectangle((0, 0, 1500, 4000), fill="red")
    return encoded(picture, "JPEG", exif=exif, comment=b"secret words")


def sent(
    street: Street, data: bytes, name: str = "photo.jpg", *, about: str = "ticket:1", **headers: str
) -> Response:
    browser = street.person(HELPER)
    said = {
        "x-csrf-token": browser.csrf, "x-about": about, "x-file-name": name, "accept": "application/json", **headers,
    }  # fmt: skip
    answer: Response = browser.client.put(
        f"/evidence/{hashlib.sha256(data).hexdigest()}", content=data, headers=said
    )
    return answer


def sentence(answer: Response) -> str:
    assert answer.status_code == 422, answer.text
    return str(answer.json()["problems"]["evidence"]["zh"])


@pytest.mark.parametrize(("name", "kept_as"), [("21_mpo.jpg", "image/jpeg"), ("22_photo.heic", "image/jpeg")])
def test_what_phones_write_is_taken_from_forms_comments_and_programs(
    name: str, kept_as: str, street: Street
) -> None:
    data = (PHOTOS / name).read_bytes()
    numbers = [sent(street, data, name, about=about).json()["id"] for about in ("ticket:1", "comments:1")]
    program = street.program(HELPER)
    answer = program.post("/api/v1/evidence", files={"file": (name, data)}, data={"about": "ticket:1"})
    assert answer.json()["id"] == numbers[0], "the same file about the same thing"
    assert answer.json()["sha256"] == hashlib.sha256(data).hexdigest()
    for number in numbers:
        shown = street.person(HELPER).get(f"/evidence/{number}")
        assert shown.headers["content-type"] == kept_as
        assert Image.open(io.BytesIO(shown.content)).size == (1200, 900)
        assert ".jpg" in shown.headers["content-disposition"]
        assert street.person(HELPER).get(f"/evidence/{number}/thumbnail").status_code == 200


REFUSED: Mapping[str, tuple[bytes, str]] = {
    "truncated": (encoded(Image.effect_noise((400, 300), 50).convert("RGB"), "JPEG")[:-5000], "不完整"),
    "bomb": (encoded(Image.new("1", (30_000, 30_000)), "PNG"), "30000×30000 像素"),
    "animated": (encoded(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:]), "动图"),
    "animated webp": (encoded(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:]), "动图"),
    "animated png": (encoded(FRAMES[0], "PNG", save_all=True, append_images=FRAMES[1:]), "动图"),
    "tiff": (encoded(FRAMES[0], "TIFF"), "TIFF"),
    "avif": (encoded(FRAMES[0], "AVIF"), "AVIF"),
    "polyglot paper": (b"%PDF-1.4\n" + encoded(FRAMES[0], "JPEG"), "内容却是 PDF"),
    "half a heic": ((PHOTOS / "22_photo.heic").read_bytes()[:700], "HEIC"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_taken_is_refused_in_a_sentence(case: str, demo_street: Street) -> None:
    data, words = REFUSED[case]
    assert words in sentence(sent(demo_street, data))
    with demo_street.application.database.reading() as session:
        assert session.scalars(select(Evidence)).first() is None


def test_a_picture_is_kept_upright_and_small_without_what_came_beside_it(demo_street: Street) -> None:
    data = from_a_camera() + b"PK\x03\x04<script>alert(1)</script>"
    number = sent(demo_street, data).json()["id"]
    shown = demo_street.person(HELPER).get(f"/evidence/{number}").content
    picture = Image.open(io.BytesIO(shown)).convert("RGB")
    assert picture.size == (2560, 1920)
    above, below = picture.getpixel((1280, 300)), picture.getpixel((1280, 1600))
    assert isinstance(above, tuple)
    assert isinstance(below, tuple)
    assert above[0] > 200 > below[0], "red above, as the photographer held it"
    assert not Image.open(io.BytesIO(shown)).getexif()
    for secret in (b"CameraMaker", b"secret words", b"script", b"GPS"):
        assert secret not in shown


def test_the_place_is_kept_only_where_the_campaign_wants_it_and_the_person_consents(street: Street) -> None:
    start_visit(street.application)
    data, key, url = from_a_camera(), "household:1", "/campaigns/1/photo-places"
    program = street.program(HELPER)

    def place(data: bytes, **headers: str) -> Mapping[str, Any] | None:
        number = sent(street, data, about=key, **headers).json()["id"]
        with street.application.database.reading() as session:
            return session.get_one(Evidence, number).place

    assert place(data + b"1", **{"x-place": "yes"}) is None
    assert "data-place" not in street.person(HELPER).get("/work-items/1").text
    assert street.person(HELPER).post(url, {"wanted": "yes"}).status_code == 403
    city_office(street)
    assert street.person(STRANGER).post(url, {"wanted": "yes"}).status_code == 303
    with street.application.database.reading() as session:
        assert wants_places(session.get_one(Campaign, 1))
    assert "data-place" in street.person(HELPER).get("/work-items/1").text
    assert place(data + b"2") is None
    kept = {"latitude": 31.2304, "longitude": -121.4737, "at": "2019-09-02T06:05:04+00:00"}
    assert place(data + b"3", **{"x-place": "yes"}) == kept
    answer = program.post(
        "/api/v1/evidence", files={"file": ("a.jpg", data + b"4")}, data={"about": key, "place": "true"}
    )
    assert answer.json()["place"] == kept


def test_pictures_are_checked_a_few_at_a_time_and_nobody_waits_for_them(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With twelve photos on their way a comment goes through, before any of them is done."""
    going, full, done = [0, 0], threading.Event(), threading.Event()
    count = threading.Lock()

    def slowly(folder: Path, data: bytes, name: str, **rest: Any) -> CheckedFile:
        with count:
            going[0] += 1
            going[1] = max(going)
            if going[0] == AT_ONCE:
                full.set()
        assert done.wait(60)
        with count:
            going[0] -= 1
        return check_file(folder, data, name, **rest)

    monkeypatch.setattr(evidence_upload, "check_file", slowly)
    photo = encoded(FRAMES[0], "JPEG")
    answers: list[Response] = []

    def upload_one(n: int) -> None:
        answers.append(sent(street, photo + bytes([n])))

    uploads = [_thread(partial(upload_one, n)) for n in range(12)]
    assert full.wait(60)
    said: list[Response] = []
    comment = _thread(
        lambda: said.append(street.person(HELPER).post("/tickets/1/comments", {"text": "先说一句"}))
    )
    comment.join(30)
    went_through = [entry.status_code for entry in said]
    done.set()
    for upload in uploads:
        upload.join(60)
    assert went_through == [303], "while the photos were checked"
    assert [answer.status_code for answer in answers] == [201] * 12
    assert going[1] == AT_ONCE


def _thread(work: Callable[[], object]) -> threading.Thread:
    found = threading.Thread(target=work)
    found.start()
    return found
