"""One folder per chapter of the report; each is a topic of ``import cxlib as cx``."""

from pathlib import Path

__all__ = ["topics"]


def topics() -> list[str]:
    """Return the names of the chapters' folders, e.g. ``churn`` for ``cxlib/chapters/churn/``."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))
