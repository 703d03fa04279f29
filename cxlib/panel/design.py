"""What chapter 12 counts of a dataset: months, exposure, bands of tenure, levels of usage, controls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, count, say
from cxlib.panel.masks import BITS

__all__ = [
    "EXPOSURES",
    "LONGEST_REACH",
    "NEVER",
    "UNKNOWN_USAGE",
    "Design",
    "band_names",
    "design_of",
    "usage_names",
]

EXPOSURES = ("0", "1", "2+")
NEVER = 10**6
"""Stands for the month of an end that has not come."""
UNKNOWN_USAGE = "unknown"
CUSTOMERS_PER_BUCKET = 100_000
LONGEST_REACH = BITS // 2


@dataclass(frozen=True)
class Design:
    """What is counted.

    Attributes
    ----------
    first, last : int
        First and last month of the window, as ``month_no``.
    window, lag : int
        Exposure of month t: experience months among t - lag - window + 1 .. t - lag.
    tenure_bands : tuple of int
        First tenure month of each band, the first one 1.
    controls : tuple of str
        Fixed attributes, columns of ``customers``.
    usage_column : str or None
        Column of ``billing``; None: no usage.
    usage_edges : tuple of float
        Usage level = number of edges at or below the value, in the month before.
    bucket : int
        Customers counted at a time; bounds the memory.

    Raises
    ------
    ValueError
        For an exposure in the month itself, or one that looks back too far.
    """

    first: int
    last: int
    window: int = 12
    lag: int = 1
    tenure_bands: tuple[int, ...] = (1, 4, 13, 25, 49)
    controls: tuple[str, ...] = ()
    usage_column: str | None = None
    usage_edges: tuple[float, ...] = ()
    bucket: int = CUSTOMERS_PER_BUCKET

    def __post_init__(self) -> None:
        if self.lag < 1 or self.reach > LONGEST_REACH:
            raise ValueError(
                f"Exposure with a window of {self.window} and a lag of {self.lag} months cannot be counted; "
                f"the lag must be at least 1, both together at most {LONGEST_REACH + 1} months."
            )

    @property
    def reach(self) -> int:
        """Months before a month that its exposure looks back to."""
        return self.window + self.lag - 1

    @property
    def levels(self) -> int:
        """Number of usage levels; 1 without usage."""
        return 1 if self.usage_column is None else len(self.usage_edges) + 1

    @property
    def usage_places(self) -> int:
        """Number of usage levels with the one for unknown usage, which is the last; 1 without usage."""
        return 1 if self.usage_column is None else self.levels + 1

    @property
    def before(self) -> Message:
        """The months whose experiences count for a month, seen from it: "in the 12 months before"."""
        if self.lag == 1:
            return say("in the month before", plural="in the {n} months before", n=count(self.window))
        if self.window == 1:
            return say("in the month that lies {lag} months back", lag=count(self.lag))
        return say(
            "in the {n} months that end {lag} months before", n=count(self.window), lag=count(self.lag)
        )

    @property
    def blocks(self) -> Iterator[tuple[int, int, int]]:
        """Yield origin (month of bit 0), first and last month of each block."""
        size = BITS - self.reach
        for first in range(self.first, self.last + 1, size):
            yield first - self.reach, first, min(first + size - 1, self.last)


def design_of(data: Dataset) -> Design:
    """Return what a dataset's definitions and tables allow to count."""
    definitions = data.definitions
    usage = definitions.usage
    has_usage = usage is not None and data.has("billing", usage.column)
    return Design(
        first=data.first_month_no,
        last=data.month_no,
        window=definitions.exposure.window_months,
        lag=definitions.exposure.lag_months,
        tenure_bands=tuple(definitions.tenure_bands),
        controls=tuple(name for name in definitions.controls if data.has("customers", name)),
        usage_column=usage.column if has_usage else None,
        usage_edges=tuple(usage.bands) if has_usage else (),
    )


def band_names(bands: Sequence[int]) -> list[str]:
    """Return the names of tenure bands: ``1-3``, ..., ``49+``."""
    closed = [f"{low}-{high - 1}" for low, high in zip(bands, bands[1:], strict=False)]
    return [*closed, f"{bands[-1]}+"]


def usage_names(levels: int) -> list[str]:
    """Return the names of usage levels, lowest first."""
    known = {1: ["all"], 2: ["low", "high"], 3: ["low", "mid", "high"]}
    return known.get(levels, [f"level {level + 1}" for level in range(levels)])
