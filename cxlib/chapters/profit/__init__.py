"""13 Retention and profit: value of a customer, what more retention is worth, and the claim."""

from cxlib.chapters import face

__all__ = ["charts", "claim", "customer_value", "panel", "tenure_margin", "what_if"]
__getattr__, __dir__ = face(__name__, __all__)
