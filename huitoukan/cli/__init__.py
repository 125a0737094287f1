"""The command `huitoukan`. What goes wrong is said in a sentence, never in a traceback."""

from __future__ import annotations

import os
import sqlite3
import sys
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import DomainError
from engine.outages import first_line, is_outage
from engine.xml import UnreadableXml
from huitoukan.private_files import UMASK

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
user = typer.Typer(no_args_is_help=True, help="People who sign in.")
token = typer.Typer(no_args_is_help=True, help="Personal tokens for the JSON API.")
model = typer.Typer(no_args_is_help=True, help="Diagrams and decisions: check, rehearse, ask them.")
audit = typer.Typer(no_args_is_help=True, help="The tamper-evident history.")
imports = typer.Typer(no_args_is_help=True, help="Bring in spreadsheets.")
backup = typer.Typer(no_args_is_help=True, help="Backups: one archive with the database and its files.")
app.add_typer(user, name="user")
app.add_typer(token, name="token")
app.add_typer(model, name="model")
app.add_typer(audit, name="audit")
app.add_typer(imports, name="import")
app.add_typer(backup, name="backup")

DataDir = Annotated[
    Path | None, typer.Option("--data", help="Data directory; the setting HUITOUKAN_DATA_DIR when left out.")
]


def _say_version(show: bool) -> None:
    if show:
        typer.echo(f"huitoukan {version('huitoukan')}")
        raise typer.Exit


@app.callback()
def begin(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Say which version this is, and end."
        ),
    ] = False,
) -> None:
    """Huitoukan (回头看): inspections that end in repairs."""
    os.umask(UMASK)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    data: DataDir = None,
) -> None:
    """Start the product. An embedded database is brought up to date first."""
    from huitoukan.cli.serving import serve as run

    run(data, host, port)


@app.command()
def demo(
    data: Annotated[Path, typer.Option("--data", help="Where the demo's database and files go.")] = Path(
        "demo-data"
    ),
    size: Annotated[
        str,
        typer.Option(help="small: 3 villages, in seconds; county: a whole county, about 17,000 households."),
    ] = "small",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = 8000,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print address, people, sign-in links and API tokens as one JSON line."),
    ] = False,
) -> None:
    """Build a demo campaign (if the directory has none yet) and start the product on it."""
    from huitoukan.cli.demonstration import demo as run

    run(data, size, port, as_json)


@app.command()
def migrate(data: DataDir = None) -> None:
    """Bring the database up to date with this version of the product."""
    from huitoukan.cli.serving import migrate as run

    run(data)


@user.command("add")
def user_add(
    login: Annotated[str, typer.Argument(help="Name to sign in with.")],
    name: Annotated[str, typer.Option(help="Name that others see; the sign-in name when left out.")] = "",
    role: Annotated[
        str,
        typer.Option(
            help="A post to give: admin for the whole installation, or ROLE@SCOPE, for instance county_office@341226."
        ),
    ] = "",
    email: Annotated[str, typer.Option(help="Address for mail.")] = "",
    data: DataDir = None,
) -> None:
    """Add a person; the password is asked for, or read from standard input."""
    from huitoukan.cli.people import add

    add(data, login, name or login, role, email)


@user.command("list")
def user_list(data: DataDir = None) -> None:
    """Everybody: sign-in name, name, whether they can sign in, posts; apart by tabs."""
    from huitoukan.cli.people import show_list

    show_list(data)


@user.command("password")
def user_password(
    login: Annotated[str, typer.Argument(help="Whose password it is.")], data: DataDir = None
) -> None:
    """Set a password; it is asked for, or read from standard input. Sessions and API tokens end."""
    from huitoukan.cli.people import change_password

    change_password(data, login)


@user.command("post")
def user_post(
    login: Annotated[str, typer.Argument(help="Whose posts they are.")],
    give: Annotated[
        list[str] | None, typer.Option(help="ROLE@SCOPE, or admin. Several are possible.")
    ] = None,
    take: Annotated[
        list[str] | None, typer.Option(help="ROLE@SCOPE, or admin. Several are possible.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of the posts that are given.")
    ] = None,
    data: DataDir = None,
) -> None:
    """Give posts and take posts; the last administrator of the installation stays."""
    from huitoukan.cli.people import change_posts

    change_posts(data, login, give or [], take or [], None if until is None else until.date())


@user.command("open")
def user_open(
    login: Annotated[str, typer.Argument(help="Whose account it is.")], data: DataDir = None
) -> None:
    """Open a closed account again."""
    from huitoukan.cli.people import reopen

    reopen(data, login)


@user.command("close")
def user_close(
    login: Annotated[str, typer.Argument(help="Whose account it is.")],
    to: Annotated[str, typer.Option(help="Sign-in name of whoever takes over the work and the posts.")] = "",
    reason: Annotated[str, typer.Option(help="Remarks for the history.")] = "",
    data: DataDir = None,
) -> None:
    """Close an account. While work hangs on it the command says how much, and closes nothing without --to."""
    from huitoukan.cli.people import close

    close(data, login, to, reason)


