"""What is no whole backup of this version is refused in a sentence, and nothing of it is left behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
import pytest
from sqlalchemy import text

from engine.clock import SystemClock
from engine.database import Database
from engine.errors import DomainError
from huitoukan.application import RunningApplication
from huitoukan.backups import archive
from huitoukan.backups.archive import Archive, ArchiveWriter
from huitoukan.backups.creating import create
from huitoukan.backups.databases import is_empty, snapshot
from huitoukan.backups.restoring import restore
from huitoukan.schema_versions import newest
from huitoukan.settings import Settings
from tests.forked import run
from tests.installation.test_backups import send_paper

Places = Callable[[str], Settings]


@pytest.fixture
def whole(installed: RunningApplication, tmp_path: Path) -> Path:
    """A backup with two papers and an anchor."""
    for words in ("one", "two"):
        send_paper(installed, "ticket:1", words)
    installed.seal()
    found = create(installed.settings, tmp_path / "whole.zip", SystemClock().now()).path
    installed.database.close()
    return found


def refused(place: Settings, path: Path) -> DomainError:
    """Why it is refused; the place is as empty as before."""
    with pytest.raises(DomainError) as caught:
        restore(place, path)
    assert not place.data_dir.exists()
    database = Database(place.database_url)
    assert database.file is not None or is_empty(database)
    database.close()
    assert caught.value.words.zh
    assert caught.value.words.en
    return caught.value


def written_anew(whole: Path, change: Callable[[dict[str, bytes], dict[str, object]], None]) -> Path:
    """The archive with other members or another manifest, and with a digest that fits: as somebody forges it."""
    found = Archive(whole)
    members = {name: b"".join(found.pieces(name)) for name in found.manifest.members}
    with ZipFile(whole) as opened:
        manifest = orjson.loads(opened.read(archive.MANIFEST))
    change(members, manifest)
    path = whole.with_name("forged.zip")
    with ZipFile(path, "w", ZIP_DEFLATED) as made:
        for name, content in members.items():
            compress = ZIP_DEFLATED if name.startswith("database") else 0
            made.writestr(name, content, compress)
        made.writestr(archive.MANIFEST, orjson.dumps(manifest))
        made.comment = b"0" * 64
    digest = archive._digest_before_comment(path)
    path.write_bytes(path.read_bytes()[:-64] + digest.encode())
    return path


def test_a_cut_backup_is_refused(whole: Path, new_place: Places) -> None:
    content, cut = whole.read_bytes(), whole.with_name("cut.zip")
    place = new_place("cut")
    for length in (
        0,
        1,
        63,
        64,
        65,
        len(content) // 3,
        len(content) // 2,
        len(content) - 64,
        len(content) - 1,
    ):
        cut.write_bytes(content[:length])
        assert refused(place, cut).code == "bad_archive", length


@pytest.mark.parametrize("keeps_the_digest", [False, True])
def test_a_backup_that_was_packed_again_without_its_evidence_is_named_so(
    whole: Path, new_place: Places, keeps_the_digest: bool
) -> None:
    packed = whole.with_name("packed.zip")
    with ZipFile(whole) as old, ZipFile(packed, "w") as new:
        lacking = sorted(name for name in old.namelist() if name.startswith("evidence/"))
        for name in set(old.namelist()) - set(lacking):
            new.writestr(name, old.read(name))
        new.comment = old.comment if keeps_the_digest else b""
    with pytest.raises(DomainError) as caught:
        Archive(packed)
    said = caught.value.words.en
    assert f"lacks {len(lacking)} file" in said
    assert lacking[0] in said
    assert "restored" not in said
    assert "Nothing was restored" in refused(new_place("again"), packed).words.en


def test_a_flipped_bit_is_found_wherever_it_is(whole: Path, new_place: Places) -> None:
    content, flipped = whole.read_bytes(), whole.with_name("flipped.zip")
    place = new_place("flipped")
    for at in (0, 5, 11, *range(100, len(content), len(content) // 25), len(content) - 70, len(content) - 1):
        changed = bytearray(content)
        changed[at] ^= 1
        flipped.write_bytes(changed)
        assert refused(place, flipped).code == "bad_archive", at


def _swap_papers(members: dict[str, bytes], _manifest: dict[str, object]) -> None:
    one, two = (name for name in members if name.startswith("evidence/"))
    members[one], members[two] = members[two], members[one]


def _lose_a_paper(members: dict[str, bytes], _manifest: dict[str, object]) -> None:
    del members[next(name for name in members if name.startswith("evidence/"))]


def _add_a_file(members: dict[str, bytes], _manifest: dict[str, object]) -> None:
    members["evidence/ab/" + "ab" * 32] = b"more"


def _climb(members: dict[str, bytes], manifest: dict[str, object]) -> None:
    members["imports/1/../../../climbed"] = b""
    manifest["members"]["imports/1/../../../climbed"] = [0, archive.hashlib.sha256(b"").hexdigest()]  # type: ignore[index,attr-defined]


def _say_more(_members: dict[str, bytes], manifest: dict[str, object]) -> None:
    manifest["members"]["seals.txt"][0] = 10**15  # type: ignore[index]


def _say_nonsense(_members: dict[str, bytes], manifest: dict[str, object]) -> None:
    manifest["members"] = ["seals.txt"]


def _lose_the_database(members: dict[str, bytes], manifest: dict[str, object]) -> None:
    for name in [member for member in members if member.startswith("database")]:
        del members[name]
        del manifest["members"][name]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "change",
    [_swap_papers, _lose_a_paper, _add_a_file, _climb, _say_more, _say_nonsense, _lose_the_database],
)
def test_members_that_are_not_those_of_the_manifest_are_refused(
    whole: Path, new_place: Places, change: Callable[[dict[str, bytes], dict[str, object]], None]
) -> None:
    assert refused(new_place("forged"), written_anew(whole, change)).code == "bad_archive"
    assert not (whole.parent.parent / "climbed").exists()


def test_a_database_that_is_none_is_refused(whole: Path, new_place: Places) -> None:
    def break_it(members: dict[str, bytes], manifest: dict[str, object]) -> None:
        name = next(member for member in members if member.startswith("database"))
        members[name] = b"no database" * 1000
        digest = archive.hashlib.sha256(members[name]).hexdigest()  # type: ignore[attr-defined]
        manifest["members"][name] = [len(members[name]), digest]  # type: ignore[index]

    assert refused(new_place("broken"), written_anew(whole, break_it)).code in (
        "bad_archive",
        "program_failed",
    )


@pytest.mark.parametrize(
    ("schema", "sentence"), [("9999", "newer program"), ("0031", "program that made it")]
)
def test_another_schema_is_refused(whole: Path, new_place: Places, schema: str, sentence: str) -> None:
    def say(_members: dict[str, bytes], manifest: dict[str, object]) -> None:
        manifest["schema"] = schema

    assert sentence in refused(new_place("schema"), written_anew(whole, say)).words.en


def test_a_database_of_another_schema_than_the_manifest_says_is_refused_and_taken_out_again(
    installed: RunningApplication, new_place: Places, tmp_path: Path
) -> None:
    with installed.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0032'"))
    writer = ArchiveWriter(tmp_path / "b.zip")
    with snapshot(installed.database, tmp_path) as (copy, _named):
        writer.add(copy.name, [copy.read_bytes()], copy.stat().st_size)
    kind = "sqlite" if installed.database.is_sqlite else "postgresql"
    writer.finish(archive.Manifest("0.1.0", newest(), kind, "2019-09-02", 0, writer.members))
    assert refused(new_place("other"), tmp_path / "b.zip").code == "bad_archive"
    installed.database.close()


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "foreign.zip", "w") as made:
        made.writestr("holiday.jpg", "sun")
    (tmp_path / "text").write_text("x" * 1000)
    (tmp_path / "empty").write_bytes(b"")
    for name in ("foreign.zip", "text", "empty", "missing"):
        done = run(tmp_path, "backup", "restore", str(tmp_path / name), "--data", str(tmp_path / "new"))
        assert done.returncode == 1
        assert done.stderr.startswith(str(tmp_path / name)), done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "new").exists()


def test_a_backup_is_restored_into_an_empty_place_only(whole: Path, new_place: Places) -> None:
    place = new_place("used")
    place.data_dir.mkdir()
    (place.data_dir / "something").write_text("of somebody")
    with pytest.raises(DomainError, match="not_empty"):
        restore(place, whole)
    assert [entry.name for entry in place.data_dir.iterdir()] == ["something"]
    (place.data_dir / "something").unlink()
    restore(place, whole)
    before = sorted(entry.name for entry in place.data_dir.rglob("*"))
    kept = place.data_dir.rename(place.data_dir.with_name("kept"))
    if place.database_url.startswith("sqlite"):
        kept.rename(place.data_dir)
    with pytest.raises(DomainError, match="not_empty"):
        restore(place, whole)
    found = place.data_dir if place.data_dir.exists() else kept
    assert sorted(entry.name for entry in found.rglob("*")) == before


def test_a_disk_that_fills_up_at_the_end_leaves_nothing(
    whole: Path, new_place: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _place: Path) -> None:
        if path.name.startswith(("seals", "database")):
            raise OSError(28, "No space left on device", str(path))
        shutil.copytree(path, _place)
        shutil.rmtree(path)

    monkeypatch.setattr("huitoukan.backups.restoring.shutil.move", full)
    place = new_place("full")
    with pytest.raises(OSError, match="No space left"):
        restore(place, whole)
    assert not place.data_dir.exists()
    monkeypatch.undo()
    restore(place, whole)
