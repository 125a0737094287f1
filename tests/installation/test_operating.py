"""What an operator relies on: a clean stop, files that others cannot read, and start-up faults that are sentences."""

from __future__ import annotations

import shutil
import socket
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.database import Database
from engine.errors import DomainError
from huitoukan import schema_versions
from huitoukan.cli.opening import prepare
from huitoukan.settings import Settings, default_url, from_environment
from tests.faults.serving import LoggedServer
from tests.forked import run


def test_the_command_says_its_version(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").stdout.startswith("huitoukan 0.")


def test_a_copy_of_the_file_after_a_clean_stop_is_whole(tmp_path: Path) -> None:
    server = LoggedServer(tmp_path)
    file = tmp_path / "data" / "huitoukan.db"
    with sqlite3.connect(file) as other:
        log = file.with_name("huitoukan.db-wal")
        assert log.stat().st_size > 0
        served = other.execute("SELECT count(*) FROM definitions").fetchone()
    other.close()
    assert server.stop() == 0
    assert not log.exists()
    shutil.copy(file, tmp_path / "copy.db")
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM definitions").fetchone() == served != (0,)
    copy.close()
    assert server.lines == []


def test_what_the_product_keeps_is_closed_to_others(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for name in ("evidence/ab", "imports/1", "mail"):
        (data / name).mkdir(parents=True)
        (data / name / "file").write_text("of somebody")
    (data / "seals.txt").touch()
    (data / "somebody-else's").mkdir()
    for entry in (data, *data.rglob("*")):
        entry.chmod(0o755)
    server = LoggedServer(tmp_path)
    result = {str(entry.relative_to(data)): entry.stat().st_mode & 0o777 for entry in data.rglob("*")}
    assert server.stop() == 0
    assert data.stat().st_mode & 0o777 == 0o700
    assert result.pop("somebody-else's") == 0o755
    assert {"huitoukan.db", "huitoukan.db-wal", "huitoukan.db-shm", "seals.txt", "evidence/ab/file"} <= set(
        result
    )
    assert {
        name: mode for name, mode in result.items() if mode != (0o700 if (data / name).is_dir() else 0o600)
    } == {}


def _other_version(url: str, version: str) -> None:
    schema_versions.migrate(url)
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
    database.close()


def _foreign(_folder: Path, url: str) -> None:
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id integer)"))
    database.close()


def test_a_schema_that_is_not_this_version_s_is_told(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=empty_database)
    if not empty_database.startswith("sqlite"):
        with pytest.raises(DomainError, match=r"empty: run `huitoukan migrate`"):
            prepare(settings)
    schema_versions.migrate(empty_database)
    if not empty_database.startswith("sqlite"):
        this = schema_versions.newest()
        with monkeypatch.context() as later:
            later.setattr(schema_versions, "newest", lambda: "0999")
            with pytest.raises(DomainError, match=rf"older version {this}: run `huitoukan migrate` first"):
                prepare(settings)


@pytest.mark.parametrize(
    ("version", "sentence"), [("9999", "9999, newer than this program"), ("0037", "before the first release")]
)
def test_a_schema_that_no_migration_leads_to_or_from_is_refused(
    empty_database: str, tmp_path: Path, version: str, sentence: str
) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=empty_database)
    _other_version(empty_database, version)
    for act in (lambda: prepare(settings), lambda: schema_versions.migrate(empty_database)):
        with pytest.raises(DomainError, match=sentence):
            act()


def test_a_database_of_something_else_is_left_alone(empty_database: str, tmp_path: Path) -> None:
    _foreign(tmp_path, empty_database)
    with pytest.raises(DomainError, match="tables of something else"):
        schema_versions.migrate(empty_database)


