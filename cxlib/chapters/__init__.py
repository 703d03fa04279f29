"""One folder per chapter of the report; each is a topic of ``import cxlib as cx``.

Every folder holds the same names: ``counts`` (what the engine counts, with its SQL files), ``results``
(the measures), ``charts``, ``figures`` (what is published) and ``de.po`` (the words in German).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from cxlib.figures import Figures

__all__ = ["face", "figures_by_topic", "topics"]


def topics() -> list[str]:
    """Return the names of the chapters' folders, e.g. ``churn`` for ``cxlib/chapters/churn/``."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))


def face(package: str, names: Iterable[str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a chapter, which is imported when it is first used.

    Parameters
    ----------
    package : str
        The chapter's ``__name__``.
    names : iterable of str
        Its measures, found in ``results``; ``charts`` is the module. No module may have a measure's name.
    """
    shown = sorted({*names, "charts"})

    def __getattr__(name: str) -> Any:
        if name == "charts":
            return import_module(f"{package}.charts")
        if name not in shown:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.results"), name)

    return __getattr__, lambda: shown


def figures_by_topic() -> dict[str, Figures]:
    """Return what each chapter declares that it can publish, in the order of the chapters' numbers."""
    declared = {topic: import_module(f"{__name__}.{topic}.figures").FIGURES for topic in topics()}
    return dict(sorted(declared.items(), key=lambda item: item[1].chapter))
