"""What a browser sent."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import FormData


async def posted(request: Request) -> FormData:
    """The fields of a posted form; files come another way."""
    return await request.form(max_files=0, max_fields=5000)


async def body(request: Request) -> bytes:
    """The raw bytes."""
    return await request.body()


def text(form: FormData, name: str, longest: int = 2000) -> str:
    """One field as trimmed text."""
    given = form.get(name)
    return given.strip()[:longest] if isinstance(given, str) else ""


def local_path(given: str) -> str:
    """An address within the house, or the desk: nobody is sent elsewhere by a link."""
    parts = urlsplit(given)
    inside = (
        given.startswith("/")
        and not given.startswith(("//", "/\\"))
        and not parts.scheme
        and not parts.netloc
    )
    return given if inside and "\n" not in given and "\r" not in given else "/"
