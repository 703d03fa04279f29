"""Are negative experiences contacts about a notice? Leavers' last months against those of stayers.

Where a customer gives notice some months before the end, and the contact about it is recorded as a
negative experience, leaving is the cause and the experience its consequence. Then leavers have one
far more often than customers like them in one month before they leave, and the models of leaving
after experiences are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd

from cxlib.contract.queries import read_sql
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, count, percent, percentage_points, say
from cxlib.panel.design import LONGEST_REACH, NEVER, Design, design_of
from cxlib.panel.patterns import control_factors, control_levels, control_name, level_name, pattern_of
from cxlib.stats.leads import (
    ENOUGH_LEAVERS,
    LEVEL,
    MARGIN,
    LeadProfile,
    StandingOut,
    detectable,
    far_above,
    standing_out,
)

__all__ = ["Leads", "leads_of"]

FAR_ABOVE = 0.20
"""Excess of the leavers' share, 0-1, from which on nothing is computed of leaving after experiences."""
MANY_AT_THE_END = 0.20
BEYOND = 2
"""Leads counted beyond the last one that matters: those beside it."""
COUNTED = ["leavers", "experienced", "expected", "spread"]

Part = tuple[str, str] | None
"""A level of a control, as (control, level); None: all customers."""

_REFUSED = say(
    "{leavers} of {who} had a negative experience recorded {before}, {stayers} of similar customers who "
    "stayed. A difference of {limit} percentage points or more in one month is how contacts about a notice "
    "look that are recorded as negative experiences: then leaving is the cause. Leaving after experiences "
    "is therefore not compared. {remedy}"
)
_STANDING_OUT = say(
    "{leavers} of {who} had a negative experience recorded {before}, {stayers} of similar customers who "
    "stayed; in the months beside it at most {beside} of those who left. It stands out beyond chance, which "
    "is how contacts about a notice look that are recorded as negative experiences. Leaving after "
    "experiences is therefore not compared. {remedy}"
)
_REMEDY = say(
    "What repairs it: the day of notice as end_date, contacts about a notice left out of the negative "
    "experiences, or definitions.exposure.lag_months: {lag}."
)
_REMEDY_WITHOUT_LAG = say(
    "What repairs it: the day of notice as end_date, or contacts about a notice left out of the negative "
    "experiences."
)
_AT_THE_END = say(
    "{share} of those who left had a negative experience recorded in the very month of "
    "leaving, possibly the contact to cancel. Only experiences of earlier months count as a "
    "possible cause, so customers who leave at once after their first one are missed; the "
    "generous counting shows the other extreme."
)
_TOO_FEW = say(
    "Of {n} customer who left are the months before known; whether contacts about a notice are among the "
    "negative experiences cannot be told from fewer than {least}.",
    plural="Of {n} customers who left are the months before known; whether contacts about a notice are among "
    "the negative experiences cannot be told from fewer than {least}.",
)

_RULE = say(
    "Fixed before the run: where one of the months whose experiences count differs by {limit} percentage "
    "points or more, for all or for one group alone beyond chance, or stands out, leaving after experiences "
    "is not compared. A month, or several together, stands out if it exceeds those on either side by more "
    "than chance and {margin} points allow (error of {error} over all months and groups); an effect that "
    "more than halves from month to month, or ends at once, can stand out, too. Months of fewer than "
    "{least} leavers are not judged."
)
_MOST = say(
    "Of the months whose experiences count, those who left and similar customers who stayed differ most "
    "in month {lead} before the end: {leavers} of those who left had a negative experience recorded in "
    "it, {stayers} of the others."
)
_UNKNOWN = say("Too few months before the end are known to tell whether one of them stands out.")
_QUIET = say(
    "No month stands out from those beside it. Contacts about a notice, recorded as negative "
    "experiences, would mostly have shown if they added {points} percentage points or more to one "
    "month; fewer, or spread over many months, they cannot be told from an effect."
)


