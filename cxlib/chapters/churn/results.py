"""Do negative experiences make customers leave? The measures of chapter 12.

Leaving means a voluntary end, except in the naive table; an experience is a month with at least one
recorded negative experience, and counts in the months after it. Exact definitions: data/README.md.
"""

from __future__ import annotations

from cxlib.chapters.churn.doubts import trust
from cxlib.chapters.churn.followed import after
from cxlib.chapters.churn.lead_profile import leads
from cxlib.chapters.churn.ratios import hazard
from cxlib.chapters.churn.risks import risk
from cxlib.chapters.churn.shares import naive
from cxlib.chapters.churn.zendesk.card import claim

__all__ = ["after", "claim", "hazard", "leads", "naive", "risk", "trust"]
