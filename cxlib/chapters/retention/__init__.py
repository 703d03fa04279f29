"""11 Churn and retention: who leaves, who stays how long, and who buys again."""

from cxlib.chapters.retention import charts
from cxlib.chapters.retention.results import (
    by,
    churn_rate,
    churn_table,
    cohorts,
    kaplan_meier,
    repurchase,
    retention_curve,
)

__all__ = [
    "charts",
    "by",
    "churn_rate",
    "churn_table",
    "cohorts",
    "kaplan_meier",
    "repurchase",
    "retention_curve",
]