@token.command("create")
def token_create(
    login: Annotated[str, typer.Argument(help="Whose token it is.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    data: DataDir = None,
) -> None:
    """Create a personal API token; it is shown once."""
    from huitoukan.cli.people import create_token

    create_token(data, login, name)


@model.command("check")
def model_check(
    files: Annotated[list[Path], typer.Argument(help="BPMN and DMN files; together they are one model.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per file and line.")] = False,
) -> None:
    """Say everything that is wrong with diagrams, by element. Exit code 1 when one is not accepted."""
    from huitoukan.cli.check import model_check as run

    raise typer.Exit(run(files, as_json))


@model.command("rehearse")
def model_rehearse(
    file: Annotated[
        Path,
        typer.Argument(help="The BPMN file; files beside it are found by their process and decision ids."),
    ],
    process: Annotated[
        str | None, typer.Option(help="The process to start, when the file has several.")
    ] = None,
    key: Annotated[str, typer.Option(help="The business key of what is started.")] = "rehearsal:1",
    start: Annotated[str, typer.Option(help="Start variables as a JSON object.")] = "{}",
    answers: Annotated[
        Path | None, typer.Option(help="JSON file: task id to values, or to a list of values for each time.")
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(
            help="Another instance that runs beside it: PROCESS, PROCESS=KEY or PROCESS=KEY:{start variables}. Without a key it has the same one."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run a diagram in memory on a clock that jumps from deadline to deadline."""
    from huitoukan.cli.rehearsing import rehearse as run

    run(file, process, key, start, answers, also or [], as_json)


@model.command("decide")
def model_decide(
    file: Annotated[Path, typer.Argument(help="The DMN file.")],
    decision: Annotated[str, typer.Option(help="The decision, by name or id.")],
    values: Annotated[str, typer.Option("--input", help="What it reads, as a JSON object.")] = "{}",
    as_json: Annotated[
        bool, typer.Option("--json", help='Print {"result": …}, or {"error": …} and exit code 1.')
    ] = False,
) -> None:
    """Say what a decision of a DMN file concludes from these values. Exit code 1 when it cannot."""
    from huitoukan.cli.deciding import decide as run

    raise typer.Exit(run(file, decision, values, as_json))


@imports.command("households")
def import_households(
    file: Annotated[Path, typer.Argument(help="Excel workbook, or CSV in UTF-8 or GBK.")],
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Take the good rows even when some are bad.")
    ] = False,
    data: DataDir = None,
) -> None:
    """Import households, with their members where the workbook has a sheet of them."""
    from huitoukan.cli.importing import bring

    bring(data, "households", file, skip_bad)


@imports.command("rows")
def import_rows(
    kind: Annotated[str, typer.Argument(help="areas, units, people, members, baseline, measures, ledger …")],
    file: Annotated[Path, typer.Argument(help="Excel workbook, or CSV in UTF-8 or GBK.")],
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Take the good rows even when some are bad.")
    ] = False,
    data: DataDir = None,
) -> None:
    """Import a sheet of any other kind; `import template` says what its columns are."""
    from huitoukan.cli.importing import bring

    bring(data, kind, file, skip_bad)


@imports.command("template")
def import_template(
    kind: Annotated[str, typer.Argument(help="areas, units, people, households, baseline, ledger …")],
    file: Annotated[Path, typer.Argument(help="The workbook to write; it must not exist yet.")],
    language: Annotated[str, typer.Option(help="zh or en: of the headings and notes.")] = "zh",
) -> None:
    """Write a workbook to fill in: headings, an example, and a sheet that says what each column may hold."""
    from huitoukan.cli.importing import write_template

    write_template(kind, file, language)


@audit.command("verify")
def audit_verify(
    anchor: Annotated[
        Path | None,
        typer.Option(help="A copy of the seals kept elsewhere; the one in the data directory when left out."),
    ] = None,
    data: DataDir = None,
) -> None:
    """Check that the history is complete and unchanged; names the first row that is not."""
    from huitoukan.cli.auditing import verify

    verify(data, anchor)


@backup.command("create")
def backup_create(
    path: Annotated[Path, typer.Argument(help="A new file, or an existing folder in which a file is made.")],
    data: DataDir = None,
) -> None:
    """Back up database, evidence, papers, uploads and the history's seals, while people work."""
    from huitoukan.cli.backing_up import create

    create(data, path)


@backup.command("verify")
def backup_verify(file: Annotated[Path, typer.Argument(help="The archive.")]) -> None:
    """Read a backup from end to end: is it whole, unchanged, and for this version of the product?"""
    from huitoukan.cli.backing_up import verify

    verify(file)


@backup.command("restore")
def backup_restore(
    file: Annotated[Path, typer.Argument(help="The archive.")],
    data: DataDir = None,
) -> None:
    """Restore a backup into an empty data directory and the empty database that the settings name."""
    from huitoukan.cli.backing_up import restore

    restore(data, file)


def main() -> None:
    """The command; every expected failure ends in a sentence and a non-zero exit code."""
    try:
        app()
    except (DomainError, UnreadableXml) as refused:
        typer.echo(refused.words.en + "\n" + refused.words.zh, err=True)
        sys.exit(1)
    except (SQLAlchemyError, sqlite3.Error) as fault:
        if not is_outage(fault):
            raise
        typer.echo(f"The database cannot be used: {first_line(fault)}", err=True)
        sys.exit(1)
    except OSError as fault:
        typer.echo(str(fault), err=True)
        sys.exit(1)
    finally:
        _seal_up()


def _seal_up() -> None:
    """Seal what was written into the history, if the command opened an installation."""
    opening = sys.modules.get("huitoukan.cli.opening")
    if opening is not None:
        opening.seal_up()
