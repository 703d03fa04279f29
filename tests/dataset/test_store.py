"""What the machine refuses, and what of the cache is damaged: clear errors, and nothing half-made is used."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest

import cxlib as cx
from cxlib.errors import DataError
from tests.intake.test_hostile import CUSTOMERS, fingerprints

CRM = "customer_id,start_date,end_date,segment\nA,2026-01-05,,x\nB,2026-02-05,2026-03-01,y\n"
NOBODY = 65534


def check(place, *arguments, **environment):
    """Run ``cx check`` in its own process."""
    return subprocess.run(
        [sys.executable, "-m", "cxlib", "check", str(place), *arguments],
        capture_output=True, text=True, check=False, env=os.environ | environment,
    )  # fmt: skip


@pytest.fixture
def place(folder):
    return folder({"crm.csv": CRM}, {"customers": CUSTOMERS}, as_of="2026-06")


@pytest.fixture
def refused(place):
    """Return a dataset and a way to open it as a user whom the machine refuses what its rights do not allow.

    Root is refused nothing, so it opens it as nobody; all modules are imported before.
    """
    if os.name == "nt":
        pytest.skip("rights are of another kind there")
    assert len(cx.open_dataset(place, scope="segment=x").table("customers")) == 1
    shutil.rmtree(place / ".cx")
    with tempfile.TemporaryDirectory() as elsewhere:
        copy = Path(shutil.copytree(place, Path(elsewhere).resolve() / "dataset"))
        if os.geteuid() == 0:
            for path in (Path(elsewhere), copy, *copy.rglob("*")):
                os.chown(path, NOBODY, -1)
        yield copy, open_as_nobody


def open_as_nobody(place, **options):
    if os.geteuid() != 0:
        return cx.open_dataset(place, **options)
    os.seteuid(NOBODY)
    try:
        return cx.open_dataset(place, **options)
    finally:
        os.seteuid(0)


@contextlib.contextmanager
def with_rights(path, mode):
    """Give a file or folder other rights for a while."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


def test_a_limit_on_the_size_of_files(folder):
    """The limit on the size of a file stops writing as a full disk does."""
    resource = pytest.importorskip("resource", reason="limits on files are known on Unix alone")
    crm = "customer_id,start_date\n" + "".join(f"{os.urandom(16).hex()},2026-01-05\n" for _ in range(60_000))
    place = folder({"crm.csv": crm}, {"customers": CUSTOMERS}, as_of="2026-06")
    for limit in (100_000, 1_700_000):
        child = subprocess.run(
            [sys.executable, "-m", "cxlib", "check", str(place)],
            capture_output=True, text=True, check=False,
            preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        )  # fmt: skip
        assert child.returncode == 1, (limit, child)
        assert "Traceback" not in child.stderr
        assert "cannot be written" in child.stderr and "CX_CACHE" in child.stderr, child.stderr
        assert not [path for path in (place / ".cx").rglob("*") if path.name.startswith(".import-")]
    assert len(cx.open_dataset(place).table("customers")) == 60_000


