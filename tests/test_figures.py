"""Every published figure is declared once; whatever repeats a declaration says the same."""

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from types import UnionType
from typing import get_args

import pytest
from pydantic import BaseModel

from cxlib import company
from cxlib.chapters import figures_by_topic
from cxlib.contract.config import Config
from cxlib.figures import Declared, Figures
from cxlib.language import say
from cxlib.report.summary import claims, headline, read_figures
from tests.environment import ROOT
from tests.figures import CHAPTERS, README, declared, split, table

BY_TOPIC = figures_by_topic()
BY_ID = {id: figure for figures in BY_TOPIC.values() for id, figure in figures.items()}
EXPECTED = json.loads((ROOT / "tests" / "expected" / "2026-10.json").read_text(encoding="utf-8"))
# Units that say how a value is scaled or written; any other is the name of what is counted.
PERCENT = {"%", "% per month", "% of value", "percentage points"}


def test_no_figure_is_declared_in_two_chapters():
    times = Counter(id for figures in BY_TOPIC.values() for id in figures)
    assert max(times.values()) == 1, times.most_common(3)


def test_no_figure_is_declared_twice_in_one_chapter():
    one = Declared("a.b", "topic.measure", say("A"), "%", "made up")
    with pytest.raises(ValueError, match=r"Chapter 12 declares a figure twice: \['a\.b', 'a\.b'\]"):
        Figures("12", one, one)


def test_the_figures_of_a_measure_are_absent_where_they_are_not_given():
    figures = Figures("12", *(Declared(id, f"topic.{id[0]}", say("A"), "%", "") for id in ("a1", "a2", "b")))
    assert figures.of("topic.a") == ("a1", "a2")
    assert figures.absent("topic.a", say("None."), {"a2"}) == {"a1": say("None.")}


def test_the_table_of_figures_is_that_of_the_declarations():
    _, inside, _ = split(README.read_text(encoding="utf-8"))
    assert inside.strip() == table().strip(), "make figures writes it"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_a_notebook_promises_what_its_chapter_declares(chapter):
    assert chapter.figures == tuple(declared(chapter)), "make figures writes it"


def test_every_topic_has_a_notebook():
    assert {figures.chapter for figures in BY_TOPIC.values()} <= {c.number for c in CHAPTERS}


def test_every_declared_figure_is_given_or_absent_in_the_edition_of_the_sample():
    given, absent = ([record["id"] for record in EXPECTED[kind]] for kind in ("figures", "absent"))
    assert Counter([*given, *absent]) == Counter(BY_ID.keys())


def test_the_figures_of_the_sample_stand_in_their_chapter_and_unit():
    numbers = {id: figures.chapter for figures in BY_TOPIC.values() for id in figures}
    for record in EXPECTED["figures"]:
        unit = BY_ID[record["id"]].unit
        assert record["chapter"] == numbers[record["id"]]
        assert record["unit"] == ("EUR" if unit == "money" else unit), record["id"]


def test_a_figure_of_the_sample_has_limits_where_its_interval_is_declared():
    for record in EXPECTED["figures"]:
        has_limits = record["low"] is not None or record["high"] is not None
        assert has_limits == bool(BY_ID[record["id"]].interval), record["id"]


@pytest.mark.parametrize("kind", ["label", "method", "note"])
def test_words_of_the_sample_stand_in_each_language(kind):
    words = [record[kind] for record in EXPECTED["figures"] if record[kind] is not None]
    assert words
    assert not [said for said in words if set(said) != {"de", "en"} or said["de"] == said["en"]]


def test_the_summary_of_the_sample_has_its_tiles_and_claims_in_each_language():
    remembered = read_figures(str(ROOT / "tests" / "expected" / "2026-10.json"))
    tiles, cards = headline(remembered).tiles, claims(remembered).tiles
    assert (len(tiles), len(cards)) == (4, 3)
    for tile in (*tiles, *cards):
        for said in (tile.label, *tile.details):
            assert said.text("de") != said.text("en")


def test_figures_with_a_truth_are_those_of_the_simulated_company():
    drawn = company.simulate(customers=5000, seed=1404)
    assert set(company.truth(drawn)) == {id for id, figure in BY_ID.items() if figure.has_truth}


