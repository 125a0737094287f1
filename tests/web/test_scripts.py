"""The browser's scripts by themselves, in Node; and that only what is shipped makes them be built again."""

from __future__ import annotations

import subprocess

import pytest

from tests.scripts import HOW_TO_GET, TESTS, node


def test_the_browsers_scripts() -> None:
    found = node()
    if found is None or not (TESTS / "node_modules").is_dir():
        pytest.skip(HOW_TO_GET)
    done = subprocess.run(
        [found, "--test", "--test-reporter=dot", *sorted(TESTS.glob("*.test.js"))],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_tests_of_scripts_do_not_make_them_be_built_again() -> None:
    build = pytest.importorskip("hatch_build", reason=HOW_TO_GET)
    names = {path.relative_to(TESTS.parent).as_posix() for path in build.sources(TESTS.parents[1])}
    assert "src/app.js" in names
    assert not {name for name in names if name.startswith(("tests/", "node_modules/"))}
