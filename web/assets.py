"""The built scripts and styles: read once, answered from memory, ready compressed."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from engine.errors import NotFound

_DIST = Path(__file__).parent / "static/dist"
_FOREVER = "public, max-age=31536000, immutable"
router = APIRouter()


@dataclass(frozen=True, slots=True)
class Asset:
    """One file in both of its forms."""

    body: bytes
    squeezed: bytes | None
    media_type: str


def _load() -> dict[str, Asset]:
    result: dict[str, Asset] = {}
    for path in _DIST.glob("*"):
        if path.suffix == ".gz" or not path.suffix:
            continue
        squeezed = path.with_name(path.name + ".gz")
        kind = (
            "text/javascript"
            if path.suffix == ".js"
            else mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        )
        result[path.name] = Asset(
            path.read_bytes(), squeezed.read_bytes() if squeezed.is_file() else None, kind
        )
    return result


_assets = _load()
_tag: Final = hashlib.sha256(b"".join(asset.body for _name, asset in sorted(_assets.items()))).hexdigest()[
    :12
]
"""Changes with the content of what was built."""


def address_of(name: str) -> str:
    """The address of a built file, which changes with what was built."""
    return f"/static/{name}?v={_tag}"


@router.get("/service-worker.js", include_in_schema=False)
def service_worker() -> Response:
    """At the top, for a worker serves the paths below its own; the browser looks for a newer one by itself."""
    asset = _assets["service-worker.js"]
    return Response(asset.body, media_type=asset.media_type, headers={"Cache-Control": "no-cache"})


@router.get("/static/{name}", include_in_schema=False)
def static(name: str, request: Request) -> Response:
    """One built file."""
    asset = _assets.get(name)
    if asset is None:
        raise NotFound
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if asset.squeezed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            asset.squeezed, media_type=asset.media_type, headers={**headers, "Content-Encoding": "gzip"}
        )
    return Response(asset.body, media_type=asset.media_type, headers=headers)
