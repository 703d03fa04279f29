"""Customer-experience analysis kit: from exports to a report that shows how far it may be trusted.

``import cxlib as cx`` gives the analyst's names: :func:`open_dataset`, :func:`findings`, :func:`show`,
:func:`picture`, :func:`use_language`, ``summary``, and one topic for each folder of ``cxlib/chapters``:
``cx.churn``, ``cx.profit`` ... with its measures and, as ``charts``, their pictures. Everything is imported
on first use.
"""

from importlib import import_module
from typing import Any

from cxlib.chapters import topics

__version__ = "0.1.0"

_NAMES = {
    "open_dataset": ("cxlib.dataset.dataset", "open_dataset"),
    "findings": ("cxlib.checks.findings", "findings"),
    "show": ("cxlib.result", "show"),
    "picture": ("cxlib.result", "picture"),
    "use_language": ("cxlib.language", "use"),
    "summary": ("cxlib.report.summary", None),
}
__all__ = sorted([*_NAMES, *topics()])


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'cxlib' has no attribute {name!r}")
    module, attribute = _NAMES.get(name, (f"cxlib.chapters.{name}", None))
    value = import_module(module)
    if attribute is not None:
        value = getattr(value, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
