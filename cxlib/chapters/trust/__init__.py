"""02 Data trust: what came in, what was set aside, and how far each measure may be trusted."""

from cxlib.chapters import face

__all__ = [
    *("arrived", "balance", "charts", "coverage", "freshness", "measures", "methods", "remarks"),
    *("score_gap", "set_aside", "silent"),
]
__getattr__, __dir__ = face(__name__, __all__)
