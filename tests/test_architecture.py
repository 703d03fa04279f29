"""Imports point one way, tests mirror the code, and the README's tree is the tree."""

import ast
import re
from graphlib import TopologicalSorter

from tests.environment import ROOT

# A package imports itself and what stands above it; the first layer imports nothing of the kit but itself.
LAYERS = [
    {"errors", "language", "estimate", "provenance"},
    {"contract", "stats", "style", "figures"},
    {"result", "disclosure", "intake"},
    {"dataset", "init"},
    {"checks", "panel"},
    {"chapters"},
    {"report"},
    {"cli"},
    {"__main__"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
# The second chapter of a pair is the one imported.
CHAPTERS = {("trust", "satisfaction")}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "cxlib")


def places():
    """Return what imports what: (module, its package, imported name)."""
    for path in sorted((ROOT / "cxlib").rglob("*.py")):
        parts = path.relative_to(ROOT / "cxlib").with_suffix("").parts
        if parts[0] != "__init__":
            yield from ((parts, name) for name in imported(path) if name.startswith("cxlib."))


def test_imports_point_one_way():
    wrong = [(".".join(parts), name) for parts, name in places() if not _allowed(parts, name.split(".")[1:])]
    assert not wrong


def _allowed(parts, target):
    area = parts[0]
    if area == "company":
        return target[0] in ("company", "errors", "contract")
    if target[0] == "company":
        return area == "cli"
    if area == target[0] == "chapters":
        return len(target) < 2 or parts[1] == target[1] or (parts[1], target[1]) in CHAPTERS
    return area == target[0] or RANK[target[0]] < RANK[area] or RANK[target[0]] == RANK[area] == 0


def test_no_imports_run_in_a_circle():
    known = {".".join(("cxlib", *parts)) for parts, _ in places()}
    graph = {}
    for parts, name in places():
        target = name if name in known else name.rpartition(".")[0]
        graph.setdefault(".".join(("cxlib", *parts)), set()).add(target)
    TopologicalSorter({k: v - {k} for k, v in graph.items()}).prepare()


def untested():
    """Return the modules without a test module of their own: cxlib/a/b.py has tests/a/test_b.py."""
    for path in sorted((ROOT / "cxlib").rglob("*.py")):
        module = path.relative_to(ROOT / "cxlib")
        # They compute nothing: the face of a package, the call of the program, and what a chapter
        # declares, of which tests/test_figures.py looks at all chapters together.
        declares = module.parts[0] == "chapters" and module.name == "figures.py"
        if module.name in ("__init__.py", "__main__.py") or declares:
            continue
        test = ROOT / "tests" / module.with_name(f"test_{module.name}")
        if not test.exists() or not re.search(r"^def test_", test.read_text(encoding="utf-8"), re.M):
            yield module.as_posix()


def test_every_module_that_computes_has_a_test_module():
    assert list(untested()) == []


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
