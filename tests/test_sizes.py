"""How long modules, functions and rooms may be."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import ROOT

LONGEST_MODULE = 500
LONGEST_FUNCTION = 40
LONGEST_MEDIAN = 10
LARGEST_ROOM = 2_500
MODULES = sorted((ROOT / "cxlib").rglob("*.py"))
CHAPTERS = sorted(path.parent for path in (ROOT / "cxlib" / "chapters").glob("*/__init__.py"))


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the functions and methods of a module with the lines of each, its docstring left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0]
            told = first.end_lineno - first.lineno + 1 if ast.get_docstring(node) is not None else 0
            yield node.name, node.end_lineno - node.lineno + 1 - told


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_is_too_long(module):
    assert lines_of(module) <= LONGEST_MODULE


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_function_is_too_long(module):
    assert {name: lines for name, lines in functions(module) if lines > LONGEST_FUNCTION} == {}


def test_most_functions_are_short():
    lengths = [lines for module in MODULES for _, lines in functions(module)]
    assert statistics.median(lengths) <= LONGEST_MEDIAN


@pytest.mark.parametrize("room", CHAPTERS, ids=lambda path: path.name)
def test_no_chapter_is_too_large(room):
    assert sum(map(lines_of, room.glob("*.py"))) <= LARGEST_ROOM


def test_a_docstring_does_not_count(tmp_path):
    module = tmp_path / "module.py"
    module.write_text('def f():\n    """One.\n\n    Two.\n    """\n    return 1\n\n\ndef g():\n    pass\n')
    assert dict(functions(module)) == {"f": 2, "g": 2}
