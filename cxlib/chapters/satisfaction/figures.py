"""What chapter 03 publishes."""

from cxlib.figures import Declared, Figures, Headline
from cxlib.language import say

__all__ = ["FIGURES"]

_WEIGHED_BY = ("definitions.usage", "definitions.controls", "definitions.tenure_bands")

FIGURES = Figures(
    "03",
    Declared(
        "nps",
        "satisfaction.nps",
        say("Net promoter score of those who answered"),
        "points",
        "share of 9 and 10 less share of 0 to 6, among those who answered the relational question sent in "
        "the month, the latest answer of each customer; where fewer than 30 answered, the question sent in "
        "the last three months",
        "adjusted Wald",
        headline=Headline("score", 11),
        has_truth=True,
    ),
    Declared(
        "nps.weighted",
        "satisfaction.nps",
        say("Net promoter score, weighted to all customers"),
        "points",
        "the same, weighted to all active customers by `usage`, `controls` and `tenure_bands` of the "
        "report's month; with the survey's own `weight` where the answers have one. It is the score of all "
        "customers if, among customers alike in these, those who answered feel as those who did not",
        "adjusted Wald, linearised with the weights",
        settings=_WEIGHED_BY,
        headline=Headline("score", 10, beside={"nps": say("those who answered: {value}")}),
        has_truth=True,
    ),
    Declared(
        "nps.tipping",
        "satisfaction.nps",
        say("Tipping point: the silent less customers alike who answered"),
        "points",
        "`nps` less `nps.weighted`, divided by the share of all customers who would not answer if asked: by "
        "how many points the silent would have to score above customers alike who answered (below, where "
        "negative) for all customers to score as those who answered",
        "that of the difference, divided likewise",
        settings=_WEIGHED_BY,
    ),
    Declared(
        "response.rate",
        "satisfaction.nps",
        say("Invitations that were answered"),
        "%",
        "answered by the month's end, of the relational invitations that had at least 14 days",
        "Wilson, clustered by customer",
        has_truth=True,
    ),
    Declared(
        "csat.top2",
        "satisfaction.csat",
        say("Satisfied customers among those who answered"),
        "%",
        "satisfied, of the answers about contacts in the month: at `csat_top` or above, by default on one of "
        "the two best points of the scale (4 or 5 of 5); not given where `csat_top` lies off a scale",
        "Wilson, clustered by customer",
        settings=("definitions.csat_top",),
        headline=Headline("score", 12),
        has_truth=True,
    ),
    Declared(
        "ces.mean",
        "satisfaction.ces",
        say("Ease of getting help, mean on 1 to 7"),
        "score",
        "mean effort score of the month's answers on 1 to 7, high is good; other scales are stretched to it",
        "t, clustered by customer",
        has_truth=True,
    ),
)
