import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from cxlib.errors import ReportError
from cxlib.report.edition import make_edition
from cxlib.report.publish import BUILDING, locked, publish, recover, seal, write_whole, writing
from tests.dataset.test_store import fill, small_disk

NAMES = (
    "cx-report-a-de.html",
    "cx-report-a-en.html",
    "figures.json",
    "notebooks/de/12-x.ipynb",
    "manifest.json",
)


def build(folder, words, names=NAMES, *, sealed=True):
    building = folder / f"{BUILDING}2026-10"
    for name in names:
        (building / name).parent.mkdir(parents=True, exist_ok=True)
        (building / name).write_text(f"{name} {words}")
    if sealed:
        seal(building)
    return building


def contents(edition):
    return {
        path.relative_to(edition).as_posix(): path.read_text()
        for path in edition.rglob("*")
        if path.is_file()
    }


def test_published_files_are_those_of_the_build_and_no_others(tmp_path):
    publish(build(tmp_path, "old", (*NAMES, "tables/gone.csv")), tmp_path / "2026-10")
    publish(build(tmp_path, "new"), tmp_path / "2026-10")
    assert contents(tmp_path / "2026-10") == {name: f"{name} new" for name in NAMES}
    assert not (tmp_path / f"{BUILDING}2026-10").exists()


def test_pages_are_moved_first_and_the_manifest_last(tmp_path, monkeypatch):
    moved = []
    replace = os.replace
    building = build(tmp_path, "new")
    monkeypatch.setattr(os, "replace", lambda a, b: (moved.append(a.name), replace(a, b)))
    publish(building, tmp_path / "2026-10")
    assert [name.endswith(".html") for name in moved[:2]] == [True, True]
    assert moved[-1] == "manifest.json"


KILL = """
import os, signal, sys
from pathlib import Path
from tests.report.test_publish import build
from cxlib.report.publish import publish
folder, step = Path(sys.argv[1]), int(sys.argv[2])
calls = [0]
def dying(call):
    def step_or_die(*args, **kwargs):
        calls[0] += 1
        if calls[0] == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)
    return step_or_die
os.replace, os.fsync, os.unlink = dying(os.replace), dying(os.fsync), dying(os.unlink)
os.rmdir = dying(os.rmdir)
publish(build(folder, "new"), folder / "2026-10")
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not known there")
@pytest.mark.parametrize("step", [1, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14])
def test_a_kill_at_any_step_leaves_whole_files_and_the_next_run_tidies_up(tmp_path, step):
    publish(build(tmp_path, "old"), tmp_path / "2026-10")
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILL), str(tmp_path), str(step)], check=False
    )
    assert process.returncode == -signal.SIGKILL
    for name, text in contents(tmp_path / "2026-10").items():
        assert text in (f"{name} old", f"{name} new")
    assert set(NAMES) <= set(contents(tmp_path / "2026-10"))
    was_ready = (tmp_path / f"{BUILDING}2026-10" / "ready").exists()
    state = recover(tmp_path, "2026-10")
    words = {text.split()[-1] for text in contents(tmp_path / "2026-10").values()}
    if was_ready:
        assert (state, words) == ("finished", {"new"})
    else:
        assert len(words) == 1
    assert not (tmp_path / f"{BUILDING}2026-10").exists()


def test_an_unfinished_build_is_deleted(tmp_path):
    publish(build(tmp_path, "old"), tmp_path / "2026-10")
    build(tmp_path, "new", sealed=False)
    assert recover(tmp_path, "2026-10") == "deleted"
    assert set(contents(tmp_path / "2026-10").values()) == {f"{name} old" for name in NAMES}
    assert recover(tmp_path, "2026-10") is None


def test_a_build_that_changed_after_it_was_sealed_is_not_published(tmp_path):
    building = build(tmp_path, "new")
    (building / "figures.json").write_text("other")
    with pytest.raises(ReportError, match=r"has lost figures\.json"):
        publish(building, tmp_path / "2026-10")
    assert recover(tmp_path, "2026-10") == "deleted"


def test_two_runs_of_one_edition_do_not_meet(tmp_path):
    with (
        locked(tmp_path, "2026-10"),
        locked(tmp_path, "2026-09"),
        pytest.raises(ReportError, match=r"Another run is making .*2026-10"),
        locked(tmp_path, "2026-10"),
    ):
        pass
    with locked(tmp_path, "2026-10"):
        pass


def test_a_file_is_written_whole(tmp_path):
    write_whole(tmp_path / "index.html", json.dumps("ä"))
    write_whole(tmp_path / "index.html", "second")
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert (tmp_path / "index.html").read_text() == "second"


def test_a_file_without_room_leaves_no_half(tmp_path):
    with small_disk(tmp_path / "disk", "100k"):
        fill(tmp_path / "disk")
        with pytest.raises(OSError, match="No space left"):
            write_whole(tmp_path / "disk" / "index.html", "x" * 10_000)
        assert [path.name for path in (tmp_path / "disk").iterdir()] == ["full"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "x.html"),
            r"^x\.html cannot be written \(No space",
        ),
        (OSError(errno.EFBIG, "File too large"), r"^reports cannot be written \(File too large\)\. .*--out"),
    ],
)
def test_a_refused_file_is_named_with_the_remedy(error, message):
    with pytest.raises(ReportError, match=message), writing(Path("reports")):
        raise error


def test_a_slip_of_the_kit_is_not_taken_for_a_full_disk(tmp_path):
    with pytest.raises(ConnectionResetError, match="a slip of the kit"), writing(tmp_path):
        raise ConnectionResetError(errno.ECONNRESET, "a slip of the kit")


def test_a_full_disk_leaves_the_old_edition_whole(copied):
    folder = copied / "disk"
    options = {"notebooks": copied / "notebooks", "languages": ("en",), "force": True}
    with small_disk(folder, "50m") as grow:
        shutil.copytree(copied / "reports", folder, dirs_exist_ok=True)
        edition = folder / "tiny" / "2026-10"
        before = {path: path.read_bytes() for path in edition.rglob("*") if path.is_file()}
        fill(folder)
        with pytest.raises(
            ReportError, match=r"/disk.* cannot be written \(No space left on device\)\. Free"
        ):
            make_edition(str(copied / "tiny"), reports=folder, **options)
        assert {path: path.read_bytes() for path in edition.rglob("*") if path.is_file()} == before
        assert not list((folder / "tiny").glob(f"{BUILDING}*"))
        grow("100m")
        made = make_edition(str(copied / "tiny"), reports=folder, **options)
        assert made.failures == {}
        assert set(made.pages) == {"en"}


def test_a_damaged_manifest_does_not_stop_the_next_edition(copied):
    manifest = copied / "reports" / "tiny" / "2026-10" / "manifest.json"
    manifest.write_text("{broken")
    made = make_edition(
        str(copied / "tiny"), reports=copied / "reports", notebooks=copied / "notebooks", languages=("en",)
    )
    assert made.chapters["12-effect"] == "made"
    assert json.loads(manifest.read_text())["edition"] == "2026-10"
