"""12 Negative experience and churn: naive, observed, adjusted, within a horizon, and the claim."""

from cxlib.chapters import face

__all__ = ["charts", "after", "claim", "hazard", "leads", "naive", "risk", "trust"]
__getattr__, __dir__ = face(__name__, __all__)
