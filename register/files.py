"""Files of evidence on disk: named by their content, checked by opening them, never by what they are called."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from engine.errors import NotFound, WrongValues
from engine.words import Words

LARGEST: Final = 15 * 1024 * 1024
MOST_PIXELS: Final = 50_000_000
SMALL: Final = (480, 480)
_PICTURES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
_ENDINGS: Final = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "image/gif": ("gif",),
    "application/pdf": ("pdf",),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was checked and lies on disk."""

    sha256: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None


def keep(folder: Path, data: bytes, name: str) -> Kept:
    """Check a file and write it under its hash, with a small picture beside it.

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
    place = _place(folder, digest)
    if data.startswith(b"%PDF-"):
        kept = Kept(digest, "application/pdf", len(data))
        _refuse_mislabelled(kept.media_type, name)
    else:
        picture, kept = _picture(data, digest)
        _refuse_mislabelled(kept.media_type, name)
        write_whole(_small_place(folder, digest), _shrunk(picture))
    write_whole(place, data)
    return kept


def _picture(data: bytes, digest: str) -> tuple[Image.Image, Kept]:
    """Decode the whole picture: what cannot be decoded is no picture, whatever its first bytes say."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(data), formats=tuple(_PICTURES))
            width, height = opened.size
            if width * height > MOST_PIXELS:
                raise _refused(
                    f"图片有 {width}×{height} 像素，太大了，请缩小后再传。",
                    f"The picture has {width}×{height} pixels, too many; please shrink it.",
                )
            opened.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise _refused(
            "这不是能打开的照片或 PDF（支持 JPEG、PNG、WebP、GIF 和 PDF）。",
            "This is no photo or PDF that can be opened (JPEG, PNG, WebP, GIF and PDF are).",
        ) from None
    return opened, Kept(digest, _PICTURES[opened.format or "JPEG"], len(data), width, height)


def _refuse_mislabelled(media_type: str, name: str) -> None:
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    known = {one for endings in _ENDINGS.values() for one in endings}
    if ending and (ending not in known or ending not in _ENDINGS[media_type]):
        really = media_type.rpartition("/")[2].upper()
        raise _refused(
            f"文件名以“.{ending}”结尾，内容却是 {really}，请检查后重新选择。",
            f"The name ends in “.{ending}” but the content is {really}; please check and choose again.",
        )


def _shrunk(picture: Image.Image) -> bytes:
    small = ImageOps.exif_transpose(picture.convert("RGBA") if picture.mode in ("P", "LA") else picture)
    small.thumbnail(SMALL)
    if small.mode != "RGB":
        paper = Image.new("RGB", small.size, "white")
        paper.paste(small, mask=small.getchannel("A") if "A" in small.getbands() else None)
        small = paper
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()


def content_of(folder: Path, digest: str) -> bytes:
    """The bytes of a kept file."""
    return read_kept(_place(folder, digest))


def small_picture(folder: Path, digest: str) -> bytes:
    """The small picture that was made when the file was kept."""
    return read_kept(_small_place(folder, digest))


def _place(folder: Path, digest: str) -> Path:
    return folder / "evidence" / digest[:2] / digest


def _small_place(folder: Path, digest: str) -> Path:
    return folder / "evidence" / digest[:2] / f"{digest}.small.jpg"


def read_kept(place: Path) -> bytes:
    """What was written whole.

    Raises:
        NotFound: nothing was.
    """
    try:
        return place.read_bytes()
    except FileNotFoundError:
        raise NotFound(Words("文件不在存储目录里。", "The file is not in the store.")) from None


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
    return WrongValues({"evidence": Words(zh, en)})