def _is_setting(name: str) -> bool:
    """Whether a dotted name is a key of dataset.yaml."""
    model = Config
    for part in name.split("."):
        if not (isinstance(model, type) and issubclass(model, BaseModel) and part in model.model_fields):
            return False
        model = model.model_fields[part].annotation
        if isinstance(model, UnionType):
            model = next(kind for kind in get_args(model) if kind is not type(None))
    return True


def test_settings_are_keys_of_dataset_yaml():
    assert not _is_setting("definitions.horizon_years")
    unknown = {(id, name) for id, f in BY_ID.items() for name in f.settings if not _is_setting(name)}
    assert not unknown


@pytest.mark.parametrize("figure", BY_ID.values(), ids=BY_ID)
def test_a_unit_is_known_or_the_plain_name_of_what_is_counted(figure):
    assert figure.unit in PERCENT or re.fullmatch("[a-z]+( [a-z]+)*", figure.unit)
    assert "percent" not in figure.unit or figure.unit in PERCENT


def test_what_stands_beside_a_headline_or_under_a_claim_is_declared():
    headlines = [figure.headline for figure in BY_ID.values() if figure.headline is not None]
    claims = [figure.claim for figure in BY_ID.values() if figure.claim is not None]
    named = [id for place in headlines for id in place.beside] + [id for c in claims for id in c.evidence]
    assert set(named) <= set(BY_ID)
    assert all("{value}" in words.template for place in headlines for words in place.beside.values())


def test_every_place_of_the_summary_has_one_figure():
    ranks = Counter(figure.headline.rank for figure in BY_ID.values() if figure.headline is not None)
    assert max(ranks.values()) == 1
    claims = sorted(figure.claim.rank for figure in BY_ID.values() if figure.claim is not None)
    assert claims == [1, 2, 3], "the summary speaks of three statements"


@pytest.mark.parametrize("topic", BY_TOPIC)
def test_measures_are_public_names_of_their_topic(topic):
    import cxlib as cx

    shown = {f"{topic}.{name}" for name in dir(getattr(cx, topic))}
    assert {figure.measure for figure in BY_TOPIC[topic].values()} <= shown


def modules(topic):
    """Return the text of a chapter's modules, its declarations left out."""
    folder = ROOT / "cxlib" / "chapters" / topic
    return [path.read_text(encoding="utf-8") for path in folder.rglob("*.py") if path.name != "figures.py"]


@pytest.mark.parametrize("topic", BY_TOPIC)
def test_a_text_search_leads_from_an_id_to_what_gives_it(topic):
    code = "\n".join(modules(topic))
    lost = [
        id
        for id, figure in BY_TOPIC[topic].items()
        if f'"{id}"' not in code and f'FIGURES.of("{figure.measure}")' not in code
    ]
    assert not lost


@pytest.mark.parametrize("topic", BY_TOPIC)
def test_no_id_is_pasted_together(topic):
    pasted = [text for code in modules(topic) for text in _beginnings(ast.parse(code)) if _begins_id(text)]
    assert not pasted


@pytest.mark.parametrize(
    "code",
    [
        'f"churn.risk12.{n}"',
        '"churn.risk12." + n',
        '"churn.risk12.%d" % n',
        '"churn.risk12.{}".format(n)',
        'id.startswith("churn.risk12")',
    ],
)
def test_pasted_ids_are_seen(code):
    assert [text for text in _beginnings(ast.parse(code)) if _begins_id(text)]


def _beginnings(tree: ast.AST) -> Iterator[str]:
    """Yield how f-strings, sums, formats and tests for a beginning start, as far as it is text.

    Names under which a dataset remembers an aggregate are no ids.
    """
    kept = {id(node.args[0]) for node in _calls(tree, "remember") if node.args}
    starts = [node.args[0] for node in _calls(tree, "startswith") if node.args]
    starts += [node.func.value for node in _calls(tree, "format")]
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and node.values and id(node) not in kept:
            starts.append(node.values[0])
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            starts.append(node.left)
    for first in starts:
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield re.split("[{%]", first.value)[0]


def _calls(tree: ast.AST, method: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == method:
            yield node


def _begins_id(text: str) -> bool:
    return "." in text and any(id.startswith(text) for id in BY_ID)


def test_declarations_are_light_to_read():
    heavy = ("statsmodels", "matplotlib", "seaborn", "scipy", "pandas", "numpy", "duckdb")
    code = (
        "import sys\nfrom cxlib.chapters import figures_by_topic\nassert figures_by_topic()\n"
        f"print(*[name for name in {heavy!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.split() == []
