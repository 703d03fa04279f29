"""What chapter 11 publishes."""

from cxlib.figures import Figures

__all__ = ["FIGURES"]

FIGURES = Figures("11")
