"""The package of a ticket's dossier (整改档案包): the paper, its evidence, its rows of the history, and how to verify them.

Whoever has the package verifies it offline with the script in it, and compares the head of the audit chain with a mail,
an export or a paper of that day or a later one.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path
from typing import IO, Any, Final

import orjson
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.audit.chain import entries_of, row_text
from engine.errors import NotFound
from engine.rows import HistoryRow
from engine.worklist.selectables import history, seals
from rectification.evidence.model import Evidence, evidence_about, read_evidence
from rectification.matters.ticket import Ticket
from rectification.papers import verify_package
from rectification.papers.printing import Paper

README: Final = """\
整改档案包
=========
{name}      档案（Word）
rows.json       本工单的历史记录和审计链（自最早一行所在的封条起，到链头）
evidence/       凭证，以内容的 SHA-256 为文件名
verify.py       核验程序，只需要 Python 3.9 以上，不联网：python verify.py

核验程序核对每一行、每个封条和每件凭证，最后给出链头。请把链头与当天或之后的邮件、
导出表或文书页脚上的“审计链”比对：相同或可在其后的封条里找到，即未被改动。

The package of a ticket's dossier
=================================
{name}      the dossier (Word)
rows.json       the rows of the history about this ticket, and the audit chain from the first of them to its head
evidence/       the evidence, named by the SHA-256 of its content
verify.py       verifies all of it offline; needs Python 3.9 or newer: python verify.py

The script checks every row, every seal and every piece of evidence and prints the head of the chain. Compare it
with the “audit chain” in a mail, an export or below a paper of that day or a later one.
"""


def write_package(session: Session, data_dir: Path, ticket: Ticket, paper: Paper, file: IO[bytes]) -> None:
    """Write the package of a ticket as a ZIP archive."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(paper.name, paper.data)
        archive.writestr("rows.json", orjson.dumps(_proof(session, ticket.key), option=orjson.OPT_INDENT_2))
        archive.write(verify_package.__file__, "verify.py")
        archive.writestr("README.txt", README.format(name=paper.name))
        files = {each.sha256: each for each in evidence_about(session, ticket.key)}
        for each in files.values():
            _add_evidence(archive, data_dir, each)


def _add_evidence(archive: zipfile.ZipFile, data_dir: Path, evidence: Evidence) -> None:
    try:
        content = read_evidence(data_dir, evidence)
    except NotFound:
        return  # the script says that it is missing
    archive.writestr(zipfile.ZipInfo(f"evidence/{evidence.sha256}"), content)


def _proof(session: Session, key: str) -> dict[str, object]:
    """The rows as they are hashed, and every seal from the first that holds one of them to the head.

    The entries of a seal stand there only where it holds one of the rows; of the others their hash is enough.
    """
    query = select(history).where(history.c.key == key).order_by(history.c.id)
    rows = [HistoryRow(*row) for row in session.execute(query)]
    numbers = {row.id for row in rows}
    first = min(numbers, default=0)
    sealed = select(seals).where(seals.c.last_id >= first).order_by(seals.c.id)
    return {
        "about": key,
        "rows": [row_text(row) for row in rows],
        "seals": [_seal(row, numbers) for row in session.execute(sealed).yield_per(50)],
    }


def _seal(row: Row[Any], numbers: set[int]) -> dict[str, object]:
    holds = any(number in numbers for number, _digest in entries_of(row.rows))
    return {
        "number": row.id,
        "previous": row.previous,
        "first": row.first_id,
        "last": row.last_id,
        "sealed_at": int(row.sealed_at.timestamp() * 1_000_000),
        "rows": hashlib.sha256(row.rows).hexdigest(),
        "entries": base64.b64encode(row.rows).decode() if holds else None,
        "hash": row.hash,
    }
