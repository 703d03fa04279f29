"""03 Satisfaction: NPS, CSAT and CES with intervals, raw and corrected for non-response."""

from cxlib.chapters.satisfaction import charts
from cxlib.chapters.satisfaction.results import (
    Weighed,
    asked,
    by,
    ces,
    control_limits,
    csat,
    groups_differ,
    not_weighted,
    nps,
    trend,
    weigh,
    weighted_net_score,
)

__all__ = [
    "charts",
    "Weighed",
    "asked",
    "by",
    "ces",
    "control_limits",
    "csat",
    "groups_differ",
    "not_weighted",
    "nps",
    "trend",
    "weigh",
    "weighted_net_score",
]
