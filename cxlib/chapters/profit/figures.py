"""What chapter 13 publishes."""

from cxlib.figures import Claim, Declared, Figures, Headline
from cxlib.language import say

__all__ = ["FIGURES"]

INFLUENCE = "influence function by customer"
MONEY = ("money.discount_rate", "money.horizon_months", "money.acquisition_cost")
YEAR = ("money.horizon_months", "money.acquisition_cost")
RULES = (
    *MONEY,
    "claims.reichheld.gain",
    "claims.reichheld.tolerance",
    "claims.reichheld.discount_rates",
    "claims.reichheld.beyond_data",
    "claims.reichheld.minimum_months",
)

FIGURES = Figures(
    "13",
    Declared(
        "value.customer",
        "profit.customer_value",
        say("Value of a new customer"),
        "money",
        "margin of a new customer over `money.horizon_months` months of tenure (fewer where the data do not "
        "reach that far), discounted by `money.discount_rate` a year, less what it cost to win the customer; "
        "of all who start: the start month brings no margin, and who leaves in it none at all",
        INFLUENCE,
        MONEY,
        Headline(
            "value",
            40,
            beside={
                "value.plus5points": say(
                    "if five more of 100 new customers stayed their first year: {value}"
                ),
            },
        ),
        has_truth=True,
    ),
    Declared(
        "value.plus1point",
        "profit.what_if",
        say("Gain in the value of a new customer from 1 point more retention"),
        "% of value",
        "change of `value.customer` if the share of new customers kept over 12 months rises by 1 point, "
        "margins unchanged",
        INFLUENCE,
        MONEY,
        has_truth=True,
    ),
    Declared(
        "value.plus5points",
        "profit.what_if",
        say("Gain in the value of a new customer from 5 points more retention"),
        "% of value",
        "change of `value.customer` if the share of new customers kept over 12 months rises by 5 points, "
        "margins unchanged",
        INFLUENCE,
        MONEY,
        has_truth=True,
    ),
    Declared(
        "value.plus5percent",
        "profit.what_if",
        say("Gain in the value of a new customer from 5 percent more retention"),
        "% of value",
        "change of `value.customer` if the share of new customers kept over 12 months rises by 5 percent of "
        "itself, margins unchanged",
        INFLUENCE,
        MONEY,
        has_truth=True,
    ),
    Declared(
        "value.minus5percentchurn",
        "profit.what_if",
        say("Gain in the value of a new customer from 5 percent fewer leavers"),
        "% of value",
        "change of `value.customer` if the share of new customers who leave within 12 months falls by "
        "5 percent of itself, margins unchanged",
        INFLUENCE,
        MONEY,
        has_truth=True,
    ),
    Declared(
        "profit.year.plus5points",
        "profit.what_if",
        say("Gain in yearly profit before fixed cost from 5 points more retention"),
        "%",
        "change of a year's profit of a constant number of customers, before fixed cost and undiscounted, "
        "after the share of new customers kept over 12 months has settled 5 points higher",
        INFLUENCE,
        YEAR,
        has_truth=True,
    ),
    Declared(
        "profit.year.net.plus5percent",
        "profit.what_if",
        say("Gain in yearly profit after fixed cost from 5 percent more retention"),
        "%",
        "change of a year's profit of a constant number of customers, after fixed cost and undiscounted, "
        "after the share of new customers kept over 12 months has settled 5 percent of itself higher",
        INFLUENCE,
        YEAR,
        has_truth=True,
    ),
    Declared(
        "claim.reichheld",
        "profit.claim",
        say("“5% more retention, {gain} more profit”: value of a new customer"),
        "word",
        "verdict on the published claim as its source reads it (value of a new customer, 5 points more kept "
        "over 12 months) by the rules in `dataset.yaml`: supported, contradicted, not decidable, "
        "not applicable",
        settings=RULES,
        claim=Claim(
            say("“5% more retention raises profit by up to 75%.”"),
            3,
            ("value.plus5points", "profit.year.net.plus5percent", "claim.reichheld.year"),
        ),
        has_truth=True,
    ),
    Declared(
        "claim.reichheld.year",
        "profit.claim",
        say("“5% more retention, {gain} more profit”: yearly profit"),
        "word",
        "verdict on the claim as it is quoted (yearly profit after fixed cost, 5 percent more kept over "
        "12 months) by the same rules",
        settings=RULES,
    ),
)
