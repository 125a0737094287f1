"""核验整改档案包 / Verifies the package of a ticket's dossier, offline: python verify.py [folder]

Checks that every row is in a seal, every seal follows from the one before it, and every piece of evidence is what the
history says. Exit code 1 when something is not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

ENTRY = 40  # 8 bytes of the row's number, 32 of its SHA-256


def main(folder: Path) -> int:
    """Verify the package in a folder; 0 when it is whole."""
    problems: list[str] = []
    content = json.loads((folder / "rows.json").read_text("utf-8"))
    sealed = check_seals(content["seals"], problems)
    kept: dict[str, int] = {}
    unsealed = 0
    for text in content["rows"]:
        number, _at, _actor, _person, _behalf, action, key, _instance, _element, detail = json.loads(text)
        if key != content["about"]:
            problems.append(f"第 {number} 行不属于 {content['about']} / row {number} is about something else")
        if number not in sealed:
            unsealed += 1
        elif sealed[number] != hashlib.sha256(text.encode()).digest():
            problems.append(f"第 {number} 行被改动 / row {number} was changed")
        if action == "evidence_kept":
            kept[json.loads(detail)["sha256"]] = number
    check_evidence(folder, kept, problems)
    for problem in problems:
        print(problem)
    if problems:
        return 1
    print(
        f"{content['about']}: {len(content['rows'])} 行、{len(kept)} 件凭证无误 / rows and pieces of evidence are whole."
    )
    if unsealed:
        print(f"其中最后 {unsealed} 行尚未封存 / the last {unsealed} of them are not sealed yet.")
    if content["seals"]:
        head = content["seals"][-1]
        print(f"审计链 / audit chain: {head['number']} {head['hash']}")
    return 0


def check_seals(seals: list[dict[str, Any]], problems: list[str]) -> dict[int, bytes]:
    """Follow the chain; return the hash of every row in the seals that came with their entries."""
    sealed: dict[int, bytes] = {}
    previous = None
    for seal in seals:
        number = seal["number"]
        if previous is not None and seal["previous"] != previous:
            problems.append(f"第 {number} 号封条与前一封条不相接 / seal {number} does not follow")
        if seal["entries"] is not None:
            entries = base64.b64decode(seal["entries"])
            if hashlib.sha256(entries).hexdigest() != seal["rows"]:
                problems.append(f"第 {number} 号封条内容被改动 / the entries of seal {number} were changed")
            for start in range(0, len(entries), ENTRY):
                row = int.from_bytes(entries[start : start + 8], "big")
                sealed[row] = entries[start + 8 : start + ENTRY]
        text = "|".join(str(seal[name]) for name in ("previous", "first", "last", "sealed_at", "rows"))
        if hashlib.sha256(text.encode()).hexdigest() != seal["hash"]:
            problems.append(f"第 {number} 号封条被改动 / seal {number} was changed")
        previous = seal["hash"]
    return sealed


def check_evidence(folder: Path, kept: dict[str, int], problems: list[str]) -> None:
    """Every piece of evidence that the rows name is there, unchanged, and no other."""
    for digest, number in kept.items():
        try:
            actual = hashlib.sha256((folder / "evidence" / digest).read_bytes()).hexdigest()
        except OSError:
            problems.append(f"第 {number} 行的凭证缺失 / the evidence of row {number} is missing")
            continue
        if actual != digest:
            problems.append(f"第 {number} 行的凭证被改动 / the evidence of row {number} was changed")
    there = folder / "evidence"
    for path in sorted(there.iterdir()) if there.is_dir() else ():
        if path.name not in kept:
            problems.append(f"历史记录里没有这件凭证 / the rows know nothing of evidence {path.name}")


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent))
