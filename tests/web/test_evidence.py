"""Photos and papers on their way in and out."""

from __future__ import annotations

import hashlib
import io

from httpx import Response
from PIL import Image

from tests.web.application import COUNTY, HELPER, STRANGER, give_post
from tests.web.conftest import Street
from web.uploads import MB


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (900, 600), "green").save(out, "JPEG")
    return out.getvalue()


def send(street: Street, data: bytes, name: str, about: str = "ticket:1", person: int = HELPER) -> Response:
    browser = street.person(person)
    headers = {
        "x-csrf-token": browser.csrf, "x-about": about, "x-file-name": name, "accept": "application/json",
        "content-type": "image/jpeg",
    }  # fmt: skip
    answer: Response = browser.client.put(
        f"/evidence/{hashlib.sha256(data).hexdigest()}", content=data, headers=headers
    )
    return answer


def test_a_photo_is_kept_once_and_shown_to_whoever_may_see_the_ticket(street: Street) -> None:
    first, again = send(street, picture(), "a.jpg"), send(street, picture(), "b.jpg")
    assert first.status_code == 201
    assert first.json() == again.json()
    number = first.json()["id"]
    shown = street.person(HELPER).get(f"/evidence/{number}")
    assert Image.open(io.BytesIO(shown.content)).size == (900, 600)
    assert shown.headers["content-type"] == "image/jpeg"
    small = street.person(HELPER).get(f"/evidence/{number}/thumbnail")
    assert Image.open(io.BytesIO(small.content)).size == (480, 320)
    assert street.person(STRANGER).get(f"/evidence/{number}").status_code == 404
    assert f"/evidence/{number}/thumbnail" in street.person(HELPER).get("/tickets/1").text


def test_a_file_that_is_not_what_it_says_is_refused_in_words(street: Street) -> None:
    program = send(street, b"MZ\x90\x00 this is a program", "photo.jpg")
    assert program.status_code == 422
    assert "照片或 PDF" in program.json()["problems"]["evidence"]["zh"]
    mislabelled = send(street, picture(), "paper.pdf")
    assert mislabelled.status_code == 422
    assert "JPEG" in mislabelled.json()["problems"]["evidence"]["en"]


def test_a_file_that_was_damaged_on_the_way_is_refused(street: Street) -> None:
    browser = street.person(HELPER)
    headers = {"x-csrf-token": browser.csrf, "x-about": "ticket:1", "accept": "application/json"}
    answer = browser.client.put("/evidence/" + "0" * 64, content=picture(), headers=headers)
    assert answer.status_code == 422


def test_nobody_sends_evidence_about_what_they_may_not_see(street: Street) -> None:
    assert send(street, picture(), "a.jpg", person=STRANGER).status_code == 404
    assert send(street, picture(), "a.jpg", about="../../etc").status_code == 404


def test_what_pages_promise_is_taken_and_what_is_more_is_refused_with_the_same_number(street: Street) -> None:
    pdf = b"%PDF-1.4\n" + b"0" * (14 * MB)
    assert send(street, pdf, "paper.pdf").status_code == 201
    for more in (1, 2 * MB):
        refused = send(street, b"%PDF-1.4\n" + b"0" * (15 * MB + more), "paper.pdf")
        assert refused.status_code in (413, 422)
        assert "15 MB" in refused.text
    assert "最大 15 MB" in street.person(HELPER).get("/tickets/1").text
    give_post(street.application, COUNTY, "city_office", "341200")
    county = street.person(COUNTY)
    said = {"/imports": "最大 50 MB", "/papers/dispatch": "最大 5 MB", "/works/new": "最大 2 MB"}
    for path, words in said.items():
        assert words in county.get(path).text
