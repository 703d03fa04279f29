"""What chapter 03 computes about one dataset, each thing once; ``data.once(Study)`` gives it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlib.chapters.satisfaction import counts
from cxlib.chapters.satisfaction.wording import exact, known_of_all
from cxlib.dataset.dataset import Dataset
from cxlib.errors import ModelError
from cxlib.estimate import Estimate
from cxlib.language import Message, count, say
from cxlib.stats import intervals
from cxlib.stats.chance import covariance_of_shares
from cxlib.stats.weighted_scores import raw_less_weighted, tipping_points, weighted_score
from cxlib.stats.weighting import Chances, Weights, merge_small_levels, response_weights

__all__ = [
    *("NO_CSAT", "NO_NPS", "TOO_FEW"),
    *("Asked", "Cells", "Effort", "Groups", "Rate", "Satisfied", "Study", "Tipping", "Weighed"),
]

ENOUGH_ANSWERS = 30
RARE_MONTHS = 3
MONTHS_BY_TOUCHPOINT = 12
MONTHS_OF_A_TREND = 24
EASE = (1.0, 7.0)

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
    """Answers by weight: counts of the classes, weight of one answer of each row, and its origin.

    ``design_effect`` and ``chances`` are None for the weights that the survey itself gives.
    """

    rows: pd.DataFrame
    weights: np.ndarray
    design_effect: float | None
    chances: Chances | None


class Tipping(NamedTuple):
    """Points by which the silent must differ from customers alike who answered, for all to score otherwise.

    ``raw``: as those who answered; ``zero``: 0 points. Between the limits chance alone could explain what is
    left of the difference.
    """

    raw: Estimate
    zero: Estimate


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
    """Answers by score (1-7), their mean, their number and that of the people."""

    rows: pd.DataFrame
    estimate: Estimate
    n: int
    people: int


class Groups(NamedTuple):
    """Scores of groups.

    Attributes
    ----------
    rows : DataFrame
        One row per ``group``: ``answers``, ``people``, ``value``, ``low``, ``high``.
    overall : float
        All groups together.
    covariance : DataFrame
        Of the values, groups by groups.
    """

    rows: pd.DataFrame
    overall: float
    covariance: pd.DataFrame


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
            return NO_WEIGHTS if rows.empty else Weighed(rows, rows["weight"].to_numpy(), None, None)
        fitted = self.response_weights
        if isinstance(fitted, Message):
            return fitted
        return Weighed(self.cells.rows, fitted.values, fitted.design_effect, fitted.chances)

    @cached_property
    def weighted_score(self) -> Estimate | Message:
        """Return the weighted net promoter score in points."""
        if isinstance(self.weighed, Message):
            return self.weighed
        rows, weights, _, chances = self.weighed
        return weighted_score(rows[counts.CLASSES], weights, chances)

    @cached_property
    def raw_less_weighted(self) -> Estimate | Message:
        """Return the score as answered less the weighted one, in points."""
        for score in (self.score, self.weighed):
            if isinstance(score, Message):
                return score
        rows, weights, _, chances = self.weighed
        answers = rows[counts.CLASSES]
        without = np.array(self.asked.counts) - answers.to_numpy().sum(axis=0)
        return raw_less_weighted(answers, weights, chances, unweighted=without)

    @cached_property
    def tipping(self) -> Tipping | None:
        """Return by how much the silent must differ; None where their share is unknown or 0."""
        if isinstance(self.raw_less_weighted, Message) or self.weighed.chances is None:
            return None
        silent = self.weighed.chances.silent
        if silent <= 0:
            return None
        of_zero = Estimate(*(-x for x in (self.weighted_score.value, *self.weighted_score[:0:-1])))
        return Tipping(tipping_points(self.raw_less_weighted, silent), tipping_points(of_zero, silent))

    @cached_property
    def response_rate(self) -> Rate | Message:
        """Return the share of invitations that were answered, of those old enough."""
        if isinstance(self.asked, Message):
            return self.asked
        if not self._data.has("surveys", "invited_at"):
            return _NO_INVITATIONS
        kinds = counts.invitations(self._data, self.asked.first, self._last)
        if kinds.empty:
            return _NO_INVITATIONS
        share = intervals.clustered_share(kinds["invited"], kinds["answered"], kinds["people"])
        return Rate(int(kinds["invited"] @ kinds["people"]), share)

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
                    if (off := self._off_scale(condition, first)) is not None:
                        return off
                    satisfied = Satisfied(first, *_share(kinds))
                    return satisfied if satisfied.people >= self._minimum else TOO_FEW
        return NO_CSAT

    def _off_scale(self, condition: str, first: int) -> Message | None:
        """Return why ``csat_top`` tells no satisfied answers apart; None where it lies on every scale."""
        top = self._data.definitions.csat_top
        if top is None:
            return None
        scales = counts.satisfied_scales(self._data, condition, first, self._last)
        off = scales[(scales["low"] >= top) | (scales["high"] < top)]
        if off.empty:
            return None
        low, high = (exact(float(off[end].iloc[0])) for end in ("low", "high"))
        return _OFF_SCALE(top=exact(top), low=low, high=high)

    @cached_property
    def effort(self) -> Effort | Message:
        """Return the mean effort score, 1 to 7, high meaning easy."""
        if "surveys" not in self._data.tables:
            return NO_CES
        rows = counts.efforts(self._data, self._last, self._last)
        kinds = counts.effort_by_person(self._data, self._last, self._last)
        n, people = int(rows["answers"].sum()), int(kinds["people"].sum())
        if people < self._minimum:
            return TOO_FEW if n else NO_CES
        squares = float((rows["score"] - rows["score"] @ rows["answers"] / n) ** 2 @ rows["answers"])
        by_person = (kinds[name] for name in ("answers", "total", "people"))
        return Effort(rows, intervals.clustered_mean(*by_person, squares=squares, bounds=EASE), n, people)

    @cached_property
    def months(self) -> pd.DataFrame:
        """Return answers of each month, as known at its end; 24 at most."""
        if "surveys" not in self._data.tables:
            return pd.DataFrame(columns=["month_no", *counts.CLASSES])
        return counts.monthly_net_scores(self._data, self._last - MONTHS_OF_A_TREND + 1, self._last)

    def by_touchpoint(self) -> Groups | Message:
        """Return the share of satisfied answers of twelve months by touchpoint."""
        first = self._last - MONTHS_BY_TOUCHPOINT + 1
        options = {"column": "touchpoint"}
        kinds = counts.satisfied(self._data, counts.RATED, first, self._last, **options)
        if kinds.empty:
            return NO_CSAT
        if (off := self._off_scale(counts.RATED, first)) is not None:
            return off
        rows = []
        for group, part in kinds.groupby("group"):
            estimate, n, people, _ = _share(part)
            rows.append({"group": group, "answers": n, "people": people, **estimate._asdict()})
        pairs = counts.satisfied_pairs(self._data, counts.RATED, first, self._last, **options)
        return Groups(pd.DataFrame(rows), _share(kinds)[0].value, covariance_of_shares(pairs))

    def by_group(self, column: str) -> Groups | Message:
        """Return the net promoter score by a column."""
        if isinstance(self.asked, Message):
            return self.asked
        counted = counts.net_scores(self._data, self.asked.first, self._last, column=column)
        if counted.empty:
            return NO_NPS
        answers, group = counted[counts.CLASSES].to_numpy(), counted["group"]
        table = pd.DataFrame([intervals.net_score(*row) for row in answers])
        n = answers.sum(axis=1)
        overall = intervals.net_score(*answers.sum(axis=0)).value
        variances = np.diag([intervals.adjusted_error(*row) ** 2 for row in answers])
        rows = table.assign(answers=n, people=n, group=group)
        return Groups(rows, overall, pd.DataFrame(variances, index=group, columns=group))


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
_OFF_SCALE = say(
    "“csat_top” is {top}, but satisfaction was answered on a scale from {low} to {high}: all answers, or "
    "none, would count as satisfied. Set definitions.csat_top in dataset.yaml above {low} and not above "
    "{high}, or leave it out for the two best points of the scale."
)
