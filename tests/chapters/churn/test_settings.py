"""Chapter 12 at other settings than the usual ones: numbers against plain counts, and every word."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from statsmodels.genmod.families import Binomial, links
from statsmodels.genmod.generalized_linear_model import GLM

from cxlib.chapters.churn import charts
from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.study import Study
from cxlib.language import LANGUAGES, speaking
from cxlib.panel.design import EXPOSURES
from tests.panel.customer_months import LAST, opened, rows_of

CHARTS = {
    "naive": charts.shares,
    "after": charts.incidence,
    "hazard": charts.ratios,
    "leads": charts.lead_profile,
    "risk": charts.risks,
    "claim": charts.ways,
}
USUAL = re.compile(
    r"(?<![\d.,])12(?!\d|[.,]\d|\s?%)|twelve|zwölf|\bone year|\ba year|\bein(em|es)? Jahr", re.I
)
EXPOSED = [(6, 1), (6, 2), (3, 2), (1, 1)]


def words_of(result, language):
    """Return everything a reader can meet in a result."""
    texts = [*result.sentences, *result.method, *result.warnings, *result.absent.values()]
    texts += [text for line in result.lines for text in line]
    texts += [text for f in result.figures for text in (f.label, f.method, f.note) if text is not None]
    table = result.shown(language)
    return [text.text(language) for text in texts] + [*table.columns, *table.to_numpy().ravel()]


def words_on(axes):
    ticks = [label.get_text() for label in (*axes.get_xticklabels(), *axes.get_yticklabels())]
    notes = [text.get_text() for text in axes.texts]
    return [axes.get_label(), axes.get_xlabel(), axes.get_ylabel(), axes.get_title(), *ticks, *notes]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("window", "lag"), EXPOSED)
def test_nothing_speaks_of_the_usual_horizon_or_window(tables, language, window, lag):
    exposure = {"window_months": window, "lag_months": lag}
    data = opened(tables, exposure=exposure, zendesk={"horizon_months": 6})
    with speaking(language):
        for name in churn.__all__:
            result = getattr(churn, name)(data)
            assert result.available
            words = words_of(result, language)
            if name in CHARTS:
                axes = CHARTS[name](result)
                axes.figure.canvas.draw()
                words += words_on(axes)
                plt.close(axes.figure)
            assert [text for text in words if USUAL.search(text)] == []


def test_the_search_finds_what_it_looks_for(data):
    """At the usual settings the same search is not empty, in either language."""
    for language in LANGUAGES:
        assert any(USUAL.search(text) for text in words_of(churn.risk(data), language))
        assert any(USUAL.search(text) for text in words_of(churn.hazard(data), language))


@pytest.mark.parametrize(
    ("window", "lag", "english", "german"),
    [
        (6, 1, "in the 6 months before", "in den 6 Monaten davor"),
        (6, 2, "in the 6 months that end 2 months before", "in den 6 Monaten bis 2 Monate davor"),
        (1, 1, "in the month before", "im Monat davor"),
        (1, 3, "in the month that lies 3 months back", "im Monat 3 Monate davor"),
    ],
)
def test_the_window_and_the_lag_are_said(tables, window, lag, english, german):
    data = opened(tables, exposure={"window_months": window, "lag_months": lag})
    assert english in churn.hazard(data).text("en")
    assert german in churn.hazard(data).text("de")


def test_a_horizon_of_one_month_is_said_in_the_singular(tables):
    data = opened(tables, zendesk={"horizon_months": 1})
    assert "within 1 month after it" in churn.after(data).text("en")
    assert churn.after(data).figure("churn.after12.1").label.text("en").startswith("Left within 1 month of")
    assert churn.risk(data).figure("churn.risk12.0").label.text("en").startswith("Leaves within 1 month ")


@pytest.mark.parametrize("horizon", [3, 6, 18])
def test_after_follows_for_the_horizon(tables, horizon):
    """The Aalen-Johansen share by loops over customers."""
    months = tables["negative_experiences"].drop_duplicates(["customer_no", "month_no"])
    first = months.groupby("customer_no")["month_no"].min()
    people = tables["customers"].set_index("customer_no").loc[first.index]
    followed = people["end_no"].fillna(LAST).astype(int) - first
    ended = people["end_no"].notna()
    there, share = 1.0, 0.0
    for month in range(1, horizon + 1):
        at_risk = (followed >= month).sum()
        ends = ended & (followed == month)
        left = (ends & (people["end_type"] == "voluntary")).sum()
        share += there * left / at_risk
        there *= 1 - ends.sum() / at_risk
    figure = churn.after(opened(tables, zendesk={"horizon_months": horizon})).figure("churn.after12.1")
    assert figure.value == pytest.approx(100 * share, rel=1e-5)
    assert figure.n == (followed >= 1).sum()


def fitted(months, terms):
    """Return statsmodels' coefficients of one row per customer-month, exposure and `terms` as dummies."""
    columns = pd.get_dummies(months[["exposure", *terms]].astype(str), drop_first=True).astype(float)
    family = Binomial(links.CLogLog())
    model = GLM(months["voluntary"], columns.assign(intercept=1.0), family=family)
    return model.fit(tol=1e-12, maxiter=100).params


