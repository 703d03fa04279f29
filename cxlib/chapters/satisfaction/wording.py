"""Words that several results share: counts with their nouns, and what dataset.yaml defines."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from cxlib.chapters.satisfaction.counts import control_of
from cxlib.dataset.dataset import Dataset
from cxlib.language import Listing, Message, Quantity, count, listing, number, say

__all__ = ["answers", "exact", "known_of_all", "people", "satisfied_when", "variable_name"]

# Within a sentence, and as a heading.
_TENURE = (say("tenure"), say("Tenure"))
_CONTROLS = {
    "segment": (say("segment"), say("Segment")),
    "region": (say("region"), say("Region")),
    "plan": (say("plan"), say("Plan")),
    "acquisition_channel": (say("acquisition channel"), say("Acquisition channel")),
    "preferred_channel": (say("preferred channel"), say("Preferred channel")),
}
_USAGE = {
    "units": (say("usage"), say("Usage")),
    "revenue": (say("monthly revenue"), say("Monthly revenue")),
    "direct_cost": (say("direct cost"), say("Direct cost")),
    "service_cost": (say("service cost"), say("Service cost")),
}


def answers(n: int) -> Message:
    """Return a number of answers with its noun."""
    return say("{n} answer", plural="{n} answers", n=count(n))


def people(n: int) -> Message:
    """Return a number of people with its noun."""
    return say("{n} person", plural="{n} people", n=count(n))


def exact(value: float) -> Quantity:
    """Return a number of dataset.yaml with all decimals that it was written with."""
    return number(value, max(0, -Decimal(str(value)).normalize().as_tuple().exponent))


def satisfied_when(top: float | None) -> Message:
    """Return which answers count as satisfied, to be read after "answers"."""
    if top is None:
        return say("on the two best points of the scale")
    return say("of {top} or more (high is good)", top=exact(top))


def known_of_all(data: Dataset, variables: Iterable[str]) -> Listing:
    """Return by what active customers are told apart: usage first, then controls, then tenure.

    Parameters
    ----------
    data : Dataset
    variables : iterable of str
        As :func:`cxlib.chapters.satisfaction.counts.active_cells` gives them.
    """
    place = {"usage": 0, "tenure": 2}
    ordered = sorted(variables, key=lambda variable: place.get(variable, 1))
    return listing(variable_name(data, variable) for variable in ordered)


def variable_name(data: Dataset, variable: str, *, heading: bool = False) -> Message:
    """Return the words of tenure, usage or a control; a column of the data goes by its own name."""
    if variable == "tenure":
        words = _TENURE
    elif variable == "usage":
        words = _USAGE[data.definitions.usage.column]
    else:
        column = control_of(variable)
        own = say("“{column}”", column=column)
        words = _CONTROLS.get(column, (own, own))
    return words[heading]
