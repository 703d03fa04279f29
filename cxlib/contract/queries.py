"""The kit's own SQL files, each beside the module that asks them."""

from __future__ import annotations

from importlib import resources

__all__ = ["read_sql"]


def read_sql(package: str, name: str) -> str:
    """Return the text of ``<name>.sql`` in `package` (a module's ``__package__``)."""
    return resources.files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")
