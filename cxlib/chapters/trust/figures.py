"""What chapter 02 publishes."""

from cxlib.figures import Declared, Figures
from cxlib.language import Message, say

__all__ = ["FIGURES"]


def _kept(id: str) -> Declared:
    label = say("Rows that were kept: {table}")
    meaning = "rows of the table that were kept, counted on import: all months, all customers"
    return Declared(id, "trust.arrived", label, "rows", meaning)


def _set_aside(id: str) -> Declared:
    label = say("Rows that were set aside: {table}")
    meaning = "rows of the table that broke the contract, counted on import: all months, all customers"
    return Declared(id, "trust.arrived", label, "rows", meaning)


def _of_the_silent(id: str, label: Message, unit: str, meaning: str, interval: str) -> Declared:
    return Declared(id, "trust.silent", label, unit, f"{meaning}: did not answer less answered", interval)


FIGURES = Figures(
    "02",
    _kept("data.rows.customers"),
    _set_aside("data.rejected.customers"),
    _kept("data.rows.interactions"),
    _set_aside("data.rejected.interactions"),
    _kept("data.rows.surveys"),
    _set_aside("data.rejected.surveys"),
    _kept("data.rows.tickets"),
    _set_aside("data.rejected.tickets"),
    _kept("data.rows.wishes"),
    _set_aside("data.rejected.wishes"),
    _kept("data.rows.mystery_visits"),
    _set_aside("data.rejected.mystery_visits"),
    _kept("data.rows.purchases"),
    _set_aside("data.rejected.purchases"),
    _kept("data.rows.billing"),
    _set_aside("data.rejected.billing"),
    _kept("data.rows.snapshot"),
    _set_aside("data.rejected.snapshot"),
    _kept("data.rows.negative_experiences"),
    _set_aside("data.rejected.negative_experiences"),
    _kept("data.rows.touchpoints"),
    _set_aside("data.rejected.touchpoints"),
    _kept("data.rows.actions"),
    _set_aside("data.rejected.actions"),
    _kept("data.rows.fixed_costs"),
    _set_aside("data.rejected.fixed_costs"),
    Declared(
        "bias.nps",
        "trust.score_gap",
        say("Net promoter score as answered less weighted"),
        "points",
        "`nps` less `nps.weighted`: how far more satisfied kinds of customers answer more often",
        "linearised with the weights, of the difference",
        settings=("definitions.usage", "definitions.controls", "definitions.tenure_bands"),
    ),
    _of_the_silent(
        "bias.churn",
        say("Left in the months after: did not answer less answered"),
        "percentage points",
        "of the customers asked twelve months ago (or six, or three), share who left since",
        "Newcombe",
    ),
    _of_the_silent(
        "bias.revenue",
        say("Monthly revenue: did not answer less answered"),
        "money",
        "mean revenue of the months with a bill among the last twelve",
        "by customer; of the difference: squares of the distances to the limits added",
    ),
    _of_the_silent(
        "bias.tickets",
        say("Support tickets a year: did not answer less answered"),
        "per year",
        "support tickets a year, from the last twelve months",
        "Garwood, clustered by customer; of the difference: squares of the distances to the limits added",
    ),
    _of_the_silent(
        "bias.experiences",
        say("Negative experiences a year: did not answer less answered"),
        "per year",
        "recorded negative experiences a year, from the last twelve months",
        "Garwood, clustered by customer; of the difference: squares of the distances to the limits added",
    ),
)
