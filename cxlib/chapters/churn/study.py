"""What chapter 12 computes of a dataset, each thing once; the measures word and tabulate it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pandas as pd

from cxlib.contract.queries import read_sql
from cxlib.dataset.dataset import Dataset
from cxlib.errors import ModelError
from cxlib.language import Message, say
from cxlib.panel.design import NEVER, design_of
from cxlib.panel.effects import Effects, fit_effects, placebo_reading, risks_after
from cxlib.panel.leads import Leads, leads_of
from cxlib.panel.panel import Panel, panel_of
from cxlib.stats.incidence import cumulative_incidence
from cxlib.stats.risk import Risks

__all__ = ["ENOUGH_FOLLOWED", "RECORDED_FOR_EVERYBODY", "SOURCES", "Followed", "Study"]

ENOUGH_FOLLOWED = 30
RECORDED_FOR_EVERYBODY = ("failure", "rule")
SOURCES = (*RECORDED_FOR_EVERYBODY, "complaint", "rating", "unknown")
Followed = dict[tuple[int, str], pd.DataFrame]
NO_EXPERIENCES = say("These data hold no negative experiences of customers with a start and an end date.")
ONLY_LEAVERS = say(
    "Negative experiences are recorded only for customers who left; nothing can be learned from that."
)


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
    def followed(self) -> Followed:
        """Cumulative incidence by place of the experience (1, 2) and ``strict`` or ``generous``.

        Tables with fewer than 30 customers known to the horizon are left out.
        """
        return self._followed(SOURCES)

    @cached_property
    def recorded(self) -> Followed:
        """The same after experiences that are recorded for everybody, the others looked away from."""
        return self._followed(RECORDED_FOR_EVERYBODY)

    def _followed(self, sources: tuple[str, ...]) -> Followed:
        tables: Followed = {}
        if self.missing:
            return tables
        counts = self._counted("followed", never=NEVER, sources=list(sources))
        for place, group in counts.groupby("place"):
            for counting, first in (("strict", 1), ("generous", 0)):
                kept = group[group["followed"] >= first]
                known = kept.loc[kept["seen"] >= self.horizon, "customers"].sum()
                if known >= ENOUGH_FOLLOWED:
                    columns = (kept[name] for name in ("followed", "ending", "customers"))
                    tables[int(place), counting] = cumulative_incidence(
                        *columns, seen=kept["seen"], first=first, horizon=self.horizon
                    )
        return tables

    @cached_property
    def unknown_ends(self) -> int:
        """Ends in the observed months of which it is not known whether the customer wanted to leave."""
        return int(self._counted("unknown_ends")["ends"].iloc[0])

    @cached_property
    def leads(self) -> Leads:
        """Experiences in the months before leaving, and what they forbid; empty where there is no panel."""
        if isinstance(self.panel, Message):
            return Leads(design_of(self.data), {})
        return leads_of(self.data)

    @cached_property
    def sources(self) -> pd.DataFrame:
        """Months with an experience by ``place``, ``source`` (``any``: all) and ``everybody``."""
        return self._counted("sources", never=NEVER, everybody=list(RECORDED_FOR_EVERYBODY))

    @cached_property
    def left_in_start_month(self) -> int:
        """Customers who left on their own account in the month in which they started."""
        return int(self._counted("start_month")["customers"].iloc[0])

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
        if self.leads.refusal is not None:
            return self.leads.refusal
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

    def _counted(self, query: str, **parameters: Any) -> pd.DataFrame:
        window = {"first": self.data.first_month_no, "last": self.data.month_no}
        return self.data.sql(read_sql(__package__, query), **window, **parameters)


def _no_answer(problem: ModelError) -> Message:
    return say("The model gives no trustworthy answer on these data: {reason}", reason=problem.reason)
