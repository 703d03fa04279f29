"""02 Data trust: what came in, what was set aside, and how far each measure may be trusted."""

from cxlib.chapters.trust import charts
from cxlib.chapters.trust.results import (
    arrived,
    balance,
    coverage,
    freshness,
    measures,
    methods,
    month_states,
    remarks,
    score_gap,
    set_aside,
    silent,
)

__all__ = [
    "charts",
    "arrived",
    "balance",
    "coverage",
    "freshness",
    "measures",
    "methods",
    "month_states",
    "remarks",
    "score_gap",
    "set_aside",
    "silent",
]
