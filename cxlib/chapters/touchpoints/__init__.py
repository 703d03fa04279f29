"""04 Touchpoints: where customers and company meet, and how many contacts end without a solution."""

from cxlib.chapters import face

__all__ = ["charts", "contacts", "failed"]
__getattr__, __dir__ = face(__name__, __all__)
