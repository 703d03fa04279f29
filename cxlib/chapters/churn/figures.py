"""What chapter 12 publishes."""

from cxlib.figures import Figures

__all__ = ["FIGURES"]

FIGURES = Figures("12")