@pytest.mark.parametrize(
    ("definitions", "rows"),
    [
        ({"exposure": {"window_months": 6, "lag_months": 1}}, {"window": 6}),
        ({"exposure": {"window_months": 6, "lag_months": 2}}, {"window": 6, "lag": 2}),
        ({"tenure_bands": (1, 7, 19)}, {"bands": (1, 7, 19)}),
        ({"usage": {"column": "units", "bands": [20]}}, {"edges": (20,)}),
        ({"controls": ("region",)}, {}),
    ],
)
def test_hazards_equal_those_of_rows_counted_by_loops(tables, definitions, rows):
    """One row per customer-month, fitted by statsmodels; figures hold six digits."""
    data = opened(tables, **({"controls": ("segment", "region")} | definitions))
    result = churn.hazard(data)
    months = rows_of(tables, **rows)
    months["period"] = np.searchsorted(data.once(Study).panel.grid.periods, months["month"], side="right")
    months = months[months["involuntary"] == 0]
    controls = list(definitions.get("controls", ("segment", "region")))
    expected = fitted(months, ["tenure", "usage", "period", *controls])
    for k, id in enumerate(("churn.hr.adjusted.1", "churn.hr.adjusted.2"), start=1):
        assert result.figure(id).value == pytest.approx(np.exp(expected[f"exposure_{k}"]), rel=1e-5)
        assert result.figure(id).n == (months["exposure"] == k).sum()


@pytest.mark.parametrize("segments", [(), ("region",), ("segment", "region")])
def test_the_naive_model_keeps_the_segments_alone(tables, segments):
    result = churn.hazard(opened(tables, segments=segments))
    months = rows_of(tables)
    expected = fitted(months[months["involuntary"] == 0], ["tenure", *segments])
    for k, id in enumerate(("churn.hr.naive.1", "churn.hr.naive.2"), start=1):
        assert result.figure(id).value == pytest.approx(np.exp(expected[f"exposure_{k}"]), rel=1e-5)


