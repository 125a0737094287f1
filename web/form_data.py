"""What a browser sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from pydantic import BaseModel, BeforeValidator
from starlette.datastructures import FormData, UploadFile

from engine.errors import DomainError
from engine.text import LocalizedText


async def get_form(request: Request) -> FormData:
    """The fields of a posted form; files come another way."""
    return await request.form(max_files=0, max_fields=5000)


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that came with a form."""

    name: str
    data: bytes


async def sent_files(form: FormData, name: str) -> list[SentFile]:
    """The files that were chosen in a field, if any were."""
    result: list[SentFile] = []
    for value in form.getlist(name):
        if isinstance(value, UploadFile) and value.filename:
            try:
                result.append(SentFile(value.filename, await value.read()))
            finally:
                await value.close()
    return result


async def sent_file(request: Request) -> SentFile | None:
    """The one file of a form, in its field ``file``."""
    return next(iter(await sent_files(await request.form(max_files=1, max_fields=20), "file")), None)


FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
"""The types of a form; what comes as one is read as one, before any route sees it."""


def is_form(request: Request) -> bool:
    """Whether a request brings the fields of a form."""
    return request.headers.get("content-type", "").lower().startswith(FORMS)


class NotAsItIs(DomainError):
    """A form where something is wanted as it is."""

    status = 415

    def __init__(self) -> None:
        words = LocalizedText(
            "这里要直接发送内容本身，不能用表单格式发送。",
            "Send the content itself here, not as the fields of a form.",
        )
        super().__init__("not_a_form", words)


async def body(request: Request) -> bytes:
    """The raw bytes.

    Raises:
        NotAsItIs: they are those of a form.
    """
    if is_form(request):
        await request.close()
        raise NotAsItIs
    return await request.body()


def text(form: FormData, name: str, longest: int = 2000) -> str:
    """One field as trimmed text."""
    value = form.get(name)
    return value.strip()[:longest] if isinstance(value, str) else ""


def trimmed(longest: int = 2000) -> BeforeValidator:
    """Reads a field of a form model as :func:`text` does: no form is refused here, what is wrong the domain says."""
    return BeforeValidator(lambda value: value.strip()[:longest] if isinstance(value, str) else "")


Line = Annotated[str, trimmed()]
"""A field of a form model: trimmed text, empty where the form has none."""


def form_router() -> APIRouter:
    """A router of pages with form models, which FastAPI reads before it is known who asks: they bring no files."""
    return APIRouter(include_in_schema=False, form_limits={"max_files": 0})


class OnwardForm(BaseModel):
    """A form that says where its page leads."""

    next: Line = ""


def local_path(value: str) -> str:
    """An address within the installation, or the desk: nobody is sent elsewhere by a link."""
    parts = urlsplit(value)
    inside = (
        value.startswith("/")
        and not value.startswith(("//", "/\\"))
        and not parts.scheme
        and not parts.netloc
    )
    return value if inside and "\n" not in value and "\r" not in value else "/"
