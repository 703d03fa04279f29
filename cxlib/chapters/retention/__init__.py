"""11 Churn and retention: who leaves, who stays how long, and who buys again."""

from cxlib.chapters import face

__all__ = ["by", "charts", "churn_rate", "cohorts", "kaplan_meier", "repurchase"]
__getattr__, __dir__ = face(__name__, __all__)
