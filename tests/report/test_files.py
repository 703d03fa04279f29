import pytest
from nbformat.v4 import new_code_cell, new_notebook

from cxlib.report import publish
from cxlib.report.files import building, keep_evidence, write_files
from cxlib.report.plan import Standing
from tests.report.test_plan import place, plan_of

__all__ = ["place"]


def test_a_build_that_is_given_up_is_deleted(place):
    plan = plan_of(place)
    with pytest.raises(KeyboardInterrupt), building(plan):
        (plan.building / "half").touch()
        raise KeyboardInterrupt
    assert not plan.building.exists()


def test_a_sealed_build_is_left_for_the_next_run(place):
    plan = plan_of(place)
    with pytest.raises(KeyboardInterrupt), building(plan):
        (plan.building / "page.html").touch()
        publish.seal(plan.building)
        raise KeyboardInterrupt
    assert publish.is_sealed(plan.building)


def test_nothing_is_written_where_no_chapter_was_made(place):
    plan = plan_of(place)
    standings = {c.name: Standing(c, "failed", error="stopped") for c in plan.chapters}
    with building(plan):
        assert write_files(plan, standings) == {}
        assert [path for path in plan.building.rglob("*") if path.is_file()] == []


def test_the_evidence_of_an_earlier_run_goes_and_that_of_this_one_says_why(place):
    plan = plan_of(place)
    (first, second) = plan.due[:2]
    marked = new_notebook(cells=[new_code_cell("1 / 0")])
    failed = {first.name: Standing(first, "failed", error="stopped with x", marked=marked)}
    folder = keep_evidence(plan, failed | {second.name: Standing(second, "failed", error="has no parameter")})
    assert [path.name for path in folder.iterdir()] == [f"{first.name}.ipynb"]
    assert "**This chapter stopped with x**" in (folder / f"{first.name}.ipynb").read_text(encoding="utf-8")
    assert keep_evidence(plan, {}) is None
    assert not folder.exists()
