"""Examples in docstrings give what they say."""

import doctest
import importlib

import pytest

from tests.environment import ROOT

PACKAGE = ROOT / "cxlib"
GROUND = ("language", "estimate", "figures", "errors", "report/names")
STATS = sorted(f"stats/{path.stem}" for path in (PACKAGE / "stats").glob("*.py") if path.stem != "__init__")
# What readers of the code look up first, so each has an example.
SHOWN = {
    "language": ["say"],
    "stats/intervals": ["net_score", "wilson"],
    "stats/survival": ["kaplan_meier"],
    "stats/sensitivity": ["bounding_factor", "confounding_value"],
    "stats/value": ["customer_value"],
}


def module(name):
    return importlib.import_module(f"cxlib.{name.replace('/', '.')}")


@pytest.mark.parametrize("name", [*GROUND, *STATS])
def test_examples_give_what_they_say(name):
    failed, _ = doctest.testmod(module(name))
    assert failed == 0


@pytest.mark.parametrize(("name", "functions"), SHOWN.items())
def test_the_most_used_have_an_example(name, functions):
    tests = doctest.DocTestFinder().find(module(name))
    assert set(functions) <= {test.name.rpartition(".")[2] for test in tests if test.examples}
