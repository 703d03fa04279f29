"""Form of the notebooks; what they compute is compared by nbval."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
PARAMETERS = {"dataset": "data/sample", "month": "", "scope": "", "language": "en"}
WITH_FIGURES = {"01", "14"}
NEVER_CHECKED = {"01"}  # shows whatever report was made last
LINES_PER_CELL = 12
MARK = "# NBVAL_CHECK_OUTPUT"

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path, kind):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def code_tree(cell):
    return ast.parse(re.sub(r"^[%!].*$", "", cell.source, flags=re.M))


def test_parameters_are_typed_and_the_same_everywhere(path):
    (cell,) = [c for c in cells(path, "code") if "parameters" in c.metadata.get("tags", [])]
    lines = code_tree(cell).body
    assert all(isinstance(line, ast.AnnAssign) and line.annotation.id == "str" for line in lines)
    number = path.name[:2]
    expected = PARAMETERS | ({"figures": ""} if number in WITH_FIGURES else {})
    assert {line.target.id: line.value.value for line in lines} == expected
    for line in cell.source.splitlines():
        assert "#" in line, "each parameter has a help comment"
        assert line.count("=") == 1, "papermill cannot read a line with two equals signs"


def test_cells_are_short_and_define_nothing(path):
    for cell in cells(path, "code"):
        assert len(cell.source.splitlines()) <= LINES_PER_CELL, cell.source
        nodes = list(ast.walk(code_tree(cell)))
        assert not any(isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda) for node in nodes)


def test_pictures_are_drawn_in_the_notebook(path):
    assert any(cell.source.startswith("%matplotlib inline") for cell in cells(path, "code"))


def test_markdown_states_no_number(path):
    for cell in cells(path, "markdown"):
        prose = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.S)
        assert not re.search(r"\d", prose), cell.source


def test_there_is_one_title_and_no_level_is_skipped(path):
    text = "\n".join(re.sub(r"```.*?```", "", c.source, flags=re.S) for c in cells(path, "markdown"))
    levels = [len(found) for found in re.findall(r"^(#+) ", text, flags=re.M)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in zip(levels, levels[1:], strict=False))


def test_only_checked_cells_hold_output_and_it_is_text(path):
    for cell in cells(path, "code"):
        if MARK in cell.source:
            assert cell.outputs, f"{cell.source!r} was never run; make notebooks stores its output"
            assert cell.execution_count is not None
            assert all(set(o.get("data", {"text/plain": ""})) == {"text/plain"} for o in cell.outputs)
        else:
            assert not cell.outputs
            assert cell.execution_count is None


def test_something_is_checked(path):
    if path.name[:2] not in NEVER_CHECKED:
        assert any(MARK in cell.source for cell in cells(path, "code"))


def test_metadata_say_what_the_chapter_needs_and_publishes(path):
    about = nbformat.read(path, as_version=4).metadata["cx"]
    assert set(about) == {"chapter", "slug", "tables", "figures"}
    assert path.name == f"{about['chapter']}-{about['slug']}.ipynb"
