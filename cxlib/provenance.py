"""Which code made a value: hashes over the kit's own files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

__all__ = ["code_hash", "computing_hash", "has_changed", "lock_hash"]

PACKAGE = Path(__file__).parent
# What turns numbers into pages, proposes datasets or draws companies computes no figure.
NOT_COMPUTING = {"report", "init", "company", "locale", "cli.py", "__main__.py"}
COMPUTING_FILES = {".py", ".sql", ".csv"}


def code_hash(*places: str) -> str:
    """Return one hash over the kit's files, those of its packages and modules `places` alone if given."""
    roots = [PACKAGE / place for place in places] if places else [PACKAGE]
    return _hash(path for root in roots for path in (root.rglob("*") if root.is_dir() else [root]))


def computing_hash() -> str:
    """Return one hash over all code that can change a number of a result."""
    parts = [path for path in PACKAGE.iterdir() if path.name not in NOT_COMPUTING]
    inside = [path for part in parts for path in (part.rglob("*") if part.is_dir() else [part])]
    return _hash(path for path in inside if path.suffix in COMPUTING_FILES)


def has_changed() -> bool:
    """Whether the files are no longer those that this process began with.

    Modules in memory may then be older than the files: what they make can be told apart by no hash.
    """
    return computing_hash() != _AT_START


def lock_hash() -> str | None:
    """Return the hash of requirements.lock; None where the kit runs without its project folder."""
    path = PACKAGE.parent / "requirements.lock"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _hash(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file() and "__pycache__" not in path.parts:
            whole.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0")
            whole.update(path.read_bytes() + b"\0")
    return whole.hexdigest()


_AT_START = computing_hash()
