import re

import pytest

from cxlib.report.chapters import read_chapter
from cxlib.report.progress import Progress
from cxlib.report.runner import Outcome
from tests.report.notebooks import write_chapter
from tests.small_dataset import SmallDataset


@pytest.fixture(scope="module")
def data():
    return SmallDataset(months=(24318, 24322), title="Tiny [Ltd]")


@pytest.fixture
def outcomes(tmp_path):
    chapter = read_chapter(write_chapter(tmp_path))
    return Outcome(chapter, seconds=1.25), Outcome(chapter, error="stopped"), Outcome(chapter, reused=True)


def told(data, outcomes, *, silent):
    with Progress(silent=silent) as progress:
        progress.begun(data, len(outcomes))
        for outcome in outcomes:
            progress.done(outcome)


def test_without_a_terminal_each_chapter_is_a_plain_line(data, outcomes, capsys):
    told(data, outcomes, silent=False)
    assert capsys.readouterr().err.splitlines() == [
        "Tiny [Ltd], 2026-10: 3 chapters",
        "[1/3] 12-effect made 1.2 s",
        "[2/3] 12-effect failed 0.0 s",
        "[3/3] 12-effect unchanged 0.0 s",
    ]


def test_on_a_terminal_a_bar_goes_on_below_the_lines(data, outcomes, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    told(data, outcomes, silent=False)
    err = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().err)
    assert "12-effect failed 0.0 s" in err
    assert "Tiny [Ltd], 2026-10" in err
    assert "3/3" in err


def test_a_silent_one_says_nothing(data, outcomes, capsys):
    told(data, outcomes, silent=True)
    assert capsys.readouterr().err == ""
