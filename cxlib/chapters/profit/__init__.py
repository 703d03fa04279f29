"""13 Retention and profit: value of a customer, what more retention is worth, and the claim."""

from cxlib.chapters.profit import charts
from cxlib.chapters.profit.results import claim, customer_value, panel, tenure_margin, what_if

__all__ = ["charts", "claim", "customer_value", "panel", "tenure_margin", "what_if"]
