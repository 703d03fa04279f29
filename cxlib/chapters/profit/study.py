"""What chapter 13 computes on one dataset, each number once for all of its results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from cxlib.chapters.profit.counts import Tenure, count_tenure, fixed_cost_per_customer
from cxlib.chapters.profit.readings import (
    Reading,
    evaluate,
    functionals,
    leaving_late,
    possible_changes,
    tail_rules,
    within_customer_growth,
)
from cxlib.chapters.profit.segments import SegmentFit, Segments, fixed_effects, segment_months
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message
from cxlib.stats.value import CHANGES, Sbg, Tail, beyond_data, retention

__all__ = ["Study", "study"]


def study(data: Dataset) -> Study | Message:
    """Return the study of a dataset, or why there can be none; got by ``data.once(study)``."""
    tenure = count_tenure(data)
    return tenure if isinstance(tenure, Message) else Study(data, tenure)


class Study:
    """Money by tenure of one dataset.

    Parameters
    ----------
    data : Dataset
    tenure : Tenure
    """

    def __init__(self, data: Dataset, tenure: Tenure) -> None:
        self.data = data
        self.tenure = tenure

    @cached_property
    def retention(self) -> float:
        """Share of new customers kept over twelve months."""
        return float(retention(self.tenure.curve.hazards))

    @cached_property
    def changes(self) -> tuple[str, ...]:
        """Changes of retention that are possible."""
        return possible_changes(self.tenure.curve)

    def changed(self, change: str) -> float:
        """Return twelve-month retention after a change."""
        return float(CHANGES[change](self.retention))

    @cached_property
    def _tails(self) -> tuple[dict[Tail, Sbg | None], Message | None]:
        return tail_rules(self.tenure)

    @property
    def tails(self) -> Mapping[Tail, Sbg | None]:
        """Rules for the time beyond the last month counted that these data allow."""
        return self._tails[0]

    @property
    def no_fitted_tail(self) -> Message | None:
        """Why the rule of ever more loyal customers cannot be used, if it cannot."""
        return self._tails[1]

    @property
    def assumed(self) -> tuple[Tail, ...]:
        """Rules under which every reading has to be tried, whether it can be or not."""
        return ("stop", "flat", "even" if "even" in self.tails else "sbg")

    @property
    def leaving_late(self) -> bool:
        """Whether anybody left in the last twelve months counted; else customers would stay for ever."""
        return leaving_late(self.tenure)

    @cached_property
    def fixed_cost(self) -> float | None:
        """Fixed cost of a year per active customer; None where it is not known."""
        return fixed_cost_per_customer(self.data, self.tenure)

    @cached_property
    def readings(self) -> dict[Reading, Estimate]:
        """Every number of the chapter that follows from the tenure table."""
        wanted = functionals(
            self.tenure,
            self.tails,
            rate=self.data.money.discount_rate,
            rates=self.data.claims.reichheld.discount_rates,
            fixed_cost=self.fixed_cost,
        )
        return evaluate(self.data, wanted, self.tenure)

    def published(self, name: str, change: str = "") -> Estimate | None:
        """Return a value at the dataset's own discount rate, or a yearly profit; None where not possible.

        Parameters
        ----------
        name, change : str
            As in :class:`Reading`. A value stops with the last month counted; in a yearly profit margin
            and leaving then go on as in the last twelve months.
        """
        rate, tail = (self.data.money.discount_rate, "stop") if name == "value" else (0.0, "flat")
        return self.readings.get(Reading(name, change, rate, tail))

    def grid(self, name: str, change: str, rates: Iterable[float]) -> dict[tuple[float, Tail], Estimate]:
        """Return one number at each of `rates` and under each tail rule that gives it."""
        keys = {(rate, tail): Reading(name, change, rate, tail) for rate in rates for tail in self.tails}
        return {place: self.readings[key] for place, key in keys.items() if key in self.readings}

    def beyond(self, rates: Iterable[float]) -> float:
        """Return the share of value earned after the longest tenure observed: the largest of rates, tails."""
        curve, observed = self.tenure.curve, self.tenure.observed
        return max(
            beyond_data(curve, rate=rate, tail=tail, observed=observed, sbg=self.tails[tail])
            for rate, tail in self.grid("value", "", rates)
        )

    @cached_property
    def growth(self) -> Estimate | None:
        """Rise of the same customers' monthly margin per year of tenure."""
        return within_customer_growth(self.data, self.tenure)

    @cached_property
    def segments(self) -> SegmentFit:
        """Margin against retention within segments and months; raises ModelError where it cannot be told."""
        return fixed_effects(self.segment_months.rows)

    @cached_property
    def segment_months(self) -> Segments:
        """The segments that are compared month by month, and how many are not."""
        return segment_months(self.data, self.tenure)