@pytest.mark.parametrize(
    ("window", "lag", "horizon", "exposed"),
    [(3, 2, 7, (0, 1, 2, 2, 1, 0, 0)), (6, 1, 6, (1, 2, 2, 2, 2, 2)), (12, 2, 4, (0, 1, 2, 2))],
)
def test_risks_equal_products_over_the_months_of_each_customer(tables, window, lag, horizon, exposed):
    data = opened(
        tables,
        usage=None,
        controls=(),
        exposure={"window_months": window, "lag_months": lag},
        zendesk={"horizon_months": horizon},
    )
    effects = data.once(Study).effects

    def chance(fit, band, exposure):
        known = dict(zip(fit.names, fit.coefficients, strict=True))
        terms = (f"tenure[{effects.bands[band]}]", f"exposure[{EXPOSURES[exposure]}]")
        fixed = known["intercept"] + sum(known.get(term, 0.0) for term in terms)
        periods = [known.get(f"period[{name}]", 0.0) for name in effects.calendar]
        # A month ahead is the average of the months observed.
        return np.average(
            1 - np.exp(-np.exp(fixed + np.array(periods))), weights=[*effects.calendar.values()]
        )

    bands, names = (1, 4, 13, 25, 49), ("1-3", "4-12", "13-24", "25-48", "49+")
    active = tables["customers"][tables["customers"]["end_no"].isna()]
    shares = []
    for start in active["start_no"]:
        there, left = 1.0, 0.0
        for month, exposure in enumerate(exposed, start=1):
            band = names[np.searchsorted(bands, LAST - start + month, side="right") - 1]
            there *= 1 - chance(effects.losing, band, 0)
            left += there * chance(effects.adjusted, band, exposure)
            there *= 1 - chance(effects.adjusted, band, exposure)
        shares.append(left)
    assert churn.risk(data).figure("churn.risk12.2").value == pytest.approx(100 * np.mean(shares), rel=1e-5)


def test_the_claimed_shares_are_those_of_the_dataset(tables):
    data = opened(tables, zendesk={"shares": (0.05, 0.99)})
    result = churn.claim(data)
    assert [figure.verdict for figure in result.figures] == ["not decidable", "contradicted"]
    assert result.figures[0].label.text("en") == "Claim: 5% of customers leave after one negative experience"
    assert result.parts["claimed"]["share"].tolist() == [0.05, 0.99]
    for language, words in (
        ("en", "after one bad experience 5% of"),
        ("de", "Erfahrung wechseln 5\u00a0% der"),
    ):
        card = result.lines[0][1].text(language)
        assert words in card and "99" in card


def test_the_quoted_claim_stands_where_it_is_tested(data):
    assert churn.claim(data).lines[0][1].text("en").startswith("“After one bad experience half of")


def test_the_limit_of_the_cross_check_is_that_of_the_dataset(tables):
    states = [opened(tables, zendesk={"placebo_limit": limit}).once(Study).placebo for limit in (1.0001, 1e6)]
    assert states == ["too imprecise", "quiet"]


def test_the_least_number_of_ends_is_that_of_the_dataset(tables, data):
    ends = int(data.once(Study).panel.cells().totals("exposure").loc["2+", "events"])
    fewer = opened(tables, zendesk={"minimum_events": ends + 1})
    assert "churn.hr.adjusted.2" in churn.hazard(fewer).absent
    assert "churn.hr.adjusted.2" not in churn.hazard(data).absent


def test_small_groups_are_those_of_the_dataset(tables):
    bad = tables["negative_experiences"]
    half = tables | {"negative_experiences": bad[bad["customer_no"] % 2 == 0]}
    sizes = churn.naive(opened(half)).table.set_index("experiences")["customers"]
    least = sizes[["1", "2+"]].min() + 1
    assert sizes["0"] >= least
    larger = churn.naive(opened(half, minimum_group=int(least)))
    assert larger.table["experiences"].tolist() == ["0", "1+"]
    assert larger.table["customers"].tolist() == [sizes["0"], sizes["1"] + sizes["2+"]]
    none = churn.naive(opened(half, minimum_group=int(sizes.sum())))
    assert (
        f"weniger als {int(sizes.sum()):,} Kunden".replace(",", ".") in none.text("de") and not none.available
    )


@pytest.mark.parametrize(("tolerance", "told"), [(0.0, True), (0.5, False)])
def test_the_tolerance_is_that_of_the_dataset(tables, data, tolerance, told):
    low = churn.after(data).figure("churn.after12.1").low / 100
    rule = {"shares": (round(low + 0.01, 4), 0.8), "tolerance": tolerance}
    text = churn.claim(opened(tables, zendesk=rule)).lines[4][1].text("en")
    assert ("reaches below the claimed share" in text) is told
