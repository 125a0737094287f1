"""People who use the pages as a browser does: they sign in, find forms on pages, fill them in and send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from httpx import Response

from tests.journeys.pictures import photo
from tests.web.conftest import client_of

Fields = dict[str, list[str]]


@dataclass
class Form:
    """A form of a page: where it is sent, what stands in its fields, and what can be chosen, by what it is called."""

    action: str
    fields: Fields = field(default_factory=dict)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)

    def choose(self, name: str, label: str) -> str:
        """The value of the choice that is called so."""
        result = [value for words, value in self.choices[name].items() if label in words]
        assert len(result) == 1, (name, label, self.choices[name])
        return result[0]


class _Reader(HTMLParser):
    """Reads the forms, the links and the addresses that are shown on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.codes: list[str] = []
        self._form: Form | None = None
        self._select = self._option = self._text_of = ""
        self._link: str | None = None
        self._in_code = False
        self._template = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "template":
            self._template += 1
        if self._template:
            return
        if tag == "form":
            self._form = Form(given.get("action", ""))
            self.forms.append(self._form)
        elif tag == "a":
            self._link = given.get("href", "")
            self.links.append((self._link, ""))
        elif tag == "code":
            self._in_code = True
            self.codes.append("")
        elif self._form is not None and (name := given.get("name", "")):
            self._field(self._form, tag, name, given)
        elif tag == "option" and self._form is not None and self._select:
            self._option = given.get("value", "")
            if "selected" in given:
                self._form.fields[self._select] = [self._option]

    def _field(self, form: Form, tag: str, name: str, given: dict[str, str]) -> None:
        if tag == "select":
            self._select = name
            form.choices[name] = {}
            form.fields.setdefault(name, [""])
        elif tag == "textarea":
            self._text_of = name
            form.fields[name] = [""]
        elif tag == "input" and given.get("type") in ("radio", "checkbox"):
            form.choices.setdefault(name, {})[given.get("value", "on")] = given.get("value", "on")
            if "checked" in given:
                form.fields.setdefault(name, []).append(given.get("value", "on"))
        elif tag == "input" and given.get("type") != "file":
            form.fields.setdefault(name, []).append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._text_of and self._form is not None:
            self._form.fields[self._text_of][0] += data.removeprefix("\n")
        elif self._option and self._form is not None and data.strip():
            self._form.choices[self._select][data.strip()] = self._option
        if self._link is not None:
            href, words = self.links[-1]
            self.links[-1] = href, words + data
        if self._in_code:
            self.codes[-1] += data.strip()

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "template":
                self._template -= 1
            case "form":
                self._form = None
            case "select":
                self._select = ""
            case "option":
                self._option = ""
            case "textarea":
                self._text_of = ""
            case "a":
                self._link = None
            case "code":
                self._in_code = False


@dataclass
class Page:
    """An answer, read."""

    status: int
    text: str
    at: str
    forms: list[Form]
    links: list[tuple[str, str]]
    codes: list[str]

    def form(self, action: str) -> Form:
        """The one form that is sent to an address."""
        result = [form for form in self.forms if form.action == action]
        assert len(result) == 1, (
            f"{len(result)} forms for {action} on {self.at}: {[f.action for f in self.forms]}"
        )
        return result[0]


class Somebody:
    """One person with a browser of their own."""

    def __init__(self, app: FastAPI) -> None:
        self._client = client_of(app, follow=True)
        self._client.cookies.set("language", "zh")

    def look(self, path: str, status: int = 200) -> Page:
        """Open a page."""
        return _read(self._client.get(path), status)

    def send(
        self,
        page: Page,
        action: str,
        /,
        *,
        status: int = 200,
        file: tuple[str, bytes] | None = None,
        **values: Any,
    ) -> Page:
        """Fill in a form of a page and send it; names with a dot are given with two underscores."""
        form = page.form(action)
        typed = {name.replace("__", "."): value for name, value in values.items()}
        assert set(typed) <= set(form.fields) | set(form.choices) | {"questions"}, (typed, form)
        return self.post(page, form, {**form.fields, **typed}, status=status, file=file)

    def post(
        self,
        page: Page,
        form: Form,
        fields: dict[str, Any],
        *,
        status: int = 200,
        file: tuple[str, bytes] | None = None,
    ) -> Page:
        """Send a form with these fields."""
        files = None if file is None else {"file": file}
        address = form.action or page.at
        return _read(self._client.post(address, data=fields, files=files), status)

    def set_password(self, link: str, password: str) -> Page:
        """Open a one-time link and set the password."""
        path = urlsplit(link).path
        return self.send(self.look(path), path, password=password, again=password)

    def sign_in(self, login: str, password: str, status: int = 200) -> Page:
        """Through the page for signing in."""
        return self.send(self.look("/sign-in"), "/sign-in", login=login, password=password, status=status)

    def do(self, what: str, where: str, /, photos: dict[str, int] | None = None, **values: Any) -> Page:
        """Find work on the desk by what it is called and what it is about; fill it in and send it."""
        desk = self.look("/")
        work = [link for link in desk.links if link[0].startswith("/work-items/")]
        result = [href for href, words in work if what in words and where in words]
        assert result, f"no {what} about {where} on the desk: {work}"
        page = self.look(result[0])
        form = page.form(result[0])
        chosen = {
            name: form.choose(name, value[1]) if isinstance(value, tuple) else value
            for name, value in ((name.replace("__", "."), value) for name, value in values.items())
        }
        for name, count in (photos or {}).items():
            chosen[name] = [self._photo(page, form, name) for _ in range(count)]
        sent = self.post(page, form, {**form.fields, **chosen})
        assert sent.at.startswith("/?done="), sent.text
        return sent

    def _photo(self, page: Page, form: Form, name: str) -> str:
        """As the page's script does it: the picture goes ahead, the form carries its number."""
        about = page.text.split('data-about="')[1].split('"')[0]
        headers = {"x-csrf-token": form.fields["_csrf"][0], "x-about": about, "x-file-name": "photo.jpg"}
        sent = self._client.put("/evidence/unknown", content=photo(), headers=headers)
        assert sent.status_code == 201, sent.text
        return str(sent.json()["id"])


def _read(answer: Response, status: int) -> Page:
    assert answer.status_code == status, f"{answer.url}: {answer.status_code}\n{answer.text}"
    reader = _Reader()
    reader.feed(answer.text)
    address = answer.url.raw_path.decode()
    return Page(answer.status_code, answer.text, address, reader.forms, reader.links, reader.codes)
