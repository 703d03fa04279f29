"""What chapter 03 publishes."""

from cxlib.figures import Figures

__all__ = ["FIGURES"]

FIGURES = Figures("03")
