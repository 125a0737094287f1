"""Photos for the journeys: real pictures, each different."""

from __future__ import annotations

import io
import itertools

from PIL import Image, ImageDraw

_count = itertools.count(1)


def photo() -> bytes:
    """A small JPEG that differs from every other one."""
    number = next(_count)
    picture = Image.new("RGB", (640, 480), (90 + number % 120, 150, 110))
    ImageDraw.Draw(picture).text((40, 40), f"photo {number}", fill="white")
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()
