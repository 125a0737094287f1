"""Checks one picture, turns it upright and makes it small, in a process with bounds of its own.

Run as a program with the picture's file, a folder and ``place`` or ``-``; writes ``facts.json`` and, where the picture
can be taken, ``picture`` and ``small.jpg`` without anything that a camera writes beside it. It imports nothing of the
house: it must start at once.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import math
import os
import sys
from pathlib import Path
from typing import Any

from PIL import GifImagePlugin, Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

FORMATS = {"JPEG": "JPEG", "MPO": "JPEG", "HEIF": "JPEG", "WEBP": "JPEG", "PNG": "PNG", "GIF": "PNG"}
"""What is taken, and as what it is kept. MPO is a JPEG with a second one behind it, as phones write."""
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2560
"""Pixels of a kept picture: a page of print at 220 dots an inch."""
SMALL = (480, 480)
MOST_BYTES = 768 * 1024**2
MOST_SECONDS = 30
_WITH_FRAMES = ("GIF", "PNG", "WEBP")
_GPS, _DETAILS, _TAKEN_AT = 0x8825, 0x8769, 36867

Facts = dict[str, Any]


def main(source: Path, folder: Path, *, wants_place: bool) -> int:
    """Check one picture; ``facts.json`` says what it is, or under ``problem`` what is wrong with it."""
    _bind()
    try:
        facts = _checked(source.read_bytes(), folder, wants_place=wants_place)
    except MemoryError:
        facts = {"problem": "memory"}
    except Exception:  # decoders of many hands, given whatever somebody sends
        facts = {"problem": "unreadable"}
    (folder / "facts.json").write_text(json.dumps(facts))
    return 0


def _bind() -> None:
    """Behind everybody who waits for a page and, where the system can, bound in memory and time."""
    try:
        import resource
    except ImportError:
        return
    os.nice(19)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _checked(data: bytes, folder: Path, *, wants_place: bool) -> Facts:
    if data[4:8] == b"ftyp":
        import pi_heif

        pi_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # the bound below has a sentence of its own
    picture: Image.Image = Image.open(
        io.BytesIO(data), formats=[format_ for format_ in FORMATS if format_ in Image.OPEN]
    )
    format, (width, height) = str(picture.format), picture.size
    facts: Facts = {"format": format, "sent_width": width, "sent_height": height}
    if width * height > MOST_PIXELS:
        return {**facts, "problem": "pixels"}
    if format in _WITH_FRAMES and getattr(picture, "is_animated", False):
        return {**facts, "problem": "animated"}
    place = _place(picture) if wants_place else None
    picture = _upright(picture)
    kept_as = "PNG" if "A" in picture.getbands() else FORMATS[format]
    _write(picture, folder / "picture", kept_as)
    facts |= {"kept_as": kept_as, "width": picture.width, "height": picture.height, "place": place}
    picture.thumbnail(SMALL, reducing_gap=2.0)
    _write(_on_paper(picture), folder / "small.jpg", "JPEG")
    return facts


def _upright(picture: Image.Image) -> Image.Image:
    """Decode the whole picture, as small as its decoder can: what cannot be decoded is no picture, whatever its first bytes say."""
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    picture.load()
    orientation = picture.getexif().get(0x0112)
    picture = _in_colour(picture)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
    picture.getexif()[0x0112] = orientation or 1
    return ImageOps.exif_transpose(picture)


def _in_colour(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        return picture if picture.mode == "RGBA" else picture.convert("RGBA")
    return picture if picture.mode in ("RGB", "L") else picture.convert("RGB")


def _on_paper(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands():
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _write(picture: Image.Image, path: Path, format: str) -> None:
    """The dots and their colours alone: no place, no camera, no comment."""
    bare = picture.copy()
    profile = picture.info.get("icc_profile")
    bare.info = {}
    options: dict[str, Any] = {"quality": 88} if format == "JPEG" else {}
    if profile and picture.mode != "L":
        options["icc_profile"] = profile
    bare.save(path, format, exif=b"", **options)


def _place(picture: Image.Image) -> Facts | None:
    """Where and when it was taken, as the camera wrote it; degrees north and east of WGS 84."""
    try:
        exif = picture.getexif()
        gps = exif.get_ifd(_GPS)
        latitude, longitude = _degrees(gps[2], gps[1] == "S"), _degrees(gps[4], gps[3] == "W")
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            return None
        result = {"latitude": round(latitude, 6), "longitude": round(longitude, 6)}
        return {**result, "at": _satellite_time(gps) or _camera_time(exif)}
    except (ArithmeticError, AttributeError, KeyError, IndexError, TypeError, ValueError):
        return None


def _degrees(value: Any, negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in value)
    angle = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(angle):
        raise ValueError(value)
    return -angle if negative else angle


def _satellite_time(gps: Any) -> str | None:
    """UTC, as satellites say it."""
    try:
        hour, minute, second = (int(part) for part in gps[7])
        day = dt.datetime.strptime(gps[29], "%Y:%m:%d").replace(tzinfo=dt.UTC)
        return day.replace(hour=hour, minute=minute, second=second).isoformat()
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None


def _camera_time(exif: Image.Exif) -> str | None:
    """The clock of the camera, which knows no zone."""
    try:
        text = str(exif.get_ifd(_DETAILS)[_TAKEN_AT])
        return dt.datetime.strptime(text.strip("\0 "), "%Y:%m:%d %H:%M:%S").isoformat()  # noqa: DTZ007
    except (KeyError, ValueError):
        return None


_READERS = (GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
"""Known before a picture is opened: Pillow would look through all of its readers otherwise."""

if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), wants_place=sys.argv[3] == "place"))
