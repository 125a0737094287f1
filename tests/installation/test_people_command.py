"""`huitoukan user …`: who signs in is kept from the command line, and the last administrator stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forked import Done, run

PASSWORD = "一个 足够长的 密码\n"
AREAS = "区划代码,名称\n341226,颍上县\n341200,阜阳市\n"


class Desk:
    """An operator in front of an installation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def do(self, *given: str, code: int = 0, words: str | bytes = PASSWORD) -> Done:
        done = run(self.folder, *given, "--data", str(self.folder / "data"), words=words)
        assert "Traceback" not in done.stderr
        assert done.returncode == code, done
        return done

    def line(self, login: str) -> list[str]:
        """What the list says of somebody."""
        rows = [line.split("\t") for line in self.do("user", "list").stdout.splitlines()]
        return next(row for row in rows if row[0] == login)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    one = Desk(tmp_path)
    one.do("migrate")
    one.do("user", "add", "root", "--name", "总管理", "--role", "admin")
    (tmp_path / "areas.csv").write_text(AREAS)
    one.do("import", "rows", "areas", str(tmp_path / "areas.csv"))
    return one


def test_posts_are_given_and_taken_all_of_them_or_none(desk: Desk) -> None:
    desk.do("user", "add", "wang", "--name", "王芳")
    assert desk.line("wang") == ["wang", "王芳", "active", "-"]
    desk.do("user", "post", "wang", "--give", "county_office@颍上县", "--give", "admin@341226")
    assert desk.line("wang")[3] == "county_office@341226 admin@341226"
    refused = desk.do("user", "post", "wang", "--take", "admin@341226", "--give", "helper@999", code=1)
    assert "huitoukan import rows areas FILE" in refused.stderr
    assert "请先导入区划" in refused.stderr
    assert desk.line("wang")[3] == "county_office@341226 admin@341226"
    desk.do("user", "post", "wang", "--take", "admin@341226")
    assert desk.line("wang")[3] == "county_office@341226"
    for given, sentence in (
        (["--take", "admin@341226"], "does not hold admin@341226"),
        (["--give", "county_office@341226"], "hold this post already"),
        (["--give", "helper@341226", "--until", "2019-01-01"], "cannot lie before today"),
        (["--give", "city_office@341226"], "“City office” is held at a city; “颍上县” is a county."),
    ):
        assert sentence in desk.do("user", "post", "wang", *given, code=1).stderr
    for given in (
        [],
        ["--give", "king@341226"],
        ["--give", "helper"],
        ["--give", "admin@"],
        ["--give", "admin@ "],
        ["--take", "admin@"],
        ["--give", "helper@"],
    ):
        desk.do("user", "post", "wang", *given, code=2)
    assert "Nobody signs in as nobody" in desk.do("user", "post", "nobody", "--give", "admin", code=1).stderr


def test_an_account_closes_and_opens_again(desk: Desk) -> None:
    desk.do("user", "add", "wang", "--name", "王芳", "--role", "county_office@341226")
    desk.do("user", "close", "wang")
    assert desk.line("wang")[2:] == ["closed", "county_office@341226"]
    again = desk.do("user", "add", "wang", code=1)
    assert "already an account wang" in again.stderr
    assert "holds: county_office@341226" in desk.do("user", "open", "wang").stdout
    assert desk.line("wang")[2] == "active"
    assert "can sign in already" in desk.do("user", "open", "wang", code=1).stderr
    assert "no account nobody" in desk.do("user", "open", "nobody", code=1).stderr


def test_an_empty_area_makes_nobody_an_administrator_of_the_installation(desk: Desk) -> None:
    for role in ("admin@", "admin@ ", "county_office@", "@341226"):
        assert "ROLE@SCOPE" in desk.do("user", "add", "bad", "--role", role, code=2).stderr
    assert [line.split("\t")[0] for line in desk.do("user", "list").stdout.splitlines()] == ["root"]


def test_names_and_sign_in_names_that_cannot_be_kept_are_refused(desk: Desk) -> None:
    assert "has 201 characters" in desk.do("user", "add", "long", "--name", "长" * 201, code=1).stderr
    desk.do("user", "add", "long", "--name", "长" * 200)
    assert "already an account root" in desk.do("user", "add", "Root", code=1).stderr
    people = desk.folder / "people.csv"
    people.write_text("登录名,姓名\nROOT,别人\nli,李四\nLi,李五\n")
    refused = desk.do("import", "rows", "people", str(people), code=1).stderr
    assert refused.count("only in capital letters") == 2


def test_bytes_that_are_no_text_are_told(desk: Desk) -> None:
    for given in (["add", "bytes"], ["password", "root"]):
        assert "UTF-8" in desk.do("user", *given, words=b"\xff\xfe12345678\n", code=1).stderr
    assert "UTF-8" in desk.do("user", "add", "bytes", "--name", "\udcff", code=2).stderr


def test_a_password_is_read_from_standard_input(desk: Desk) -> None:
    assert "has a new password" in desk.do("user", "password", "root").stdout
    assert "8 to 128 characters" in desk.do("user", "password", "root", words="short\n", code=1).stderr
    assert "Nobody signs in as nobody" in desk.do("user", "password", "nobody", code=1).stderr


def test_the_last_administrator_of_the_installation_stays(desk: Desk) -> None:
    desk.do("user", "add", "wang", "--role", "admin@341226")
    desk.do("user", "add", "soon", "--role", "county_office@341226")
    desk.do("user", "post", "soon", "--give", "admin", "--until", "2999-01-01")
    for given in (
        ["user", "close", "root"],
        ["user", "post", "root", "--take", "admin"],
        ["user", "post", "root", "--take", "admin@installation"],
    ):
        refused = desk.do(*given, code=1)
        assert "last administrator of the installation" in refused.stderr
        assert "最后一位" in refused.stderr
    assert desk.line("root")[2:] == ["active", "admin@installation"]
    assert "no longer sign in" in desk.do("user", "close", "root", "--to", "wang").stdout
    assert desk.line("wang")[3] == "admin@341226 admin@installation"
    assert "last administrator" in desk.do("user", "close", "wang", code=1).stderr


def test_the_installation_does_not_pass_to_somebody_who_cannot_sign_in(desk: Desk) -> None:
    people = desk.folder / "people.csv"
    people.write_text("登录名,姓名,岗位,岗位范围\nli,李四,区县扶贫局,颍上县\n")
    desk.do("import", "rows", "people", str(people))
    assert desk.line("li")[2:] == ["no password", "county_office@341226"]
    assert "last administrator" in desk.do("user", "close", "root", "--to", "li", code=1).stderr
    assert desk.line("root")[2:] == ["active", "admin@installation"]
    desk.do("user", "password", "li")
    desk.do("user", "close", "root", "--to", "li")
    assert desk.line("li")[3] == "county_office@341226 admin@installation"
