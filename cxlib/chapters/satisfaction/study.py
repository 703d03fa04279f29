"""What chapter 03 computes about one dataset, each thing once; ``data.once(Study)`` gives it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlib.chapters.satisfaction import counts
from cxlib.chapters.satisfaction.wording import known_of_all
from cxlib.dataset.dataset import Dataset
from cxlib.errors import ModelError
from cxlib.estimate import Estimate
from cxlib.language import Message, count, say
from cxlib.stats import intervals
from cxlib.stats.weighting import Weights, merge_small_levels, response_weights

__all__ = [
    *("NO_CSAT", "NO_NPS", "TOO_FEW"),
    *("Asked", "Cells", "Effort", "Groups", "Rate", "Satisfied", "Study", "Weighed"),
]

ENOUGH_ANSWERS = 30
RARE_MONTHS = 3
MONTHS_BY_TOUCHPOINT = 12
MONTHS_OF_A_TREND = 24

NO_NPS = say("The month holds no answers on recommending the company.")
NO_CSAT = say("The month holds no answers on satisfaction.")
NO_CES = say("The month holds no answers on how easy it was to get help.")
TOO_FEW = say("Fewer people answered than may be shown.")
NO_WEIGHTS = say("No answer of the month has a weight above zero.")


@dataclass(frozen=True)
class Asked:
    """Answers to the relational question: first month of invitations that count, and their classes."""

    first: int
    promoters: int
    passives: int
    detractors: int

    @property
    def counts(self) -> tuple[int, int, int]:
        """Promoters, passives and detractors."""
        return self.promoters, self.passives, self.detractors

    @property
    def n(self) -> int:
        """Answers."""
        return sum(self.counts)


class Cells(NamedTuple):
    """Active customers alike in what is known of all.

    As :func:`cxlib.chapters.satisfaction.counts.active_cells` gives them, rare levels joined.
    """

    rows: pd.DataFrame
    variables: list[str]


class Weighed(NamedTuple):
    """Answers by weight: counts of the classes, weight of one answer of each row, design effect.

    ``design_effect`` is None for the weights that the survey itself gives.
    """

    rows: pd.DataFrame
    weights: np.ndarray
    design_effect: float | None


class Rate(NamedTuple):
    """Invitations that had time to be answered, and the share (0-1) that were."""

    invited: int
    estimate: Estimate


class Satisfied(NamedTuple):
    """Share (0-1) of satisfied answers to contacts since the month `first`, of `n` by `people`."""

    first: int
    estimate: Estimate
    n: int
    people: int
    good: int


class Effort(NamedTuple):
    """Answers by score (1-7), their mean and number."""

    rows: pd.DataFrame
    estimate: Estimate
    n: int


class Groups(NamedTuple):
    """One row per ``group``: ``answers``, ``people``, ``value``, ``low``, ``high``; and all together."""

    rows: pd.DataFrame
    overall: float


class Study:
    """Scores, weights and rates of one dataset.

    What these data cannot give is a :class:`Message` that says why.
    """

    def __init__(self, data: Dataset) -> None:
        self._data = data
        self._minimum = data.definitions.minimum_group
        self._last = data.month_no

    @cached_property
    def asked(self) -> Asked | Message:
        """Return answers to the relational question of the month, or of three where it is asked rarely."""
        if "surveys" not in self._data.tables:
            return NO_NPS
        for months in (1, RARE_MONTHS):
            first = self._last - months + 1
            rows = counts.net_scores(self._data, first, self._last)
            asked = Asked(first, *(int(rows[name].sum()) for name in counts.CLASSES))
            if asked.n >= max(ENOUGH_ANSWERS, self._minimum):
                return asked
        return asked if asked.n else NO_NPS

    @cached_property
    def score(self) -> Estimate | Message:
        """Return the net promoter score of those who answered, in points."""
        if isinstance(self.asked, Message):
            return self.asked
        return intervals.net_score(*self.asked.counts) if self.asked.n >= self._minimum else TOO_FEW

    @cached_property
    def cells(self) -> Cells | Message:
        """Return active customers by what is known of all, with who was invited and who answered."""
        if isinstance(self.asked, Message):
            return self.asked
        reason = _not_weighted(self._data)
        if reason is not None:
            return reason
        rows, variables = counts.active_cells(self._data, self.asked.first, self._last)
        return Cells(merge_small_levels(rows, variables), variables) if variables else _ALIKE

    @cached_property
    def response_weights(self) -> Weights | Message:
        """Return the weight of an answer of each cell by the chance of one."""
        if isinstance(self.cells, Message):
            return self.cells
        try:
            return response_weights(*self.cells)
        except ModelError as refused:
            known = known_of_all(self._data, self.cells.variables)
            return _REFUSED(known=known, reason=refused.reason)

    @property
    def is_design_weighted(self) -> bool:
        """Whether the survey itself says how much each answer weighs."""
        return self._data.has("surveys", "weight")

    @cached_property
    def weighed(self) -> Weighed | Message:
        """Return the answers with their weights: those of the survey, else by the chance of an answer."""
        if isinstance(self.asked, Message):
            return self.asked
        if self.is_design_weighted:
            rows = counts.design_weighted(self._data, self.asked.first, self._last)
            return NO_WEIGHTS if rows.empty else Weighed(rows, rows["weight"].to_numpy(), None)
        if isinstance(self.response_weights, Message):
            return self.response_weights
        return Weighed(self.cells.rows, self.response_weights.values, self.response_weights.design_effect)

    @cached_property
    def weighted_score(self) -> Estimate | Message:
        """Return the weighted net promoter score in points, with its linearised interval."""
        if isinstance(self.weighed, Message):
            return self.weighed
        answers = self.weighed.rows[counts.CLASSES].to_numpy(dtype=float)
        values = np.tile([100.0, 0.0, -100.0], len(answers))
        weighted = intervals.weighted_mean(values, np.repeat(self.weighed.weights, 3), answers.ravel())
        return Estimate(weighted.value, max(-100.0, weighted.low), min(100.0, weighted.high))

    @cached_property
    def response_rate(self) -> Rate | Message:
        """Return the share of invitations that were answered, of those old enough."""
        if isinstance(self.asked, Message):
            return self.asked
        invited, answered = 0, 0
        if self._data.has("surveys", "invited_at"):
            invited, answered = counts.invitations(self._data, self.asked.first, self._last)
        return Rate(invited, intervals.wilson(answered, invited)) if invited else _NO_INVITATIONS

    @cached_property
    def satisfied(self) -> Satisfied | Message:
        """Return the share of satisfied answers to contacts; without such, to questions on the whole."""
        if "surveys" not in self._data.tables:
            return NO_CSAT
        on_the_whole = f"{counts.ANY_CSAT} AND answers.touchpoint IS NULL"
        for condition in (counts.CONTACT_CSAT, on_the_whole, counts.ANY_CSAT):
            for months in (1, RARE_MONTHS):
                first = self._last - months + 1
                kinds = counts.satisfied(self._data, condition, first, self._last)
                if not kinds.empty:
                    satisfied = Satisfied(first, *_share(kinds))
                    return satisfied if satisfied.people >= self._minimum else TOO_FEW
        return NO_CSAT

    @cached_property
    def effort(self) -> Effort | Message:
        """Return the mean effort score, 1 to 7, high meaning easy."""
        if "surveys" not in self._data.tables:
            return NO_CES
        rows = counts.efforts(self._data, self._last, self._last)
        n = int(rows["answers"].sum())
        if n < self._minimum:
            return TOO_FEW if n else NO_CES
        centre = float(rows["score"] @ rows["answers"]) / n
        spread = float(((rows["score"] - centre) ** 2) @ rows["answers"])
        return Effort(rows, intervals.mean(centre, (spread / max(1, n - 1)) ** 0.5, n), n)

    @cached_property
    def months(self) -> pd.DataFrame:
        """Return answers of each month, as known at its end; 24 at most, without those of few answers."""
        if "surveys" not in self._data.tables:
            return pd.DataFrame()
        rows = counts.monthly_net_scores(self._data, self._last - MONTHS_OF_A_TREND + 1, self._last)
        return rows[rows[counts.CLASSES].sum(axis=1) >= self._minimum]

    def by_touchpoint(self) -> Groups | None:
        """Return the share of satisfied answers of twelve months by touchpoint; None without any."""
        first = self._last - MONTHS_BY_TOUCHPOINT + 1
        kinds = counts.satisfied(self._data, counts.RATED, first, self._last, column="touchpoint")
        if kinds.empty:
            return None
        rows = []
        for group, part in kinds.groupby("group"):
            estimate, n, people, _ = _share(part)
            rows.append({"group": group, "answers": n, "people": people, **estimate._asdict()})
        return Groups(pd.DataFrame(rows), _share(kinds)[0].value)

    def by_group(self, column: str) -> Groups | None:
        """Return the net promoter score by a column; None where nobody answered."""
        if isinstance(self.asked, Message):
            return None
        counted = counts.net_scores(self._data, self.asked.first, self._last, column=column)
        if counted.empty:
            return None
        answers = counted[counts.CLASSES].to_numpy()
        table = pd.DataFrame([intervals.net_score(*row) for row in answers])
        n = answers.sum(axis=1)
        overall = intervals.net_score(*answers.sum(axis=0)).value
        return Groups(table.assign(answers=n, people=n, group=counted["group"]), overall)


def _share(kinds: pd.DataFrame) -> tuple[Estimate, int, int, int]:
    """Return share, answers, people and satisfied answers of kinds of people."""
    share = intervals.clustered_share(kinds["answers"], kinds["successes"], kinds["people"])
    n, good = (int(kinds[name] @ kinds["people"]) for name in ("answers", "successes"))
    return share, n, int(kinds["people"].sum()), good


def _not_weighted(data: Dataset) -> Message | None:
    """Return why the chance of an answer cannot be known for these customers; None where it can."""
    if not data.has("customers", "start_no") or not data.has("surveys", "customer_no"):
        return say(
            "Answers cannot be tied to a list of customers, so nothing is known about those who kept silent."
        )
    if not data.has("surveys", "invited_at"):
        return say(
            "These data do not say who was invited, so answers cannot be weighted by the chance of one."
        )
    return None


_ALIKE = say("Nothing is known by which all customers differ, so answers cannot be weighted by it.")
_REFUSED = say("Answers cannot be weighted by {known}. {reason}")
_NO_INVITATIONS = say(
    "These data hold no invitations that had {n} day or more to be answered.",
    plural="These data hold no invitations that had {n} days or more to be answered.",
    n=count(counts.DAYS_TO_ANSWER),
)
