"""What chapter 13 publishes."""

from cxlib.figures import Figures

__all__ = ["FIGURES"]

FIGURES = Figures("13")
