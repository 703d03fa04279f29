"""What chapter 11 publishes."""

from cxlib.figures import Declared, Figures, Headline
from cxlib.language import say

__all__ = ["FIGURES"]

FIGURES = Figures(
    "11",
    Declared(
        "churn.rate",
        "retention.churn_rate",
        say("Customers who left in the month"),
        "% per month",
        definition="of those who were customers at the month's start: left in the month, in whatever way; "
        "who joined in the month is not counted, and how many of them left in it is said beside it. With "
        "`churn.kind: inactivity` a customer is who has bought in the last `inactivity_days` days",
        interval="Wilson",
        settings=("definitions.churn.kind", "definitions.churn.inactivity_days", "definitions.minimum_group"),
        headline=Headline("leaving", 20),
        has_truth=True,
    ),
    Declared(
        "churn.rate.involuntary",
        "retention.churn_rate",
        say("Customers who had to leave in the month"),
        "% per month",
        definition="the same, only those whom the company or circumstances ended",
        interval="Wilson",
        settings=("definitions.churn.kind", "definitions.minimum_group"),
        has_truth=True,
    ),
    Declared(
        "churn.rate.year",
        "retention.churn_rate",
        say("Customers who left within twelve months"),
        "%",
        definition="left within a year, if the last twelve monthly rates follow one another: 1 less the "
        "product of the shares who stayed; of contracts only",
        interval="Greenwood, log-log, of the twelve months",
        settings=("definitions.churn.kind", "definitions.minimum_group", "definitions.observed_since"),
        has_truth=True,
    ),
    Declared(
        "churn.snapshot.share",
        "retention.churn_rate",
        say("Customers who have left, of all in these data"),
        "%",
        definition="of the customers in a table without dates: marked as gone; without a horizon",
        interval="Wilson",
        settings=("definitions.minimum_group",),
        headline=Headline("leaving", 22),
    ),
    Declared(
        "retention.12m",
        "retention.kaplan_meier",
        say("New customers still there after 12 months"),
        "%",
        definition="of 100 new customers, still there after 12 months, whatever ended the others' stay: who "
        "leaves in the very month of starting (month 0) counts (Kaplan-Meier, months 0 to 12, while 30 "
        "customers, or `minimum_group` where that is more, are at risk); customers from before the first "
        "observed month enter with the tenure they had; not of a table without dates",
        interval="Greenwood, log-log",
        settings=("definitions.churn.kind", "definitions.minimum_group", "definitions.observed_since"),
        headline=Headline("leaving", 23),
        has_truth=True,
    ),
    Declared(
        "repurchase.share",
        "retention.repurchase",
        say("Customers who bought again"),
        "%",
        definition="of the customers who ever bought: bought again on a later day; returns are no purchases",
        interval="Wilson",
        settings=("definitions.minimum_group",),
        headline=Headline("leaving", 21),
    ),
    Declared(
        "repurchase.90d",
        "retention.repurchase",
        say("Customers who bought again within 90 days"),
        "%",
        definition="of the customers whose first purchase was followed for 90 days or more: bought again on "
        "a later day within 90 days of it",
        interval="Wilson",
        settings=("definitions.minimum_group",),
    ),
    Declared(
        "repurchase.180d",
        "retention.repurchase",
        say("Customers who bought again within 180 days"),
        "%",
        definition="of the customers whose first purchase was followed for 180 days or more: bought again "
        "on a later day within 180 days of it",
        interval="Wilson",
        settings=("definitions.minimum_group",),
    ),
)
