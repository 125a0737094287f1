"""The process owner's workshop: drafts of versions."""

from __future__ import annotations

from typing import Final

from tests.web.matrix.rows import IN_PERSON, ITSELF, POST, Row, Rows

OWNERS: Final = ("process_owner", "county_office", "city_office")
DRAFT: Final = "/workshop/drafts/{draft}"
FILE: Final = f"{DRAFT}/files/rectification.bpmn"

WARNING: Final = {"file": "extra_check.bpmn", "rule": "escalation-missing", "element": "looks", "reason": "x"}

ROWS: Final[Rows] = {
    "GET /workshop": Row(OWNERS, POST),
    "POST /workshop/drafts": Row(OWNERS, IN_PERSON, sent={"base": "{definition}", "title": ""}),
    "POST /workshop/form-preview": Row(OWNERS, POST, text="<x/>"),
    "GET /workshop/drafts/{number}": Row(OWNERS, ITSELF, path=DRAFT),
    "GET /workshop/drafts/{number}/changes": Row(OWNERS, ITSELF, path=f"{DRAFT}/changes"),
    "GET /workshop/drafts/{number}/rehearsal": Row(OWNERS, ITSELF, path=f"{DRAFT}/rehearsal?process=ticket_ending"),
    "POST /workshop/drafts/{number}/rehearsal": Row(
        OWNERS, ITSELF, path=f"{DRAFT}/rehearsal", sent={"process": "ticket_ending", "at": ""}
    ),
    "GET /workshop/drafts/{number}/what-if": Row(OWNERS, ITSELF, path=f"{DRAFT}/what-if"),
    "POST /workshop/drafts/{number}/what-if": Row(
        OWNERS, ITSELF, path=f"{DRAFT}/what-if", sent={"process": "ticket_ending"}
    ),
    "GET /workshop/drafts/{number}/tests": Row(("process_owner",), ITSELF, path=f"{DRAFT}/tests"),
    "POST /workshop/drafts/{number}/tests/{name}": Row(OWNERS, ITSELF, path=f"{DRAFT}/tests/x.test.json"),
    "GET /workshop/drafts/{number}/processes/{process}": Row(OWNERS, ITSELF, path=f"{DRAFT}/processes/rectification"),
    "POST /workshop/drafts/{number}/files": Row(OWNERS, ITSELF, path=f"{DRAFT}/files"),
    "GET /workshop/drafts/{number}/files/{name}": Row(OWNERS, ITSELF, path=FILE),
    "GET /workshop/drafts/{number}/files/{name}/source": Row(OWNERS, ITSELF, path=f"{FILE}/source"),
    "PUT /workshop/drafts/{number}/files/{name}/source": Row(OWNERS, ITSELF, path=f"{FILE}/source?revision=99"),
    "POST /workshop/drafts/{number}/files/{name}/removal": Row(OWNERS, ITSELF, path=f"{FILE}/removal"),
    "POST /workshop/drafts/{number}/warnings": Row(OWNERS, ITSELF, path=f"{DRAFT}/warnings", sent=WARNING),
    "POST /workshop/drafts/{number}/{act}": Row(OWNERS, ITSELF, path=f"{DRAFT}/decision"),
    "POST /definitions/{number}/rollback": Row(OWNERS, IN_PERSON, path="/definitions/{definition}/rollback"),
    "POST /definitions/{number}/following": Row(OWNERS, IN_PERSON, path="/definitions/{definition}/following"),
}  # fmt: skip
