"""What the money figures take for granted, in words; and what a reader must know before trusting them."""

from __future__ import annotations

from collections.abc import Mapping

from cxlib.chapters.profit.counts import Tenure
from cxlib.contract.months import month_name
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, Quantity, count, money, month, percent, say
from cxlib.stats.value import Tail

__all__ = [
    "GAIN_METHOD",
    "HELD_FIXED",
    "TAIL_WORDS",
    "VALUE_METHOD",
    "YEAR_METHOD",
    "as_given",
    "money_method",
    "money_warnings",
]

OUTSIDE = 0.01

TAIL_WORDS: Mapping[Tail, Message] = {
    "stop": say("nothing more"),
    "flat": say("as in the last year"),
    "sbg": say("ever more loyal"),
    "even": say("as on average since the start"),
}
"""What is assumed after the last tenure month counted, in words."""

HELD_FIXED = say(
    "The arithmetic takes the customers who would be saved as average ones, leaves margins as they are and "
    "counts retention as free; what it costs to keep them has to be set against the gain."
)
VALUE_METHOD = (
    say(
        "The value adds up, over tenure months 1, 2, 3 and so on, the share of all customers won who are "
        "still there times the mean margin of a customer at risk in that month, discounted from the middle "
        "of the month; the cost of winning the customer is taken off. At risk are those who started before "
        "the month and had not left by its beginning; customers who leave in the month are included, with "
        "what they paid in it."
    ),
    say(
        "The start month is tenure month 0: rarely a whole month, it brings no money here, but who leaves in "
        "it is lost from the first month on. Customers from before the window enter at the tenure they had "
        "at its beginning."
    ),
    say(
        "Intervals (95%) come from the influence of each customer on the result: the months of one customer "
        "are not taken as independent. They hold for margins and leaving as in the window, not for a "
        "changed future."
    ),
)
GAIN_METHOD = say(
    "More retention raises the whole survival curve to a power, so that twelve-month retention rises by the "
    "stated points or percent and every month's leaving falls in the same proportion."
)
YEAR_METHOD = say(
    "Yearly profit is that of a base of constant size that replaces everybody who leaves, undiscounted; "
    "after the last month counted, margin and leaving go on as in the last twelve months. Fixed cost per "
    "customer is that of the last twelve months."
)


def as_given(share: float, *, signed: bool = False) -> Quantity:
    """Return a share of dataset.yaml as a percentage with the decimals it was given with, at most two."""
    digits = next((d for d in (0, 1) if abs(share * 100 - round(share * 100, d)) < 1e-6), 2)
    return percent(share, digits, signed=signed)


def money_method(data: Dataset, tenure: Tenure) -> tuple[Message, ...]:
    """Return how margin and the cost of winning a customer were obtained, and in which months."""
    costs = [column for column in ("direct_cost", "service_cost") if data.has("billing", column)]
    margin = (
        say("Margin is revenue less the direct and service costs that billing gives.")
        if costs
        else say("Billing gives no costs: what is called margin here is revenue.")
    )
    window = say(
        "Months watched: {first} to {last}. A tenure month is used where at least {least} customers were at "
        "risk in it.",
        first=month(month_name(tenure.first_no)),
        last=month(month_name(tenure.last_no)),
        least=count(tenure.least),
    )
    return margin, _acquisition_words(data, tenure), window


def _acquisition_words(data: Dataset, tenure: Tenure) -> Message:
    cost = money(tenure.acquisition_cost, data.currency)
    if tenure.acquisition == "given":
        return say("Winning a customer is taken to cost {cost}, as dataset.yaml says.", cost=cost)
    if tenure.acquisition == "missing":
        return say("What it costs to win a customer is not in the data; nothing is taken off for it.")
    return say(
        "Winning a customer cost {cost} on average ({known} customers won in the window).",
        cost=cost,
        known=count(tenure.acquisition_known),
    )


def money_warnings(data: Dataset, tenure: Tenure) -> tuple[Message, ...]:
    """Return what a reader must know before trusting values."""
    warnings = []
    if tenure.length < data.money.horizon_months:
        warnings.append(
            say(
                "The data reach {found} months of tenure, not the {wanted} months asked for; values stop "
                "there.",
                found=count(tenure.length),
                wanted=count(data.money.horizon_months),
            )
        )
    if tenure.acquisition == "missing":
        warnings.append(
            say("The cost of winning a customer is not in the data: values are before that cost.")
        )
    if tenure.left_out > OUTSIDE:
        warnings.append(
            say(
                "{share} of the billed margin falls into start months or months after the end, and is left "
                "out.",
                share=percent(tenure.left_out),
            )
        )
    return tuple(warnings)