def test_a_database_that_could_lose_what_it_acknowledged_is_refused(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema_versions.migrate(empty_database)
    settings = Settings(data_dir=tmp_path / "data", database_url=empty_database)
    prepare(settings)
    if empty_database.startswith("sqlite"):
        monkeypatch.setattr(
            "engine.database._prepare_sqlite",
            lambda connection, _record: connection.execute("PRAGMA synchronous=NORMAL"),
        )
    else:
        monkeypatch.setenv("PGOPTIONS", "-c synchronous_commit=local")
    with pytest.raises(DomainError, match="a power cut could lose"):
        prepare(settings)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", "mysql://host/name", "must begin with sqlite:/// or postgresql://"),
        ("DATABASE_URL", "postgresql://user:secret@127.0.0.1:1/name", "cannot be used: connection failed"),
        ("DATABASE_URL", "postgresql://user@host:port/name", "must look like"),
        ("DATABASE_URL", "sqlite:///", "must look like"),
        ("PUBLIC_URL", "huitoukan.example.cn", "HUITOUKAN_PUBLIC_URL must look like https://"),
        ("SMTP_URL", "mail.example.cn:25", "HUITOUKAN_SMTP_URL must look like smtp://"),
        ("SMTP_URL", "smtp://mail.example.cn:many", "HUITOUKAN_SMTP_URL must look like smtp://"),
        ("MAIL_FROM", "huitoukan", "HUITOUKAN_MAIL_FROM must look like"),
        ("MAIL_FROM", "huitoukan", "HUITOUKAN_MAIL_FROM 应写成"),
        ("APPRISE", "duty", "HUITOUKAN_APPRISE must look like duty="),
        ("OUTGOING_NETWORKS", "10.1.0.1/16", "HUITOUKAN_OUTGOING_NETWORKS must look like 10.1.0.0/16"),
        ("DATA_DIR", "/dev/null/data", "The data folder /dev/null/data cannot be written"),
    ],
)
def test_start_up_faults_are_sentences(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    settings = {"HUITOUKAN_DATA_DIR": str(tmp_path / "data"), f"HUITOUKAN_{name}": value}
    code, said = _run(tmp_path, "serve", "--port", "0", settings=settings)
    assert code == 1
    assert sentence in said
    assert "secret" not in said


def test_a_file_that_is_no_database_and_a_port_in_use_are_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = _run(tmp_path, "serve", "--port", port, "--data", str(tmp_path / "data"))
    assert (code, f"Cannot listen on 127.0.0.1:{port}" in said) == (1, True)
    (tmp_path / "other").mkdir()
    Path(default_url(tmp_path / "other").removeprefix("sqlite:///")).write_bytes(b"no database" * 1000)
    code, said = _run(tmp_path, "serve", "--port", "0", "--data", str(tmp_path / "other"))
    assert (code, "file is not a database" in said) == (1, True)


@pytest.mark.parametrize(
    "command",
    [
        ["user", "list"], ["user", "add", "root", "--role", "admin"], ["user", "password", "root"], ["user", "post", "root", "--give", "admin"],
        ["user", "open", "root"], ["user", "close", "root"], ["token", "create", "root"], ["audit", "verify"], ["import", "rows", "areas", __file__],
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["nothing", "empty folder", "empty file", "no tables"])
def test_a_mistyped_data_folder_does_not_become_an_installation(
    tmp_path: Path, command: list[str], place: str
) -> None:
    data = tmp_path / "mistyped"
    if place != "nothing":
        data.mkdir()
    if place == "empty file":
        (data / "huitoukan.db").touch()
    if place == "no tables":
        sqlite3.connect(data / "huitoukan.db").execute("PRAGMA journal_mode=WAL").connection.close()
    before = sorted(data.rglob("*"))
    code, said = _run(tmp_path, *command, "--data", str(data))
    assert code == 1
    assert f"There is no installation in {data}; run huitoukan migrate first." in said
    assert f"{data} 中没有已安装的系统" in said
    assert sorted(data.rglob("*")) == before
    assert data.exists() == (place != "nothing")


def test_an_empty_setting_of_the_data_folder_counts_as_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUITOUKAN_DATA_DIR", "")
    assert from_environment().data_dir == tmp_path / "huitoukan-data"


def test_settings_are_read_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "DATA_DIR": str(tmp_path / "x" / ".." / "data"),
        "DATABASE_URL": "",
        "PUBLIC_URL": "https://huitoukan.example.cn/",
        "SMTP_URL": "smtps://user:password@mail.example.cn",
        "MAIL_FROM": "回头看 <look@example.cn>",
        "APPRISE": "duty=tgram://token/chat second=mailto://a@b.cn",
        "OUTGOING_NETWORKS": "10.1.0.0/16, 127.0.0.1",
        "DEMO": "1",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"HUITOUKAN_{name}", value)
    settings = from_environment()
    assert settings.data_dir == tmp_path / "data"
    assert settings.database_url == default_url(tmp_path / "data")
    assert settings.public_url == "https://huitoukan.example.cn"
    assert settings.smtp_url == "smtps://user:password@mail.example.cn"
    assert settings.mail_from == "回头看 <look@example.cn>"
    assert settings.apprise == {"duty": "tgram://token/chat", "second": "mailto://a@b.cn"}
    assert [str(network) for network in settings.outgoing_networks] == ["10.1.0.0/16", "127.0.0.1/32"]
    assert (settings.secure_cookies, settings.contact) == (True, "https://huitoukan.example.cn")
    monkeypatch.setenv("HUITOUKAN_DATABASE_URL", "postgresql://user@host/name")
    assert from_environment().database_url == "postgresql+psycopg://user@host/name"


def test_every_wrong_setting_is_named_and_none_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUITOUKAN_SMTP_URL", "user:secret@mail.example.cn")
    monkeypatch.setenv("HUITOUKAN_APPRISE", "secret")
    with pytest.raises(DomainError) as refused:
        from_environment()
    words = refused.value.words
    for sentence in (words.zh, words.en):
        assert [line.split()[0] for line in sentence.splitlines()] == [
            "HUITOUKAN_SMTP_URL",
            "HUITOUKAN_APPRISE",
        ]
    assert "secret" not in f"{refused.value}{words}{refused.value.__context__}"


def test_no_server_starts_on_half_a_restore(tmp_path: Path) -> None:
    (tmp_path / "data" / ".restoring").mkdir(parents=True)
    for command in (["serve", "--port", "0"], ["migrate"]):
        code, said = _run(tmp_path, *command, "--data", str(tmp_path / "data"))
        assert (code, "was interrupted" in said) == (1, True)


def _run(folder: Path, *given: str, settings: Mapping[str, str] | None = None) -> tuple[int | None, str]:
    """The exit code, and what was said on standard error; never a traceback."""
    done = run(folder, *given, settings=settings)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr
