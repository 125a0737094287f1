"""Spreadsheets in and out, long work, and papers."""

from __future__ import annotations

from typing import Final

from tests.web.matrix.rows import EVERYBODY, ONESELF, OURS, POST, Row, Rows, above

IMPORTERS: Final = ("town_office", "county_office", "city_office", "admin")
UPLOADER: Final = ("county_office",)
SEE: Final = ("helper", "team_lead", "town_office", "county_office", "inspector")

ROWS: Final[Rows] = {
    "GET /imports": Row(IMPORTERS, above(POST)),
    "POST /imports": Row(IMPORTERS, above(POST), sent={"kind": "households"}),
    "GET /imports/templates/{kind}": Row(IMPORTERS, above(POST), path="/imports/templates/households"),
    "GET /imports/{number}": Row(UPLOADER, ONESELF, path="/imports/{upload}"),
    "POST /imports/{number}/mapping": Row(UPLOADER, ONESELF, path="/imports/{upload}/mapping"),
    "POST /imports/{number}/entry": Row(UPLOADER, ONESELF, path="/imports/{upload}/entry"),
    "GET /imports/{number}/bad-rows": Row(UPLOADER, ONESELF, path="/imports/{upload}/bad-rows"),
    "GET /exports": Row(("helper", "county_office", "admin"), EVERYBODY),
    "POST /exports": Row(
        ("team_lead", "town_office", "county_office"), OURS, sent={"export": "issue_list", "village": "{village}"}
    ),
    "GET /jobs": Row(("helper",), EVERYBODY),
    "GET /jobs/{number}/result": Row(("helper",), ONESELF, path="/jobs/{job}/result"),
    "GET /papers": Row(("team_lead", "county_office"), above(POST)),
    "GET /papers/{kind}": Row(("team_lead", "county_office"), above(POST), path="/papers/dispatch"),
    "GET /papers/{kind}/template": Row(("team_lead", "county_office"), above(POST), path="/papers/dispatch/template"),
    "POST /papers/{kind}/template": Row(("county_office", "process_owner", "admin"), above(POST), path="/papers/dispatch/template"),
    "POST /papers/{kind}/template/shipped": Row(
        ("county_office", "process_owner", "admin"), above(POST), path="/papers/dispatch/template/shipped"
    ),
    "GET /papers/{kind}/print/{name}": Row(SEE, OURS, path="/papers/dispatch/print/{ticket}"),
    "GET /papers/ticket_dossier/package/{name}": Row(SEE, OURS, path="/papers/ticket_dossier/package/{ticket}"),
    "POST /papers/batch": Row(
        ("team_lead", "town_office", "county_office"), OURS, sent={"kind": "visit_form_blank", "area": "{village}"}
    ),
}  # fmt: skip
