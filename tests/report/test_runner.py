import re

import pytest

from cxlib.errors import ReportError, UsageError
from cxlib.report.chapters import read_chapter
from cxlib.report.runner import collect, execute, run_chapters
from tests.report.notebooks import write_chapter

LIMIT_SECONDS = 3  # longer than a kernel takes for the first cells, shorter than the loop that follows


def given(chapter, language):
    return {"dataset": "somewhere", "month": "2026-10", "scope": "", "language": language}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Chapters that break one rule each, and one that breaks none, run in one go."""
    folder = tmp_path_factory.mktemp("runner")
    result = 'Result("more", (sentence,), figures=(Figure("{}", say("Churn"), {}),))'
    chapters = {
        "good": {},
        "stops": {"cells": ["raise ValueError('no such\\n column')"]},
        "twice": {"cells": [result.format("churn.rate", 3)]},
        "undeclared": {"cells": [result.format("nps", 3)]},
        "silent": {"figures": ["churn.rate", "churn.rate.year", "churn.hr.*"]},
        "both": {"cells": ['Result.unavailable("more", say("No."), ["churn.rate"])']},
        "differs": {"value": "0.2 + 0.1 * (language == 'en')"},
    }
    paths = [write_chapter(folder, str(10 + i), slug, **c) for i, (slug, c) in enumerate(chapters.items())]
    told = []
    done = run_chapters(
        [read_chapter(path) for path in paths],
        given,
        languages=("de", "en"),
        folder=folder / "work",
        done=told.append,
    )
    assert len(told) == len(paths)
    return {outcome.chapter.slug: outcome for outcome in done}


def test_a_chapter_runs_in_both_languages_and_publishes(outcomes):
    good = outcomes["good"]
    assert good.error is None
    assert set(good.notebooks) == {"de", "en"}
    assert good.published.figures["churn.rate"]["value"] == 20
    assert good.published.tables["good"]["rows"] == [["a", 0.25], ["b", 0.5]]


@pytest.mark.parametrize(
    ("slug", "match"),
    [
        ("stops", r"stopped with ValueError: no such column$"),
        ("twice", r"publishes churn\.rate twice with different value, .*20\.0.*3"),
        ("undeclared", r"do not declare: nps"),
        ("silent", r"neither publishes nor explains the absence of: churn\.rate\.year$"),
        ("both", r"gives figures and says that they are absent: churn\.rate"),
        ("differs", r"something else in 'en' than in the first language: churn\.rate"),
    ],
)
def test_a_chapter_that_breaks_a_rule_fails_in_one_line(outcomes, slug, match):
    assert re.search(match, outcomes[slug].error)
    assert "\n" not in outcomes[slug].error


def test_the_failing_cell_is_marked(outcomes):
    marked = [
        c for c in outcomes["stops"].marked.cells if c.metadata.get("papermill", {}).get("status") == "failed"
    ]
    assert [cell.source for cell in marked] == ["raise ValueError('no such\\n column')"]


def test_an_executed_notebook_tells_nothing_of_the_machine(outcomes):
    node = outcomes["good"].notebooks["en"]
    assert "papermill" not in node.metadata
    assert not any("papermill" in cell.metadata or "execution" in cell.metadata for cell in node.cells)


def test_what_libraries_write_to_stderr_goes_to_the_log(tmp_path):
    chapter = read_chapter(write_chapter(tmp_path, cells=["import sys; print('careful', file=sys.stderr)"]))
    (outcome,) = run_chapters([chapter], given, languages=("en",), folder=tmp_path / "work")
    assert outcome.log == ["careful"]
    assert "careful" not in str([cell.get("outputs") for cell in outcome.notebooks["en"].cells])


def test_a_chapter_is_stopped_when_its_time_is_over(tmp_path):
    chapter = read_chapter(write_chapter(tmp_path, cells=["import time; time.sleep(60)"]))
    with pytest.raises(ReportError, match=rf"not done after {LIMIT_SECONDS} seconds"):
        execute(chapter, {}, language="en", target=tmp_path / "out.ipynb", limit=LIMIT_SECONDS)


def test_a_dead_kernel_is_a_failure(tmp_path):
    chapter = read_chapter(write_chapter(tmp_path, cells=["import os; os._exit(1)"]))
    with pytest.raises(ReportError, match="lost its kernel"):
        execute(chapter, {}, language="en", target=tmp_path / "out.ipynb")


def test_an_unknown_parameter_is_refused_before_anything_runs(tmp_path):
    chapter = read_chapter(write_chapter(tmp_path))
    with pytest.raises(UsageError, match=r"12-effect\.ipynb has no parameter \['mnth'\]; it has \['dataset'"):
        run_chapters([chapter], lambda c, lang: {"mnth": "x"}, languages=("en",), folder=tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_a_picture_without_words_is_the_failure_of_its_chapter(tmp_path):
    cell = "import matplotlib.pyplot as plt\nplt.plot([0, 1])\nplt.show()"
    chapter = read_chapter(write_chapter(tmp_path, cells=[cell]))
    (outcome,) = run_chapters([chapter], given, languages=("en",), folder=tmp_path / "work")
    assert outcome.error.startswith("A picture of 12-effect, cell 8 has neither caption nor alternative text")
    assert "cx.picture(axes, caption=...)" in outcome.error
    assert outcome.notebooks == {}


def test_a_slip_while_a_chapter_runs_is_its_failure_and_a_full_disk_is_not(tmp_path, monkeypatch):
    chapter = read_chapter(write_chapter(tmp_path))

    def fails_with(error):
        def fail(*_, **__):
            raise error

        monkeypatch.setattr("cxlib.report.runner.execute", fail)
        return run_chapters([chapter], given, languages=("en",), folder=tmp_path / "work")

    (outcome,) = fails_with(KeyError("cells\nmore"))
    assert re.fullmatch(r"stopped with KeyError: 'cells.*more'", outcome.error)
    with pytest.raises(OSError, match="No space"):
        fails_with(OSError(28, "No space left on device"))


def test_figures_are_kept_as_plain_json(outcomes):
    node = outcomes["good"].notebooks["en"]
    assert collect(node, outcomes["good"].chapter) == outcomes["good"].published
