"""What chapter 02 publishes."""

from cxlib.figures import Figures

__all__ = ["FIGURES"]

FIGURES = Figures("02")