@contextlib.contextmanager
def small_disk(folder, size):
    """Mount a file system of `size` at a folder; yield a function that gives it another size."""
    mount = ["mount", "-t", "tmpfs", "-o"]
    folder.mkdir()
    try:
        subprocess.run([*mount, f"size={size}", "tmpfs", str(folder)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk cannot be mounted here ({error})")
    try:
        yield lambda new: subprocess.run(["mount", "-o", f"remount,size={new}", str(folder)], check=True)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk):
    """Leave no room on a disk."""
    with contextlib.suppress(OSError), (disk / "full").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_an_import_on_a_full_disk_leaves_nothing_that_passes_for_whole(folder, tmp_path):
    rows = "".join(f"{os.urandom(16).hex()},2026-01-05\n" for _ in range(60_000))
    place = folder({"crm.csv": f"customer_id,start_date\n{rows}"}, {"customers": CUSTOMERS}, as_of="2026-06")
    before = fingerprints(place)
    with small_disk(tmp_path / "disk", "512k") as grow:
        # The export as Parquet takes 3 MB, and each of draft and table as much again.
        for size in ("512k", "3m", "5m", "7m"):
            grow(size)
            done = check(place, CX_CACHE=str(tmp_path / "disk"))
            if done.returncode == 0:
                break
            assert done.stderr.count("\n") == 1, done.stderr
            assert "cannot be written (" in done.stderr and "CX_CACHE" in done.stderr, done.stderr
            left = [path.name for path in (tmp_path / "disk").rglob("*") if path.name.startswith(".")]
            assert not left, (size, left)
            assert not list((tmp_path / "disk").glob("*/import-*"))
        assert size != "512k"
        grow("100m")
        done = check(place, CX_CACHE=str(tmp_path / "disk"))
        assert (done.returncode, done.stderr) == (0, "")
        assert " 60,000  60,000 " in done.stdout
    assert fingerprints(place) == before


def test_a_disk_full_after_the_import_stops_no_analysis(place, tmp_path):
    with small_disk(tmp_path / "disk", "50m"):
        cache = {"CX_CACHE": str(tmp_path / "disk")}
        assert check(place, **cache).returncode == 0
        fill(tmp_path / "disk")
        done = check(place, "--scope", "segment=x", **cache)
        assert (done.returncode, done.stderr) == (0, "")
        assert not [path for path in (tmp_path / "disk").rglob(".*") if path.is_file()]


def test_an_aggregate_without_room_is_made_each_time(place, tmp_path, monkeypatch):
    monkeypatch.setenv("CX_CACHE", str(tmp_path / "disk"))
    built = []

    def build():
        built.append(1)
        return pa.table({"n": [7]})

    with small_disk(tmp_path / "disk", "50m"):
        dataset = cx.open_dataset(place)
        fill(tmp_path / "disk")
        assert [dataset.remember("n", build)["n"].to_pylist() for _ in range(2)] == [[7], [7]]
        (tmp_path / "disk" / "full").unlink()
        assert [dataset.remember("n", build)["n"].to_pylist() for _ in range(2)] == [[7], [7]]
    assert len(built) == 3


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


HARM = {"cut": cut, "empty": empty, "deleted": Path.unlink}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize(
    "file",
    [
        "digests.json",
        "import-*/imported.json",
        "import-*/tables/customers.parquet",
        "import-*/tables/touchpoints.parquet",
        "sources/crm-*.json",
        "sources/crm-*.parquet",
    ],
)
def test_a_damaged_cache_is_made_anew(place, file, harm):
    first = cx.open_dataset(place)
    wanted, cache = first.table("customers"), place / ".cx"
    (found,) = cache.glob(file)
    HARM[harm](found)
    if file.startswith("sources"):
        (place / "customers.sql").write_text(f"{CUSTOMERS} -- again")
    assert cx.open_dataset(place).table("customers").equals(wanted)
    assert not list(cache.glob(".*"))
    assert len(list(cache.glob("import-*"))) == (2 if file.startswith("sources") else 1)
    for path in cache.rglob("*.json"):
        assert json.loads(path.read_text())


@pytest.mark.parametrize("content", ["{broken", "[]", "null", '"x"', "\xff"])
@pytest.mark.parametrize("file", ["digests.json", "import-*/imported.json", "sources/crm-*.json"])
def test_notes_of_the_cache_that_say_something_else(place, file, content):
    wanted = cx.open_dataset(place).table("customers")
    (found,) = (place / ".cx").glob(file)
    found.write_text(content, encoding="latin-1")
    if file.startswith("sources"):
        (place / "customers.sql").write_text(f"{CUSTOMERS} -- again")
    assert cx.open_dataset(place).table("customers").equals(wanted)


@pytest.mark.parametrize("harm", HARM)
def test_a_damaged_aggregate_is_made_anew(place, harm):
    dataset = cx.open_dataset(place)
    wanted = pa.table({"segment": ["x", "y"], "n": [1, 1]})
    assert dataset.remember("n", lambda: wanted).equals(wanted)
    (kept,) = (place / ".cx").glob("import-*/kept/*.parquet")
    HARM[harm](kept)
    assert dataset.remember("n", lambda: wanted).equals(wanted)
    assert dataset.remember("n", lambda: pytest.fail("was not kept")).equals(wanted)


def test_an_import_in_use_is_marked(place):
    cx.open_dataset(place)
    (store,) = (place / ".cx").glob("import-*")
    os.utime(store, (0, 0))
    cx.open_dataset(place)
    assert store.stat().st_mtime > 0


LOCKED = {
    "dataset.yaml": ("dataset.yaml", "dataset.yaml"),
    "the folder": (".", "dataset.yaml"),
    "an export": ("exports/crm.csv", "exports/crm.csv"),
    "the folder of exports": ("exports", "exports/crm.csv"),
    "a SELECT": ("customers.sql", "customers.sql"),
}


@pytest.mark.parametrize("case", LOCKED)
def test_a_file_that_may_not_be_read_is_named(refused, case):
    place, open_it = refused
    locked, named = LOCKED[case]
    with (
        with_rights(place / locked, 0o000),
        pytest.raises(DataError, match=rf"^{place / named} cannot be read \(Permission denied\)\. Look at"),
    ):
        open_it(place)


def test_a_folder_that_may_be_entered_and_not_listed(refused):
    place, open_it = refused
    with (
        with_rights(place, 0o311),
        pytest.raises(DataError, match=rf"^{place} cannot be read \(Permission denied\)"),
    ):
        open_it(place)


def test_a_dataset_that_may_not_be_written(refused):
    place, open_it = refused
    with (
        with_rights(place, 0o555),
        pytest.raises(DataError, match=rf"^{place / '.cx'} cannot be written \(Permission denied\)"),
    ):
        open_it(place)


def test_a_cache_that_can_only_be_read_is_enough(refused):
    place, open_it = refused
    open_it(place)
    with contextlib.ExitStack() as rights:
        for path in [path for path in (place, *place.rglob("*")) if path.is_dir()]:
            rights.enter_context(with_rights(path, 0o555))
        (place / ".cx" / "digests.json").write_text("{}")
        dataset = open_it(place, scope="segment=y")
        assert dataset.table("customers")["customer_id"].tolist() == ["B"]


def test_a_folder_called_like_a_select(place):
    (place / "tickets.sql").mkdir()
    with pytest.raises(
        DataError, match=r"tickets\.sql is a folder; expected a file with the SELECT of tickets"
    ):
        cx.open_dataset(place)


@pytest.mark.parametrize("memory", ["banana", "", "0", "0GB", "5", "-2GB", "2 gallons", "99999999999TB"])
def test_a_memory_that_is_none(place, monkeypatch, memory):
    monkeypatch.setenv("CX_MEMORY", memory)
    with pytest.raises(DataError, match=rf"CX_MEMORY='{memory}' is no amount of memory; .* e\.g\. 2GB"):
        cx.open_dataset(place)


def test_a_memory_too_small_to_begin_with(place, monkeypatch):
    monkeypatch.setenv("CX_MEMORY", "1MB")
    with pytest.raises(DataError, match=r"ran out of memory\. Set CX_MEMORY, e\.g\. CX_MEMORY=4GB"):
        cx.open_dataset(place)


@pytest.mark.parametrize("memory", ["300MB", "0.5 gib", " 1GB "])
def test_a_memory_that_is_understood(place, monkeypatch, memory):
    monkeypatch.setenv("CX_MEMORY", memory)
    assert len(cx.open_dataset(place).table("customers")) == 2


@pytest.mark.parametrize(
    ("cache", "message"),
    [
        ("~nosuchuser/x", r"CX_CACHE=~nosuchuser/x begins with ~nosuchuser, and there is no such user"),
        ("/tmp/" + "a" * 300, r"aaa\.\.\.aaa.*/tiny-\w+ cannot be written \(File name too long\)"),
    ],
)
def test_a_cache_that_cannot_be(place, monkeypatch, cache, message):
    monkeypatch.setenv("CX_CACHE", cache)
    with pytest.raises(DataError, match=message):
        cx.open_dataset(place)


def test_a_root_in_the_home_of_nobody(folder):
    place = folder({"crm.csv": CRM}, {"customers": CUSTOMERS}, root="~nosuchuser/x")
    with pytest.raises(DataError, match=r"'root' has the value '~nosuchuser/x': begins with the home of"):
        cx.open_dataset(place)
