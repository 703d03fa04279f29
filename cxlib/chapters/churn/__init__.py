"""12 Negative experience and churn: naive, observed, adjusted, within a horizon, and the claim."""

from cxlib.chapters.churn import charts
from cxlib.chapters.churn.results import (
    after,
    claim,
    estimated_effects,
    hazard,
    naive,
    observed_after,
    risk,
    trust,
)

__all__ = [
    "charts",
    "after",
    "claim",
    "estimated_effects",
    "hazard",
    "naive",
    "observed_after",
    "risk",
    "trust",
]
