"""The wheel stands alone: it carries the notebooks, and makes a report far from the checkout."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from tests.environment import ROOT
from tests.report.conftest import write_tiny
from tests.report.notebooks import write_chapter


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the folder into which a wheel built here was unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("cxlib-*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


@pytest.fixture
def run(wheel, tmp_path):
    """Return a function that runs Python with the wheel, and without the checkout, on its path."""

    def call(*arguments):
        command = [sys.executable, "-P", "-c", RUN, str(ROOT), *arguments]
        environment = os.environ | {"PYTHONPATH": str(wheel), "CX_CACHE": str(tmp_path / "cache")}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return call


RUN = """
import sys
root = sys.argv.pop(1)
sys.path[:] = [path for path in sys.path if path != root]
import cxlib
assert not cxlib.__file__.startswith(root), cxlib.__file__
from cxlib.cli import main
sys.argv[0] = "cx"
main()
"""


def test_the_wheel_carries_library_queries_words_and_notebooks(wheel):
    def names(place, pattern):
        return {path.relative_to(place).as_posix() for path in place.rglob(pattern)}

    for pattern in ("*.py", "*.sql", "*.po", "*.csv", "*.j2", "*.css", "*.js", "*.yaml"):
        assert names(wheel / "cxlib", pattern) == names(ROOT / "cxlib", pattern), pattern
    assert names(wheel / "cxlib" / "notebooks", "*") == {path.name for path in ROOT.glob("notebooks/*.ipynb")}
    assert {path.name for path in wheel.iterdir() if path.suffix != ".dist-info"} == {"cxlib"}


def test_a_report_and_a_check_need_no_checkout(wheel, run, tmp_path):
    """A chapter of the dataset's own alone can be made of the tiny data in a few seconds."""
    place = write_tiny(tmp_path / "tiny")
    (place / "notebooks").mkdir()
    write_chapter(place / "notebooks", "21", "mine", id="own.x")
    checked = run("check", "tiny", "--json")
    assert checked.returncode == 0, checked.stderr
    chapters = json.loads(checked.stdout)["chapters"]
    assert chapters["21-mine"] is None
    assert {path.stem for path in (wheel / "cxlib" / "notebooks").iterdir()} - {"00-start-here"} <= set(
        chapters
    )
    done = run("report", "tiny", "--language", "en", "--chapter", "21", "--json")
    made = json.loads(done.stdout)
    assert made["chapters"]["21-mine"] == "made", done.stderr
    manifest = json.loads((tmp_path / made["folder"] / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs"]["lock"] is None
