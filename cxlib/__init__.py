"""Customer-experience analysis kit: from exports to a report that shows how far it may be trusted.

``import cxlib as cx`` gives the analyst's names: :func:`open_dataset`, :func:`show`,
:func:`use_language`, the topics ``satisfaction``, ``retention``, ``churn``, ``profit``,
``trust`` and ``summary``, and ``charts``. Everything is imported on first use.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "open_dataset": ("cxlib.data.dataset", "open_dataset"),
    "show": ("cxlib.result", "show"),
    "use_language": ("cxlib.language", "use"),
    "satisfaction": ("cxlib.measure.satisfaction", None),
    "retention": ("cxlib.model.retention", None),
    "churn": ("cxlib.model.churn", None),
    "profit": ("cxlib.model.profit", None),
    "summary": ("cxlib.report.summary", None),
    "trust": ("cxlib.measure.trust", None),
    "charts": ("cxlib.charts", None),
}
__all__ = [
    "charts",
    "churn",
    "open_dataset",
    "profit",
    "retention",
    "satisfaction",
    "show",
    "summary",
    "trust",
    "use_language",
]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'cxlib' has no attribute {name!r}")
    module, attribute = _NAMES[name]
    value = import_module(module)
    if attribute is not None:
        value = getattr(value, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_NAMES])
