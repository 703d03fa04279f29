import pytest

from cxlib.report.chapters import read_chapter
from cxlib.report.runner import collect, execute
from tests.report.notebooks import write_chapter


def given(chapter, language):
    return {"dataset": "somewhere", "month": "2026-10", "scope": "", "language": language}


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runner")
    chapter = read_chapter(write_chapter(folder))
    node = execute(chapter, given(chapter, "de"), language="de", target=folder / "out.ipynb")
    return chapter, node, folder


def test_a_chapter_runs_and_publishes(executed):
    chapter, node, _ = executed
    published = collect(node, chapter)
    assert published.figures["churn.rate"]["value"] == 20
    assert published.tables["effect"]["rows"] == [["a", 0.25], ["b", 0.5]]
