"""The claim "5 % more retention raises profit by 75 %", tested on this company's own customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from cxlib.chapters.profit.assumptions import (
    GAIN_METHOD,
    HELD_FIXED,
    TAIL_WORDS,
    VALUE_METHOD,
    YEAR_METHOD,
    as_given,
    money_method,
    money_warnings,
)
from cxlib.chapters.profit.figures import FIGURES
from cxlib.chapters.profit.study import Study, study
from cxlib.chapters.profit.verdict import reichheld_verdict
from cxlib.dataset.dataset import Dataset
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, percent, say
from cxlib.result import VERDICTS, Column, Figure, Result, interval
from cxlib.stats.value import Tail, reichheld_profit, reichheld_value
from cxlib.stats.verdicts import NOT_DECIDABLE, Verdict

__all__ = ["claim"]

Grid = Mapping[tuple[float, Tail], Estimate]

# Ways to read the claim: what rises (as in Study.published), and what "5 % more retention" is.
VERSIONS = {
    "source": ("value", "plus5points"),
    "popular": ("net", "plus5percent"),
    "yearly": ("profit", "plus5points"),
    "leavers": ("value", "minus5percentchurn"),
}
LABELS = {
    "source": say("Value of a new customer, five points more retention (the source)"),
    "popular": say("Yearly profit after fixed cost, five percent more retention (as quoted)"),
    "yearly": say("Yearly profit before fixed cost, five points more retention"),
    "leavers": say("Value of a new customer, five percent fewer leavers"),
}
PUBLISHED = {"source": "claim.reichheld", "popular": "claim.reichheld.year"}
QUOTED = say("“Five percent more retention raises profit by up to 75 percent.”")
QUOTED_GAIN = 0.75
SOURCE = say(
    "Reichheld and Sasser, Harvard Business Review, September/October 1990. Their example of a credit card "
    "company lets defections fall from 10 to 5 percent a year: five points more retention, and churn cut by "
    "half. What then rises by 75 percent (from 300 to 525 dollars) is the value of one newly won customer "
    "over many years, not a company's yearly profit. It is arithmetic with assumed margins, not an "
    "observation."
)
CARD = {
    "quoted": say("The claim as quoted"),
    "source": say("Where it comes from"),
    "arithmetic": say("The arithmetic behind it"),
    "measured": say("What we measured instead"),
    "figure": say("Our figure"),
    "verdict": say("Verdict"),
    "popular": say("Read as yearly profit"),
    "granted": say("What it takes for granted"),
    "decide": say("What would decide it"),
}


@dataclass(frozen=True, eq=False)
class Trial:
    """The claim held against a study, each reading by itself.

    Attributes
    ----------
    made : Study
    grids : dict
        Reading -> its gain at each discount rate and under each tail rule; empty where not possible.
    verdicts : dict
        Reading -> Verdict.
    """

    made: Study
    grids: Mapping[str, Grid]
    verdicts: Mapping[str, Verdict]

    def headline(self, version: str) -> Estimate | None:
        """Return the gain at the dataset's own discount rate and the figure's own tail rule."""
        return self.made.published(*VERSIONS[version])

    def limits(self, version: str) -> tuple[float | None, float | None]:
        """Return the lowest and the highest limit over discount rates and tail rules."""
        gains = self.grids[version].values()
        return min((g.low for g in gains), default=None), max((g.high for g in gains), default=None)


def claim(data: Dataset) -> Result:
    """Return the claim card on retention and profit.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    Result
        Figures ``claim.reichheld`` (verdict on the source's own reading) and ``claim.reichheld.year`` (on the
        popular one). ``table``: one row is one reading: ``reading``, ``value``, ``low``, ``high`` (gain at
        the dataset's discount rate), ``lowest``, ``highest`` (limits over discount rates and tail rules),
        ``verdict``. ``parts["grid"]``: one row is one reading, discount rate and tail rule: ``version``,
        ``rate``, ``tail``, ``value``, ``low``, ``high``. ``facts["claimed"]``: the claimed gain, a share.
    """
    made = data.once(study)
    if isinstance(made, Message):
        return Result.unavailable("profit.claim", made, FIGURES.of("profit.claim"))
    trial = _tried(made)
    return Result(
        "profit.claim",
        (_sentence(trial),),
        table=_table(trial),
        columns=_columns(),
        figures=_figures(trial),
        lines=_card(trial),
        method=(*_rule(made), GAIN_METHOD, YEAR_METHOD, *VALUE_METHOD, *money_method(data, made.tenure)),
        warnings=(*money_warnings(data, made.tenure), *_failed_tails(made)),
        parts={"grid": _grid_table(trial)},
        facts={"claimed": data.claims.reichheld.gain},
    )


def _columns() -> dict[str, Column]:
    share = partial(percent, digits=0, signed=True)
    return {
        "reading": Column(say("Reading of the claim")),
        "value": Column(say("Gain"), share),
        "low": Column(say("from"), share),
        "high": Column(say("to"), share),
        "lowest": Column(say("lowest limit"), share),
        "highest": Column(say("highest limit"), share),
        "verdict": Column(say("Verdict"), VERDICTS.get),
    }


def _tried(made: Study) -> Trial:
    beyond = made.beyond(made.data.claims.reichheld.discount_rates)
    grids = {version: made.grid(*of, _rates(made, of[0])) for version, of in VERSIONS.items()}
    verdicts = {version: _verdict(made, *of, grids[version], beyond) for version, of in VERSIONS.items()}
    return Trial(made, grids, verdicts)


def _rates(made: Study, name: str) -> tuple[float, ...]:
    """Return the discount rates at which a reading is tested; a year's profit is not discounted."""
    return made.data.claims.reichheld.discount_rates if name == "value" else (0.0,)


def _verdict(made: Study, name: str, change: str, gains: Grid, beyond: float) -> Verdict:
    rules = made.data.claims.reichheld
    base = made.grid(name, "", _rates(made, name))
    if not base:
        return Verdict(NOT_DECIDABLE, (say("fixed costs are not in the data"),))
    missing = [tail for tail in made.assumed if any((rate, tail) not in gains for rate in _rates(made, name))]
    return reichheld_verdict(
        gains,
        claimed=rules.gain,
        tolerance=rules.tolerance,
        base_low=min(amount.low for amount in base.values()),
        beyond_data=beyond,
        months=made.tenure.window,
        reachable=change in made.changes,
        untried=[TAIL_WORDS[tail] for tail in missing],
        replaced=(STOOD_IN,) if "even" in made.assumed else (),
        beyond_limit=rules.beyond_data,
        minimum_months=rules.minimum_months,
    )


def _table(trial: Trial) -> pd.DataFrame:
    rows = [
        (
            LABELS[version],
            *(trial.headline(version) or Estimate(None)),
            *trial.limits(version),
            trial.verdicts[version].word,
        )
        for version in VERSIONS
    ]
    names = ["reading", "value", "low", "high", "lowest", "highest", "verdict"]
    return pd.DataFrame(rows, columns=names)


def _grid_table(trial: Trial) -> pd.DataFrame:
    rows = [
        (version, rate, tail, *gain)
        for version, gains in trial.grids.items()
        for (rate, tail), gain in gains.items()
    ]
    return pd.DataFrame(rows, columns=["version", "rate", "tail", "value", "low", "high"])


def _figures(trial: Trial) -> tuple[Figure, ...]:
    gain = as_given(trial.made.data.claims.reichheld.gain)
    return tuple(
        Figure.word(
            FIGURES[id],
            trial.verdicts[version].word,
            label=FIGURES[id].label(gain=gain),
            n=trial.made.tenure.customers,
        )
        for version, id in PUBLISHED.items()
    )


def _card(trial: Trial) -> tuple[tuple[Message, Message], ...]:
    texts = {
        "quoted": _quoted(trial.made.data.claims.reichheld.gain),
        "source": SOURCE,
        "arithmetic": _arithmetic(),
        "measured": _measured(trial.made),
        "figure": _figure_words(trial),
        "verdict": _verdict_words(trial.verdicts["source"]),
        "popular": _popular_words(trial),
        "granted": HELD_FIXED,
        "decide": DECIDE,
    }
    return tuple((CARD[key], text) for key, text in texts.items())


STOOD_IN = say(
    "no curve of ever more loyal customers fits, so that leaving as on average since the start was tried "
    "instead"
)
DECIDE = say(
    "Offers to stay, made to a part of the customers drawn by lot: what do those who stay only because of "
    "the offer cost and bring? And more years of billing, so that less of the value lies beyond what was "
    "watched."
)


def _quoted(gain: float) -> Message:
    if gain == QUOTED_GAIN:
        return QUOTED
    return say(
        "“Five percent more retention raises profit by up to 75 percent.” Tested here, as dataset.yaml asks, "
        "is a gain of {gain}.",
        gain=as_given(gain),
    )


def _arithmetic() -> Message:
    """Return what the published margins give under other readings."""
    published = reichheld_value(0.05, rate=0.06, lives="deterministic") / reichheld_value(
        0.10, rate=0.06, lives="deterministic"
    )
    base = reichheld_value(0.10, rate=0.10)
    return say(
        "With the published margins and a discount rate of 6% the 75 percent come back to within a point "
        "({again}). If customers stay differently long and money is discounted by 10%, it is {other}; five "
        "percent fewer defections (10 to 9.5) give {fewer}; the yearly profit of a constant base rises by "
        "{yearly}.",
        again=percent(published - 1, 0, signed=True),
        other=percent(reichheld_value(0.05, rate=0.10) / base - 1, 0, signed=True),
        fewer=percent(reichheld_value(0.095, rate=0.10) / base - 1, 0, signed=True),
        yearly=percent(reichheld_profit(0.05) / reichheld_profit(0.10) - 1, 0),
    )


def _measured(made: Study) -> Message:
    words = {
        "customers": count(made.tenure.customers),
        "months": count(made.tenure.window),
        "now": percent(made.retention),
    }
    change = VERSIONS["source"][1]
    if change not in made.changes:
        return say(
            "The value of a newly won customer of this company from its own margins and its own leaving by "
            "tenure ({customers} customers, {months} months). Over twelve months {now} are kept, so that "
            "five points more, as in the source, cannot be computed.",
            **words,
        )
    return say(
        "The value of a newly won customer of this company from its own margins and its own leaving by "
        "tenure ({customers} customers, {months} months), if {then} instead of {now} were kept over twelve "
        "months: the five points of the source.",
        then=percent(made.changed(change)),
        **words,
    )


def _figure_words(trial: Trial) -> Message:
    gains, gain = trial.grids["source"], trial.headline("source")
    if gain is None:
        return say("Five points more would lift retention to 100% or above.")
    share = partial(percent, digits=0, signed=True)
    rates = [rate for rate, _ in gains]
    lowest, highest = trial.limits("source")
    return say(
        "{value} (between {low} and {high}) at a discount rate of {rate}. Over discount rates from "
        "{lowest_rate} to {highest_rate} and what is assumed for the time beyond the data ({tails}), the "
        "limits reach from {lowest} to {highest}.",
        **interval(gain, share),
        rate=as_given(trial.made.data.money.discount_rate),
        lowest_rate=as_given(min(rates)),
        highest_rate=as_given(max(rates)),
        tails=_tails(gains),
        lowest=share(lowest),
        highest=share(highest),
    )


def _tails(gains: Grid) -> Message:
    """Return the assumptions under which gains were computed, in words."""
    tried = {tail for _, tail in gains}
    return listing(words for tail, words in TAIL_WORDS.items() if tail in tried)


def _sentence(trial: Trial) -> Message:
    words = {
        "gain": as_given(trial.made.data.claims.reichheld.gain),
        "word": VERDICTS[trial.verdicts["source"].word],
    }
    value = trial.headline("source")
    if value is None:
        return say("That 5% more retention brings {gain} more profit is, for this company: {word}.", **words)
    return say(
        "That 5% more retention brings {gain} more profit is, for this company: {word}. Five points more "
        "retention would raise the value of a new customer by about {value} (between {low} and {high}).",
        **interval(value, partial(percent, digits=0)),
        **words,
    )


def _verdict_words(verdict: Verdict) -> Message:
    return say("{verdict}: {reasons}.", verdict=VERDICTS[verdict.word], reasons=listing(verdict.reasons))


def _popular_words(trial: Trial) -> Message:
    verdict, gain = trial.verdicts["popular"], trial.headline("popular")
    if gain is None:
        return _verdict_words(verdict)
    return say(
        "Five percent more retention would change the yearly profit after fixed cost by {value} (between "
        "{low} and {high}). Verdict: {verdict}: {reasons}.",
        **interval(gain, partial(percent, digits=0, signed=True)),
        verdict=VERDICTS[verdict.word],
        reasons=listing(verdict.reasons),
    )


def _rule(made: Study) -> tuple[Message, ...]:
    rules = made.data.claims.reichheld
    rule = say(
        "The rule was fixed before the run, for each reading by itself: contradicted if every upper limit "
        "is below {claimed}, supported if every lower limit is at least {least}, at every discount rate "
        "({rates}) and under every assumption beyond the last month counted ({tails}). “Up to” cannot be "
        "contradicted by one company; tested is “for this company”.",
        claimed=as_given(rules.gain),
        least=as_given(rules.gain - rules.tolerance),
        rates=listing(as_given(rate) for rate in rules.discount_rates),
        tails=listing(TAIL_WORDS[tail] for tail in made.assumed),
    )
    return rule, *_failed_tails(made)


def _failed_tails(made: Study) -> tuple[Message, ...]:
    """Return which assumptions about later years could not be tried, and why."""
    failed = []
    if made.no_fitted_tail is not None:
        words = {"tail": TAIL_WORDS["sbg"], "reason": made.no_fitted_tail}
        template = REPLACED(other=TAIL_WORDS["even"]) if "even" in made.tails else UNUSED
        failed.append(template(**words))
    if not made.leaving_late:
        failed.append(WITHOUT_END(tail=TAIL_WORDS["flat"]))
    return tuple(failed)


UNUSED = say("The assumption “{tail}” could not be used. {reason}")
REPLACED = say(
    "The assumption “{tail}” could not be used. {reason} In its place stands “{other}”: in every later month "
    "the same share leaves as, on average, in the months of tenure counted."
)
WITHOUT_END = say(
    "Nobody left in the last year of tenure counted: undiscounted, “{tail}” adds up without end, so that the "
    "yearly readings could not be tried under it."
)
