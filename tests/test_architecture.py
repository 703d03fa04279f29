"""Imports point one way, and the README's tree is the tree."""

import ast
import re

import pytest

from tests.environment import ROOT

LAYERS = [
    {"errors", "language"},
    {"data"},
    {"result", "disclosure"},
    {"measure"},
    {"model"},
    {"charts"},
    {"report"},
    {"cli", "__main__"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
# The face names every topic lazily, and showing a picture needs the charts' one style.
ALLOWED = {("result", "cxlib.charts"), ("result", "cxlib.charts.style")}


def modules():
    for path in sorted((ROOT / "cxlib").rglob("*.py")):
        parts = path.relative_to(ROOT / "cxlib").with_suffix("").parts
        if parts[0] != "__init__":
            yield pytest.param(path, parts[0], id=".".join(parts))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "cxlib")


@pytest.mark.parametrize(("path", "area"), list(modules()))
def test_imports_point_one_way(path, area):
    for name in imported(path):
        if not name.startswith("cxlib.") or (area, name) in ALLOWED:
            continue
        target = name.split(".")[1]
        if area == "company":
            assert target in ("company", "errors") or name.startswith("cxlib.data.schema"), name
        elif target != area:
            assert target != "company" or area == "cli", name
            assert target == "company" or RANK[target] <= RANK[area], f"{area} imports {name}"


def tree():
    """Return the paths that the README's layout block names."""
    block = re.search(r"^```\n(README.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.M | re.S).group(1)
    parents, paths = {}, []
    for line in block.splitlines():
        names = line.split("#")[0].split()
        depth = (len(line) - len(line.lstrip())) // 4
        paths += ["/".join([*(parents[d] for d in range(depth)), name.rstrip("/")]) for name in names]
        parents[depth] = names[0].rstrip("/")
    return paths


def test_the_readme_names_only_what_exists():
    missing = [path for path in tree() if not (ROOT / path).exists()]
    assert not missing


def test_the_readme_leaves_out_nothing_at_the_top_or_in_the_library():
    named = set(tree())
    hidden = {".git", ".venv", ".pytest_cache", ".ruff_cache", ".hypothesis", ".gitignore", ".github"}
    there = {path.name for path in ROOT.iterdir()} - hidden
    there |= {f"cxlib/{path.name}" for path in (ROOT / "cxlib").iterdir() if path.name != "__pycache__"}
    unnamed = {path for path in there if path not in named and not path.endswith(".egg-info")}
    assert not unnamed


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 120


def test_no_path_or_address_of_a_workplace_is_in_the_repository():
    wrong = re.compile(r"/(?:work|root|home)/[a-z]|file:///opt|pypi\.org|registry\.npmjs", re.I)
    kinds = {".py", ".md", ".yml", ".yaml", ".toml", ".lock", ".sql", ".ipynb", ".po", ".csv", ".css", ".j2"}
    skip = {".venv", ".git", ".cx", "reports"}
    for path in ROOT.rglob("*"):
        if path.suffix in kinds and not skip & set(path.relative_to(ROOT).parts) and path.name != __file__:
            text = path.read_bytes().decode("utf-8", errors="replace")
            if path.name != "test_architecture.py":
                assert not wrong.search(text), f"{path}: {wrong.search(text)}"
