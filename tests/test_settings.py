"""Every setting of dataset.yaml is told of in data/README.md and read by the library."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from cxlib.contract.config import Config, Source, setting_names
from tests.environment import ROOT

README = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
SETTINGS = [*setting_names(), *(f"sources.{key}" for key in Source.model_fields)]
# The only value allowed needs no reader: another is refused.
ONE_VALUE = {"engine"}
# What a part of dataset.yaml is called where the name of the key is not (a parameter of its class).
CLASSES = {
    "Config": "config",
    "Definitions": "definitions",
    "Exposure": "exposure",
    "Usage": "usage",
    "Money": "money",
    "Zendesk": "zendesk",
    "Reichheld": "reichheld",
    "Source": "sources",
}
PARTS = {*CLASSES.values(), "churn"}


def test_the_settings_are_all_there():
    assert {"name", "definitions.exposure.window_months", "claims.zendesk.shares", "sources.file"} <= set(
        SETTINGS
    )
    assert "definitions.horizon_months" not in SETTINGS


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_readme_tells_of_every_setting(setting):
    part, _, key = setting.rpartition(".")
    if part in ("definitions.churn", "definitions.exposure", "definitions.usage"):
        row = next(line for line in README.splitlines() if line.startswith(f"| `{part}` |"))
        assert f"{key}:" in row
    else:
        assert f"`{key if part == 'sources' else setting}`" in README


@pytest.mark.parametrize("setting", [setting for setting in SETTINGS if setting not in ONE_VALUE])
def test_the_library_reads_every_setting(setting):
    part, _, key = setting.rpartition(".")
    assert (part.rpartition(".")[2] or "config", key) in settings_read()


@cache
def settings_read() -> frozenset[tuple[str, str]]:
    """Return the settings that the library reads outside its contract with dataset.yaml: part, key."""
    modules = [path for path in (ROOT / "cxlib").rglob("*.py") if path.name != "config.py"]
    return frozenset(pair for path in modules for pair in _read_in(path))


def _read_in(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = _parts_called(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            part = _part_of(node.value, called)
            if part:
                yield part, node.attr
        # Of the settings of a whole part, all are read at once.
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "model_dump":
            yield from ((_part_of(node.func.value, called), key) for key in Source.model_fields)


def _parts_called(tree: ast.AST) -> dict[str, str]:
    """Return what stands for a part of dataset.yaml in a module: name of a variable -> part."""
    called = {part: part for part in PARTS} | {"settings": "sources", "rule": "zendesk", "rules": "reichheld"}
    for node in ast.walk(tree):
        if isinstance(node, (ast.arg, ast.AnnAssign)) and isinstance(node.annotation, ast.Name):
            name = node.arg if isinstance(node, ast.arg) else getattr(node.target, "id", "")
            called |= {name: CLASSES[node.annotation.id]} if node.annotation.id in CLASSES else {}
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute):
            part = node.value.attr if node.value.attr in PARTS else None
            called |= {t.id: part for t in node.targets if part and isinstance(t, ast.Name)}
    return called


def _part_of(node: ast.AST, called: dict[str, str]) -> str | None:
    """Return the part of dataset.yaml that an expression stands for, as far as names tell."""
    if isinstance(node, ast.Name):
        return called.get(node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "read_config":
        return "config"
    if isinstance(node, ast.Attribute):
        return node.attr.lstrip("_") if node.attr.lstrip("_") in PARTS | {"settings"} else None
    return None


def test_a_setting_that_nothing_reads_would_be_noticed():
    assert ("definitions", "horizon_months") not in settings_read()
    assert ("zendesk", "horizon_months") in settings_read()
    assert ("config", "colour") not in settings_read()
    assert set(Config.model_fields) - {"engine", "definitions"} <= {key for _, key in settings_read()}
