"""Files of evidence on disk: named by their content, checked by opening them, never by what they are called.

Whatever a person sends as a picture is judged here, for forms, comments and programs alike. A picture is decoded in a
process of its own (:mod:`rectification.evidence.picture_worker`), before any transaction, and kept upright, in a bounded size and
without what its camera wrote beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.errors import DomainError, NotFound, WrongValues
from engine.json import JsonObject, as_int, as_object
from engine.text import LocalizedText
from rectification.evidence import picture_worker
from rectification.evidence.picture_worker import LONGEST_SIDE, MOST_PIXELS

LARGEST: Final = 15 * 1024 * 1024
LONGEST_SECONDS: Final = 120
AT_ONCE: Final = 2
"""Pictures that a server should have checked at a time: each takes a processor and up to some hundred megabytes."""
_SENT: Final = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "HEIF": "image/heic",
}
_ENDINGS: Final = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif", "mpo"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "image/gif": ("gif",),
    "image/heic": ("heic", "heif", "hif"),
    "application/pdf": ("pdf",),
}
_OTHERS: Final[tuple[tuple[int, bytes, LocalizedText], ...]] = (
    (4, b"ftypavif", LocalizedText("AVIF 图片", "an AVIF picture")),
    (4, b"ftypavis", LocalizedText("AVIF 动图", "an animated AVIF picture")),
    (4, b"ftypqt", LocalizedText("视频", "a video")),
    (4, b"ftypisom", LocalizedText("视频", "a video")),
    (4, b"ftypmp4", LocalizedText("视频", "a video")),
    (0, b"II*\0", LocalizedText("TIFF 图片", "a TIFF picture")),
    (0, b"MM\0*", LocalizedText("TIFF 图片", "a TIFF picture")),
    (0, b"BM", LocalizedText("BMP 图片", "a BMP picture")),
    (0, b"PK\x03\x04", LocalizedText("压缩包或 Office 文档", "an archive or an Office document")),
    (0, b"\xd0\xcf\x11\xe0", LocalizedText("旧版 Office 文档", "an old Office document")),
)
"""What people send beside what is taken, by the bytes at a place, to be refused by name."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that was checked and lies on disk. ``sent_sha256`` is that of the bytes as they came."""

    sha256: str
    sent_sha256: str
    media_type: str
    size: int
    name: str
    width: int | None = None
    height: int | None = None
    small_sha256: str | None = None
    """Of the small picture beside it."""
    place: JsonObject | None = None
    """Where a picture was taken: ``latitude``, ``longitude``, ``at``; none unless it was asked for."""


def check_file(folder: Path, data: bytes, name: str, *, wants_place: bool = False) -> CheckedFile:
    """Check a file and write it under its hash, with a small picture beside it. Takes seconds: not for a transaction.

    Raises:
        WrongValues: with a sentence about the file.
    """
    if not data:
        raise _refused("文件是空的，请重新选择。", "The file is empty; please choose it again.")
    if len(data) > LARGEST:
        raise _refused(
            f"文件有 {len(data) / 1048576:.1f} MB，超过 {LARGEST // 1048576} MB，请压缩后再传。",
            f"The file has {len(data) / 1048576:.1f} MB, more than {LARGEST // 1048576} MB; please make it smaller.",
        )
    digest = hashlib.sha256(data).hexdigest()
    if not is_paper(data):
        return _picture(folder, data, digest, name, wants_place=wants_place)
    _refuse_mislabelled("application/pdf", name)
    write_whole(kept_file(folder, digest), data)
    return CheckedFile(digest, digest, "application/pdf", len(data), name)


def is_paper(data: bytes) -> bool:
    """Whether it is no picture: then checking it takes no time."""
    return data.startswith(b"%PDF-")


def _picture(folder: Path, data: bytes, digest: str, name: str, *, wants_place: bool) -> CheckedFile:
    with tempfile.TemporaryDirectory(prefix="huitoukan-picture-") as place:
        made = Path(place)
        facts = _facts(data, made, wants_place=wants_place)
        if "problem" in facts:
            raise _problem(facts, data)
        _refuse_mislabelled(_SENT[str(facts["format"])], name)
        picture, small = (made / "picture").read_bytes(), (made / "small.jpg").read_bytes()
    kept = hashlib.sha256(picture).hexdigest()
    write_whole(kept_small_picture(folder, kept), small)
    write_whole(kept_file(folder, kept), picture)
    media_type = _SENT[str(facts["kept_as"])]
    size = as_int(facts["width"]), as_int(facts["height"])
    shown = hashlib.sha256(small_picture(folder, kept)).hexdigest()
    return CheckedFile(
        kept,
        digest,
        media_type,
        len(picture),
        _renamed(name, media_type),
        *size,
        shown,
        as_object(facts["place"]) if facts["place"] is not None else None,
    )


