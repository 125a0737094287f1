"""What commands read and how they end: a sentence on standard error, never a traceback."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import typer


def fail(sentence: str, code: int = 1) -> NoReturn:
    """End with a sentence on standard error."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def refuse_bytes(*arguments: str) -> None:
    """End with a sentence where an argument holds bytes that are no UTF-8: nothing keeps them."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            fail(f"{argument!a} is no text in UTF-8.\n{argument!a} 不是 UTF-8 文本。", 2)


def read_json(text: str, what: str) -> Any:
    """Read JSON that a person typed, or say what is wrong with it."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as fault:
        fail(f"{what} is not valid JSON: {fault.msg} (line {fault.lineno}, column {fault.colno}).", 2)