@dataclass(frozen=True, eq=False)
class Leads:
    """Experiences before leaving, of everybody and of each level of the controls.

    Attributes
    ----------
    design : Design
    profiles : mapping of Part to LeadProfile
        For leads 0, 1, 2, ...; the first is that of all customers. Empty where nothing is known.
    """

    design: Design
    profiles: Mapping[Part, LeadProfile]

    @property
    def counted(self) -> Sequence[int]:
        """Return the leads whose experiences count for leaving."""
        return range(self.design.lag, self.design.reach + 1)

    @property
    def decidable(self) -> bool:
        """Return whether any month that counts is known of 30 leavers."""
        return any(profile.enough[self.counted].any() for profile in self.profiles.values())

    @cached_property
    def refusal(self) -> Message | None:
        """Return why leaving after experiences must not be compared, and what repairs it; or None.

        Of all leavers a difference of 20 points is enough; a level of a control, being one of many,
        must in addition lie above half of that beyond chance, over all its leads and levels. Less is
        enough where a month stands out: notices of one leaver in ten already read as a ratio of 1.3.
        """
        for part, profile in self.profiles.items():
            far = far_above(profile, self.counted, FAR_ABOVE)
            far = [lead for lead in far if part is None or self._beyond_chance(profile, lead)]
            if far:
                lead = max(far, key=lambda lead: profile.excess[lead])
                return _REFUSED(
                    before=_before(lead),
                    who=_who(part),
                    limit=percentage_points(FAR_ABOVE, 0),
                    remedy=self._remedy(max(far)),
                    leavers=percent(profile.share[lead]),
                    stayers=percent(profile.stayers[lead]),
                )
        return None if self._peak is None else self._peak_sentence(*self._peak)

    def _beyond_chance(self, profile: LeadProfile, lead: int) -> bool:
        tests = len(self.counted) * len(self.profiles)
        return profile.excess_at(lead, confidence=1 - 0.05 / tests).low > FAR_ABOVE / 2

    @cached_property
    def _peak(self) -> tuple[Part, StandingOut] | None:
        found = (
            (part, standing_out(profile, self.counted, tests=len(self.profiles)))
            for part, profile in self.profiles.items()
        )
        return next(((part, peak) for part, peak in found if peak is not None), None)

    @cached_property
    def warnings(self) -> tuple[Message, ...]:
        """Return what must be known of the months that count, in whole sentences."""
        if self.refusal is not None:
            return (self.refusal,)
        if self.decidable or not self.profiles:
            return ()
        known = self.profiles[None].leavers[self.counted].max()
        return (_TOO_FEW(n=count(int(known)), least=count(ENOUGH_LEAVERS)),)

    def _peak_sentence(self, part: Part, peak: StandingOut) -> Message:
        shares = {"leavers": peak.share, "stayers": peak.stayers, "beside": peak.beside}
        return _STANDING_OUT(
            before=_before(peak.first, peak.last),
            who=_who(part),
            remedy=self._remedy(peak.last),
            **{name: percent(share) for name, share in shares.items()},
        )

    @property
    def at_the_end(self) -> Message | None:
        """Return what experiences in the month of leaving mean, where more than a fifth has one."""
        everybody = self.profiles.get(None)
        if everybody is None or not everybody.share[0] > MANY_AT_THE_END:
            return None
        return _AT_THE_END(share=percent(everybody.share[0], 0))

    @property
    def detectable(self) -> float | None:
        """Return the excess of one month, 0-1, that would stand out in four of five cases; or None."""
        if not self.profiles:
            return None
        return detectable(self.profiles[None], self.counted, tests=len(self.profiles))

    @property
    def sentences(self) -> tuple[Message, ...]:
        """Return what the months that count show, and what could not have been seen in them."""
        if self.warnings or not self.profiles:
            return self.warnings
        profile = self.profiles[None]
        judged = [lead for lead in self.counted if profile.enough[lead]]
        largest = max(judged, key=lambda lead: profile.excess[lead])
        shares = {"leavers": profile.share[largest], "stayers": profile.stayers[largest]}
        most = _MOST(lead=count(largest), **{name: percent(share) for name, share in shares.items()})
        if self.detectable is None:
            return (most, _UNKNOWN)
        return (most, _QUIET(points=percentage_points(self.detectable, 0)))

    @property
    def rule(self) -> Message:
        """Return the rule, which was fixed before any data were seen."""
        return _RULE(
            limit=percentage_points(FAR_ABOVE, 0),
            margin=percentage_points(MARGIN, 0),
            error=percent(LEVEL, 0),
            least=count(ENOUGH_LEAVERS),
        )

    def _remedy(self, lead: int) -> Message:
        if lead + self.design.window > LONGEST_REACH:
            return _REMEDY_WITHOUT_LAG
        return _REMEDY(lag=count(lead + 1))


def _before(first: int, last: int | None = None) -> Message:
    """Return neighbouring leads in words: "2 months before the end"."""
    if last is None or last == first:
        return say("{n} month before the end", plural="{n} months before the end", n=count(first))
    if last == first + 1:
        return say("{n} and {last} months before the end", n=count(first), last=count(last))
    return say("{n} to {last} months before the end", n=count(first), last=count(last))


def _who(part: Part) -> Message:
    if part is None:
        return say("those who left")
    control, level = part
    return say(
        "those who left and are of {control} “{level}”",
        control=control_name(control),
        level=level_name(level),
    )


def leads_of(data: Dataset) -> Leads:
    """Count the experiences before leaving of a dataset with customers and negative experiences.

    Leavers left on their own account, or it is not known how. Stayers are at risk in the same calendar
    month and do not leave in it, have the same tenure band and the same level of each control, and
    count as often as leavers like them. A lead's month counts only for those who were there in it,
    within the window.
    """
    design = design_of(data)
    levels = control_levels(data.arrow, design)
    most = design.reach + BEYOND
    window = {"first": design.first, "last": design.last, "most": most}
    more = {"never": NEVER, "bands": list(design.tenure_bands)}
    code = pattern_of(levels).sql("duckdb")
    counts, before = (
        data.remember(
            f"churn.{name}",
            partial(data.arrow, read_sql(__package__, f"{name}.template").format(pattern=code), **bounds),
            design=repr(design),
        ).to_pandas()
        for name, bounds in (("leads", window | more), ("leavers", window))
    )
    profiles = {}
    for part, inside in _parts(levels, counts["pattern"], before["pattern"]):
        profile = _profile(counts[inside[0]], before[inside[1]], most)
        if part is None or profile.leavers.max() >= data.definitions.minimum_group:
            profiles[part] = profile
    return Leads(design, profiles)


def _parts(levels: Mapping, *patterns: pd.Series) -> Iterator[tuple[Part, list[np.ndarray]]]:
    """Yield all customers, and each level of each control that has several: which rows are theirs."""
    yield None, [np.ones(len(pattern), dtype=bool) for pattern in patterns]
    factors = [control_factors(levels, pattern.to_numpy()) for pattern in patterns]
    for control, factor in factors[0].items():
        for place, level in enumerate(factor.levels if len(factor.levels) > 1 else ()):
            yield (control, level), [each[control].places == place for each in factors]


def _profile(counts: pd.DataFrame, before: pd.DataFrame, most: int) -> LeadProfile:
    sums = counts.groupby("lead_months")[COUNTED].sum().reindex(range(most + 1), fill_value=0.0)
    leavers = (before[name].to_numpy(dtype=np.int64) for name in ("known", "months", "customers"))
    return LeadProfile.of(sums.to_numpy(dtype=float).T, *leavers)