def _facts(data: bytes, folder: Path, *, wants_place: bool) -> JsonObject:
    """What the worker says of a picture; one that it does not survive is refused like one that is too large."""
    source = folder / "sent"
    source.write_bytes(data)
    proposal = "place" if wants_place else "-"
    command = [sys.executable, "-I", picture_worker.__file__, str(source), str(folder), proposal]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LONGEST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"problem": "memory"}
    if done.returncode:
        return {"problem": "memory"}
    facts: JsonObject = json.loads((folder / "facts.json").read_text())
    return facts


def _problem(facts: JsonObject, data: bytes) -> WrongValues:
    match facts["problem"]:
        case "pixels":
            size = f"{facts['sent_width']}×{facts['sent_height']}"
            most = f"{MOST_PIXELS // 1_000_000}"
            return _refused(
                f"图片有 {size} 像素，超过 {most} 百万像素，请缩小后再传。",
                f"The picture has {size} pixels, more than {most} million; please shrink it.",
            )
        case "animated":
            return _refused(
                "这是动图。请截取其中一张，存为 JPEG 或 PNG 再传。",
                "This picture is animated. Please save one of its frames as JPEG or PNG and send that.",
            )
        case "memory":
            return _refused(
                f"这张图片太大，打不开。请缩小到长边 {LONGEST_SIDE} 像素以内再传。",
                f"This picture is too large to be opened. Please shrink it to {LONGEST_SIDE} pixels on its longer side.",
            )
    other = next((words for at, mark, words in _OTHERS if data[at : at + len(mark)] == mark), None)
    if other is not None:
        return _refused(
            f"这是{other.zh}，不能用作凭证。请另存为 JPEG、PNG 或 PDF 再传。",
            f"This is {other.en}, which is not taken as evidence. Please save it as JPEG, PNG or PDF and send that.",
        )
    return _refused(
        "这不是能打开的照片或 PDF，或者文件不完整（支持 JPEG、PNG、WebP、GIF、HEIC 和 PDF）。请重新选择，或另存为 JPEG 再传。",
        "This is no photo or PDF that can be opened, or it is not complete (JPEG, PNG, WebP, GIF, HEIC and PDF are taken). "
        "Please choose it again, or save it as JPEG and send that.",
    )


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _refuse_mislabelled(media_type: str, name: str) -> None:
    """A paper that is called a picture, or the other way round; which sort of picture it is, people do not know."""
    ending = _ending(name)
    named = next((kind for kind, endings in _ENDINGS.items() if ending in endings), None)
    if ending and (named is None or named.partition("/")[0] != media_type.partition("/")[0]):
        really = media_type.rpartition("/")[2].upper()
        raise _refused(
            f"文件名以“.{ending}”结尾，内容却是 {really}，请检查后重新选择。",
            f"The name ends in “.{ending}” but the content is {really}; please check and choose again.",
        )


def _renamed(name: str, media_type: str) -> str:
    """The name with the ending of what is kept."""
    ending = _ending(name)
    if not ending or ending in _ENDINGS[media_type]:
        return name
    return f"{name.rpartition('.')[0]}.{_ENDINGS[media_type][0]}"


def content_of(folder: Path, digest: str) -> bytes:
    """The bytes of a kept file, which are those that were kept.

    Raises:
        NotFound: it is not there.
        ChangedFile: it was changed on the disk since.
    """
    return read_kept(kept_file(folder, digest), digest)


def small_picture(folder: Path, digest: str) -> bytes:
    """The small picture that was made when the file was kept."""
    return read_kept(kept_small_picture(folder, digest))


def kept_file(folder: Path, digest: str) -> Path:
    return folder / "evidence" / digest[:2] / digest


def kept_small_picture(folder: Path, digest: str) -> Path:
    return folder / "evidence" / digest[:2] / f"{digest}.small.jpg"


def read_kept(place: Path, digest: str | None = None) -> bytes:
    """What was written whole, and, with the SHA-256 by which it is named, what was not changed since.

    Raises:
        NotFound: nothing was written.
        ChangedFile: its content is another.
    """
    try:
        data = place.read_bytes()
    except FileNotFoundError:
        raise NotFound(LocalizedText("文件不在存储目录里。", "The file is not in the store.")) from None
    if digest is not None and hashlib.sha256(data).hexdigest() != digest:
        raise ChangedFile
    return data


class ChangedFile(DomainError):
    """A file in the store is no longer what was kept; it is not shown as if it were."""

    def __init__(self) -> None:
        super().__init__(
            "changed_file",
            LocalizedText(
                "这个文件在存储目录里被改动过，不能作为凭证显示；请联系管理员核对并从备份取回。",
                "This file was changed in the store and is not shown as evidence. Please have an administrator check it and "
                "take it from a backup.",
            ),
        )


def write_whole(place: Path, data: bytes) -> None:
    """Write whole or not at all, and on the disk before anybody refers to it."""
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, half = tempfile.mkstemp(dir=place.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(half).replace(place)


def _refused(zh: str, en: str) -> WrongValues:
    return WrongValues({"evidence": LocalizedText(zh, en)})
