"""CONTRIBUTING.md names only what exists."""

import re
from importlib import import_module
from pathlib import PurePosixPath

import pytest

from tests.environment import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PROSE = re.sub(r"^```.*?^```$", "", TEXT, flags=re.M | re.S)
CODE = sorted(set(re.findall(r"`([^`\n]+)`", PROSE)))
FILES = {".py", ".sql", ".po", ".md", ".ipynb", ".json", ".yaml", ".csv"}
# Stand for a file or folder of the reader's own, or of any chapter.
EXAMPLES = {"data/yours/notebooks/21-weather.ipynb", "cx-notebooks/", "notebooks/NN-name.ipynb"}
COMMAND = re.compile(r"(make|cx) ([a-z]+)( .*)?")
OBJECT = re.compile(r"cxlib(\.\w+)+")


def is_path(word):
    return " " not in word and ("/" in word or PurePosixPath(word).suffix in FILES) and word not in EXAMPLES


@pytest.mark.parametrize("path", [word for word in CODE if is_path(word)])
def test_every_path_exists(path):
    pattern = path.replace("<topic>", "*").rstrip("/")
    places = (ROOT, *(ROOT / "cxlib" / "chapters").iterdir(), ROOT / "data" / "sample")
    assert any(list(place.glob(pattern)) for place in places if place.is_dir())


@pytest.mark.parametrize("name", [word for word in CODE if OBJECT.fullmatch(word)])
def test_every_module_and_function_exists(name):
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        break
    for attribute in parts[length:]:
        found = getattr(found, attribute)
    assert found is not None


@pytest.mark.parametrize("command", [word for word in CODE if COMMAND.fullmatch(word)])
def test_every_command_exists(command):
    program, name, _ = COMMAND.fullmatch(command).groups()
    if program == "make":
        known = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M)
    else:
        from cxlib.cli import app

        known = [registered.callback.__name__ for registered in app.registered_commands]
    assert name in known


@pytest.mark.parametrize("topic", [word for word in CODE if re.fullmatch(r"cx\.\w+", word)])
def test_every_topic_exists(topic):
    import cxlib as cx

    assert topic.removeprefix("cx.") in cx.__all__


@pytest.mark.parametrize("setting", [word for word in CODE if word.startswith("definitions.")])
def test_every_setting_exists(setting):
    from cxlib.contract.config import Definitions

    found = Definitions()
    for key in setting.split(".")[1:]:
        found = getattr(found, key)
    assert found is not None


def test_something_of_each_kind_is_named():
    assert len([word for word in CODE if is_path(word)]) > 20
    assert len([word for word in CODE if OBJECT.fullmatch(word)]) > 20
    assert len([word for word in CODE if COMMAND.fullmatch(word)]) > 5


def test_the_imports_are_those_that_are_tested():
    from tests.test_architecture import LAYERS

    block = re.search(r"^```\n(errors.*?)^```", TEXT, re.M | re.S).group(1)
    told = [{name.strip() for name in layer.split(",")} for layer in " ".join(block.split()).split("<-")]
    assert told == [layer for layer in LAYERS if layer != {"__main__"}]


def test_every_figure_that_is_named_is_declared():
    from cxlib.chapters import figures_by_topic

    declared = {id for figures in figures_by_topic().values() for id in figures}
    assert "response.rate" in declared
