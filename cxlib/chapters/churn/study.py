"""What chapter 12 computes of a dataset, each thing once; the measures word and tabulate it."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import pandas as pd

from cxlib.contract.queries import read_sql
from cxlib.dataset.dataset import Dataset
from cxlib.errors import ModelError
from cxlib.language import Message, say
from cxlib.panel.design import NEVER
from cxlib.panel.effects import Effects, fit_effects, placebo_reading, risks_after
from cxlib.panel.panel import Panel, panel_of
from cxlib.stats.incidence import cumulative_incidence
from cxlib.stats.risk import Risks

__all__ = ["ENOUGH_FOLLOWED", "Leavers", "Study"]

ENOUGH_FOLLOWED = 30
NO_EXPERIENCES = say("These data hold no negative experiences of customers with a start and an end date.")
ONLY_LEAVERS = say(
    "Negative experiences are recorded only for customers who left; nothing can be learned from that."
)


class Leavers(NamedTuple):
    """Customers who left on their own account in the observed months.

    Attributes
    ----------
    voluntary : int
    experienced_at_the_end : int
        With an experience recorded in the month of leaving.
    unknown_kind : int
        Of whom it is not known whether they wanted to leave.
    """

    voluntary: int
    experienced_at_the_end: int
    unknown_kind: int


class Study:
    """The counts, models and risks of a dataset; got by ``data.once(Study)``.

    A reason (a Message) stands in place of what these data cannot give.

    Parameters
    ----------
    data : Dataset
    """

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self.zendesk = data.claims.zendesk
        self.horizon: int = data.claims.zendesk.horizon_months

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Customers, leavers and months observed by number of months with an experience."""
        return self._counted("shares", never=NEVER)

    @cached_property
    def missing(self) -> Message | None:
        """Why what follows an experience cannot be looked at, or None."""
        data = self.data
        if not (data.has("customers", "start_date", "end_date") and data.has("negative_experiences")):
            return NO_EXPERIENCES
        experienced = self.shares[self.shares["experiences"] > 0]
        customers, gone = experienced["customers"].sum(), experienced["gone"].sum()
        if not customers:
            return NO_EXPERIENCES
        return ONLY_LEAVERS if gone == customers else None

    @cached_property
    def followed(self) -> dict[tuple[int, str], pd.DataFrame]:
        """Cumulative incidence by place of the experience (1, 2) and ``strict`` or ``generous``.

        Tables with fewer than 30 customers at risk at the horizon are left out.
        """
        tables = {}
        counts = pd.DataFrame() if self.missing else self._counted("followed", never=NEVER)
        for place, group in counts.groupby("place") if len(counts) else ():
            for counting, first in (("strict", 1), ("generous", 0)):
                kept = group[group["followed"] >= first]
                if kept["customers"].sum() < ENOUGH_FOLLOWED:
                    continue
                columns = (kept[name] for name in ("followed", "ending", "customers"))
                table = cumulative_incidence(*columns, first=first, horizon=self.horizon)
                if table["at_risk"].iloc[-1] >= ENOUGH_FOLLOWED:
                    tables[int(place), counting] = table
        return tables

    @cached_property
    def leavers(self) -> Leavers:
        """Voluntary leavers, and what is special about some of them."""
        return Leavers(*(int(n) for n in self._counted("leavers").iloc[0].fillna(0)))

    @cached_property
    def rated_share(self) -> float:
        """Share of the experiences that are known from a rating alone, which only those give who answer."""
        return float(self.data.sql(read_sql(__package__, "rated"))["share"].iloc[0])

    @cached_property
    def panel(self) -> Panel | Message:
        """The customer-months in cells."""
        try:
            return self.missing or panel_of(self.data)
        except ModelError as problem:
            return _no_answer(problem)

    @cached_property
    def effects(self) -> Effects | Message:
        """The hazard models."""
        if isinstance(self.panel, Message):
            return self.panel
        segments = tuple(self.data.definitions.segments)
        try:
            return fit_effects(self.panel, segments=segments, minimum_events=self.zendesk.minimum_events)
        except ModelError as problem:
            return _no_answer(problem)

    @cached_property
    def placebo(self) -> str:
        """State of the cross-check: ``moved``, ``quiet``, ``too imprecise`` or ``absent``."""
        if isinstance(self.effects, Message):
            return "absent"
        return placebo_reading(self.effects, limit=self.zendesk.placebo_limit)

    @cached_property
    def risks(self) -> Risks | Message:
        """Who would leave within the horizon after 0, 1 or 2 experiences."""
        if isinstance(self.effects, Message):
            return self.effects
        try:
            return risks_after(self.effects, horizon=self.horizon)
        except ModelError as problem:
            return _no_answer(problem)

    def _counted(self, query: str, **parameters: int) -> pd.DataFrame:
        window = {"first": self.data.first_month_no, "last": self.data.month_no}
        return self.data.sql(read_sql(__package__, query), **window, **parameters)


def _no_answer(problem: ModelError) -> Message:
    return say("The model gives no trustworthy answer on these data: {reason}", reason=problem.reason)
