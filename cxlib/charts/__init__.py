"""Charts: each takes a result, draws on one Axes in the current language, and returns it.

One module per chapter family, imported on first use: ``cx.charts.churn.risk(result)``.
"""

from importlib import import_module
from types import ModuleType

_MODULES = ("churn", "profit", "retention", "satisfaction", "style", "trust")


def __getattr__(name: str) -> ModuleType:
    if name not in _MODULES:
        raise AttributeError(f"module 'cxlib.charts' has no attribute {name!r}")
    return import_module(f"cxlib.charts.{name}")


def __dir__() -> list[str]:
    return [*_MODULES]
