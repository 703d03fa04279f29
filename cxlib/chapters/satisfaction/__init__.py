"""03 Satisfaction: NPS, CSAT and CES with intervals, raw and corrected for non-response."""

from cxlib.chapters import face

__all__ = ["by", "charts", "ces", "csat", "nps", "trend"]
__getattr__, __dir__ = face(__name__, __all__)
