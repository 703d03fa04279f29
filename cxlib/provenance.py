"""Which code made a value: hashes over the kit's own files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

__all__ = ["IMPORTING", "READING", "code_hash", "computing_hash", "lock_hash"]

PACKAGE = Path(__file__).parent
# What turns numbers into pages, proposes datasets or draws companies computes no figure.
NOT_COMPUTING = {"report", "init", "company", "locale", "cli.py", "__main__.py"}
COMPUTING_FILES = {".py", ".sql", ".csv"}
# Where sums and fits are made that the kit leaves to others.
LIBRARIES = ("duckdb", "numpy", "pandas", "pyarrow", "scipy", "statsmodels")


def code_hash(*places: str) -> str:
    """Return one hash over the kit's files, those of its packages and modules `places` alone if given."""
    roots = [PACKAGE / place for place in places] if places else [PACKAGE]
    return _hash(path for root in roots for path in _files(root))


def computing_hash() -> str | None:
    """Return one hash over all code that can change a number of a result, and the libraries beneath it.

    Returns
    -------
    str or None
        None where the files are no longer those that this process began with: modules in memory may
        then be older than the files, and SQL is newer, so that no hash tells what made a value.
    """
    now = _computing_hash()
    return now if now == _AT_START else None


def lock_hash() -> str | None:
    """Return the hash of requirements.lock; None where the kit runs without its project folder."""
    path = PACKAGE.parent / "requirements.lock"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _computing_hash() -> str:
    parts = [path for path in PACKAGE.iterdir() if path.name not in NOT_COMPUTING]
    inside = [path for part in parts for path in _files(part)]
    return f"{_hash(path for path in inside if path.suffix in COMPUTING_FILES)} {_libraries()}"


@cache
def _libraries() -> str:
    return " ".join(f"{name}-{metadata.version(name)}" for name in LIBRARIES)


def _files(root: Path) -> Iterator[Path]:
    yield from root.rglob("*") if root.is_dir() else [root]


def _hash(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file() and "__pycache__" not in path.parts:
            whole.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0")
            whole.update(path.read_bytes() + b"\0")
    return whole.hexdigest()


# An import's modules are all in memory before its first row is read, so what they were at the start of the
# process tells what they do, whatever becomes of the files later. (At the end, for it is computed here.)
READING = code_hash("intake")
IMPORTING = code_hash("contract", "intake")
_AT_START = _computing_hash()
