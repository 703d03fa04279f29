"""Chapter 12 on small drawn companies: what it says, what it refuses, and when it warns."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.churn import charts
from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.figures import FIGURES
from cxlib.contract.config import Claims, Definitions
from cxlib.errors import ModelError
from cxlib.stats.incidence import cumulative_incidence, incidence_at
from cxlib.stats.intervals import wilson
from tests.chapters.churn.customer_months import FIRST, LAST, draw_tables, query_of

CHARTS = {
    "naive": charts.shares,
    "after": charts.incidence,
    "hazard": charts.ratios,
    "risk": charts.risks,
    "claim": charts.ways,
}


def dataset(tables, *, months=(FIRST, LAST), **definitions):
    """Return what a chapter needs of a dataset, over tables in memory."""
    query = query_of(tables)

    def has(table, *columns):
        if table not in tables:
            return False
        dates = {"start_date": "start_no", "end_date": "end_no"}
        names = [dates.get(column, column) for column in columns]
        return all(name in tables[table] and tables[table][name].notna().any() for name in names)

    return SimpleNamespace(
        arrow=query,
        sql=lambda text, **parameters: query(text, **parameters).to_pandas(),
        has=has,
        remember=lambda name, build, **parameters: build(),
        definitions=Definitions(**({"controls": ("segment", "region")} | definitions)),
        claims=Claims(),
        first_month_no=months[0],
        month_no=months[1],
    )


@pytest.fixture(scope="module")
def tables():
    drawn = draw_tables(customers=2000, seed=21, hazard=0.04)
    drawn["negative_experiences"] = drawn["negative_experiences"].assign(source="failure")
    return drawn


@pytest.fixture(scope="module")
def data(tables):
    return dataset(tables)


def counts_of(tables):
    """Return the naive table by plain pandas."""
    customers = tables["customers"]
    months = tables["negative_experiences"].drop_duplicates(["customer_no", "month_no"])
    times = customers["customer_no"].map(months.groupby("customer_no").size()).fillna(0).clip(upper=2)
    in_window = customers["start_no"] < LAST
    return customers[in_window].groupby(times[in_window])["end_no"].agg(["size", "count"])


def test_naive_counts_customers_by_months_with_an_experience(data, tables):
    result = churn.naive(data)
    expected = counts_of(tables)
    assert result.table["customers"].tolist() == expected["size"].tolist()
    assert result.table["gone"].tolist() == expected["count"].tolist()
    assert [figure.id for figure in result.figures] == list(FIGURES.of("churn.naive"))
    assert "does not say what a negative experience does" in result.text("en")


@pytest.mark.parametrize("name", ["naive", "after", "hazard", "risk", "claim"])
def test_every_figure_says_how_many_it_rests_on(data, name):
    assert all(figure.n for figure in getattr(churn, name)(data).figures)


def test_groups_of_few_customers_are_put_together(tables):
    bad = tables["negative_experiences"].drop_duplicates("customer_no")
    more = bad.head(3).assign(month_no=lambda rows: rows["month_no"] + 1)
    data = dataset(tables | {"negative_experiences": pd.concat([bad, more])})
    result = churn.naive(data)
    assert result.table["experiences"].tolist() == ["0", "1+"]
    assert "one or more months of negative experience" in result.text("en")
    assert set(result.absent) == {"churn.share.1", "churn.share.2"}


def test_naive_warns_of_the_time_needed_to_collect_experiences(data):
    warnings = " ".join(warning.text("en") for warning in churn.naive(data).warnings)
    assert "immortal time" in warnings
    assert "low usage" in warnings


def test_the_first_month_alone_gives_a_table_and_no_more(tables):
    first = dataset(tables, months=(FIRST, FIRST))
    assert churn.naive(first).available
    assert not churn.hazard(first).available


def null_tables(seed=4):
    """Draw a company in which experiences change nothing: customers followed 12 to 24 months."""
    random = np.random.default_rng(seed)
    customers = 16_000
    follow_up = random.integers(12, 25, customers)
    months = np.arange(24)
    hazards = 1 / (1 + np.exp(3.6 + 0.25 * np.log1p(months)))
    leaves = random.random((customers, 24)) < hazards
    left_in = np.where(leaves.any(axis=1), leaves.argmax(axis=1), 99)
    gone = left_in < follow_up
    observed = np.where(gone, left_in + 1, follow_up)
    had = (random.random((customers, 24)) < 1 / (1 + np.exp(3.0))) & (months < observed[:, None])
    start = LAST - follow_up
    person, month = np.nonzero(had)
    ends = pd.array(np.where(gone, start + observed, -1), dtype="Int64")
    people = pd.DataFrame({"customer_no": np.arange(customers), "start_no": start, "end_no": ends})
    people["end_no"] = people["end_no"].mask(~gone)
    people["end_type"] = np.where(gone, "voluntary", None)
    experiences = {"customer_no": person, "month_no": start[person] + 1 + month}
    return {"customers": people, "negative_experiences": pd.DataFrame(experiences)}


def test_the_naive_table_of_data_without_any_effect_falls_and_is_called_wrong():
    result = churn.naive(dataset(null_tables(), controls=(), months=(LAST - 24, LAST)))
    # Means of 300 companies without an effect; here one of 16,000 customers, standard errors about .006.
    assert result.table["share"].tolist() == pytest.approx([0.359, 0.183, 0.103], abs=0.02)
    warnings = " ".join(warning.text("en") for warning in result.warnings)
    assert "immortal time" in warnings
    assert "even falls with the number of experiences" in warnings


def test_after_follows_everybody_from_the_experience_on(data, tables):
    result = churn.after(data)
    ends = tables["customers"].set_index("customer_no")
    months = tables["negative_experiences"].drop_duplicates(["customer_no", "month_no"])
    first = months.sort_values("month_no").groupby("customer_no")["month_no"].min()
    end = ends.loc[first.index, "end_no"]
    generous = result.table.query("experience == 1 and counting == 'generous'").iloc[0]
    strict = result.table.query("experience == 1 and counting == 'strict'").iloc[0]
    assert generous["customers"] == len(first)
    assert strict["customers"] == ((end.isna() | (end > first)) & (first < LAST)).sum()
    assert strict["share"] < generous["share"]
    assert {figure.id for figure in result.figures} == set(FIGURES.of("churn.after"))


def test_after_tells_how_often_the_month_of_leaving_holds_an_experience(data):
    warnings = " ".join(warning.text("en") for warning in churn.after(data).warnings)
    assert "in the very month of leaving" in warnings


def test_hazard_gives_three_readings_of_the_same_months(data):
    result = churn.hazard(data)
    assert {figure.id for figure in result.figures} == set(FIGURES.of("churn.hazard"))
    assert result.figure("churn.hr.adjusted.1").n == result.figure("churn.hr.naive.1").n
    assert type(result.fit.model.family.link).__name__ == "CLogLog"


def test_risk_figures_belong_together(data):
    result = churn.risk(data)
    value = {figure.id.removeprefix("churn.risk12."): figure.value for figure in result.figures}
    for k in "12":
        assert value[f"diff.{k}"] == pytest.approx(value[k] - value["0"], abs=1e-3)
    assert set(FIGURES.of("churn.risk")) == {figure.id for figure in result.figures}
    assert "without a negative experience" in result.text("en")


def test_claim_card_names_claim_source_measure_and_verdicts(data):
    result = churn.claim(data)
    heads = [head.text("en") for head, _ in result.lines]
    assert heads[:3] == ["The claim", "Where it comes from", "What we measured instead"]
    assert "After one, as worded" in heads and "After several, because of them" in heads
    assert {figure.id: figure.verdict for figure in result.figures}.keys() == set(FIGURES.of("churn.claim"))
    assert result.table["way"].unique().tolist() == ["naive", "observed", "generous", "risk"]


def test_experiences_from_ratings_forbid_a_verdict(tables):
    rated = tables | {"negative_experiences": tables["negative_experiences"].assign(source="rating")}
    result = churn.claim(dataset(rated))
    assert {figure.verdict for figure in result.figures} == {"not decidable"}


def test_trust_puts_the_checks_in_order(data):
    table = churn.trust(data).shown("en")
    assert table["Check"].tolist()[0] == "Not adjusted"
    assert table["Check"].tolist()[-1] == "E-value"


@pytest.mark.parametrize("name", list(CHARTS))
@pytest.mark.parametrize("language", ["de", "en"])
def test_charts_have_alternative_text_with_the_values(data, name, language, monkeypatch):
    monkeypatch.setattr("cxlib.language._current", language)
    axes = CHARTS[name](getattr(churn, name)(data))
    assert "%" in axes.get_label() or name == "hazard"
    axes.figure.canvas.draw()
    import matplotlib.pyplot as plt

    plt.close(axes.figure)


def test_without_usage_the_difference_may_come_from_usage(tables):
    result = churn.hazard(dataset({k: v for k, v in tables.items() if k != "billing"}))
    assert "how much customers use is not known" in result.text("en")
    risks = churn.risk(dataset({k: v for k, v in tables.items() if k != "billing"}))
    assert risks.figure("churn.risk12.2").value == risks.figure("churn.risk12.direct.2").value


def test_without_involuntary_ends_there_is_no_cross_check(tables):
    customers = tables["customers"].assign(end_type="voluntary")
    result = churn.hazard(dataset(tables | {"customers": customers}))
    assert set(result.absent) == {"churn.hr.placebo.1", "churn.hr.placebo.2"}
    assert "no cross-check" in " ".join(w.text("en") for w in result.warnings)
    assert churn.risk(dataset(tables | {"customers": customers})).available


def test_unknown_kinds_of_end_count_as_wanted_and_are_told(tables):
    customers = tables["customers"].assign(end_type=None).astype({"end_type": "string"})
    result = churn.hazard(dataset(tables | {"customers": customers}))
    assert "not known whether the customer wanted to leave" in " ".join(w.text("en") for w in result.warnings)


def test_an_exposure_with_few_ends_has_no_figure(tables):
    once = tables["negative_experiences"].drop_duplicates("customer_no")
    result = churn.risk(dataset(tables | {"negative_experiences": once}))
    assert "churn.risk12.1" in {figure.id for figure in result.figures}
    assert {"churn.risk12.2", "churn.risk12.diff.2", "churn.risk12.direct.2"} == set(result.absent)
    assert set(churn.claim(dataset(tables | {"negative_experiences": once})).absent) == {"claim.zendesk.2"}


def test_too_few_ends_are_refused_with_their_number(tables):
    few = tables | {"customers": tables["customers"].iloc[:60]}
    with pytest.raises(ModelError, match=r"Too few customers left .* with two or more; at least"):
        churn.estimated_effects(dataset(few, controls=()))
    result = churn.hazard(dataset(few, controls=()))
    assert not result.available
    assert set(result.absent) == set(FIGURES.of("churn.hazard"))


def test_reasons_of_models_speak_the_language_of_the_reader(tables):
    few = tables | {"customers": tables["customers"].iloc[:60]}
    result = churn.hazard(dataset(few, controls=()))
    assert "Zum Vergleichen haben zu wenige Kunden gekündigt" in result.text("de")
    assert "{" not in result.text("de")


def test_active_customers_of_unknown_usage_are_told(tables):
    billing = tables["billing"]
    late = tables | {"billing": billing[(billing["month_no"] < LAST) | (billing["customer_no"] % 2 == 0)]}
    usage = {"column": "units", "bands": [10, 30]}
    told = "have no known usage in the last month; the risks speak for the others only"
    warnings = " ".join(warning.text("en") for warning in churn.risk(dataset(late, usage=usage)).warnings)
    assert told in warnings
    whole = churn.risk(dataset(tables, usage=usage))
    assert told not in " ".join(warning.text("en") for warning in whole.warnings)
    assert churn.risk(dataset(late, usage=usage)).figure("churn.risk12.0").n < whole.figures[0].n


def test_usage_unknown_in_the_last_month_is_told(tables):
    late = tables | {"billing": tables["billing"][tables["billing"]["month_no"] < LAST]}
    usage = {"column": "units", "bands": [10, 30]}
    assert churn.hazard(dataset(late, usage=usage)).available
    result = churn.risk(dataset(late, usage=usage))
    assert "has a known usage" in result.text("en")
    assert churn.claim(dataset(late, usage=usage)).available


def test_a_tenure_nobody_was_seen_in_is_not_guessed(tables):
    early = dataset(tables, months=(FIRST, FIRST + 11), controls=())
    assert churn.hazard(early).available
    result = churn.risk(early)
    assert not result.available
    assert "known history was seen in the tenure months" in result.text("en")
    assert churn.trust(early).available


def test_experiences_recorded_only_for_leavers_teach_nothing(tables):
    leavers = tables["customers"].dropna(subset="end_no")["customer_no"]
    experiences = tables["negative_experiences"]
    only = experiences[experiences["customer_no"].isin(leavers)]
    result = churn.risk(dataset(tables | {"negative_experiences": only}))
    assert "only for customers who left" in result.text("en")


@pytest.mark.parametrize("name", ["naive", "after", "hazard", "risk", "trust", "claim"])
def test_missing_tables_make_a_reason_not_an_error(tables, name):
    result = getattr(churn, name)(dataset({"customers": tables["customers"]}))
    assert not result.available
    assert "no negative experiences" in result.text("en")


def snapshot(counts):
    rows = [(number, i < gone) for number, (customers, gone) in counts.items() for i in range(customers)]
    return {"snapshot": pd.DataFrame(rows, columns=["negative_count", "churned"])}


def test_a_snapshot_is_shown_by_exact_count_and_called_exploratory():
    counts = {0: (600, 60), 1: (400, 41), 2: (200, 20), 3: (100, 45), 4: (30, 15), 5: (6, 3)}
    result = churn.naive(dataset(snapshot(counts)))
    assert result.table["experiences"].tolist() == ["0", "1", "2", "3", "4+"]
    assert result.table["customers"].tolist() == [600, 400, 200, 100, 36]
    assert "exploratory" in result.warnings[0].text("en")
    assert "largest step lies between 2 and 3" in result.text("en")
    assert result.figure("churn.share.2").n == 336
    assert charts.shares(result).get_label().startswith("Share who left")


def test_cumulative_incidence_without_censoring_is_the_share():
    table = cumulative_incidence([1, 2, 2, 5], [1, 1, 2, 0], [10, 20, 5, 65], horizon=4)
    assert table["share"].tolist() == pytest.approx([0.1, 0.3, 0.3, 0.3])
    value, low, high = incidence_at(table, 4)
    error = np.sqrt(0.3 * 0.7 / 100)
    # Without censoring the delta method is the binomial error, put on the log(-log) scale.
    cumulative = -np.log(1 - 0.3)
    width = 1.959964 * error / (0.7 * cumulative)
    expected = [1 - np.exp(-cumulative * np.exp(side * width)) for side in (-1, 1)]
    assert (low, high) == pytest.approx(expected, rel=1e-6)


def test_cumulative_incidence_reweights_for_censoring():
    table = cumulative_incidence([1, 1, 2, 3], [0, 1, 1, 0], [50, 10, 4, 36], horizon=2)
    assert table["share"].iloc[-1] == pytest.approx(0.1 + 0.9 * 4 / 40)


def test_where_nobody_left_the_upper_limit_is_that_of_none_of_those_at_risk(tables):
    table = cumulative_incidence([1, 12], [0, 0], [60, 40], horizon=12)
    assert incidence_at(table, 12) == pytest.approx((0.0, 0.0, wilson(0, 40).high))
    forced = tables["customers"]["end_no"].notna().map({True: "involuntary", False: None})
    forced = dataset(tables | {"customers": tables["customers"].assign(end_type=forced.astype("string"))})
    result = churn.after(forced)
    assert result.figure("churn.after12.1").value == 0 < result.figure("churn.after12.1").high
    assert "\N{EN DASH}" not in result.text("en")
    charts.incidence(result)


def test_nobody_followed_is_an_error():
    with pytest.raises(ModelError, match="Nobody is at risk"):
        cumulative_incidence([0, 0], [0, 1], [5, 5])


def test_a_ratio_that_turns_round_when_adjusted_is_told():
    # The calm region has most of the experiences; within each region they go with leaving.
    random = np.random.default_rng(5)
    rate, hazard = {"calm": 0.5, "rough": 0.03}, {"calm": 0.004, "rough": 0.05}
    people, experiences = [], []
    for number in range(1500):
        region, end, bad = ("calm", "rough")[number % 2], None, set()
        for month in range(FIRST + 1, LAST + 1):
            recent = min(2, sum(month - 12 <= earlier < month for earlier in bad))
            if random.random() < hazard[region] * 1.6**recent:
                end = month
                break
            bad |= {month} if random.random() < rate[region] else set()
        people.append((number, FIRST, end, "voluntary" if end else None, "private", region))
        experiences += [(number, month, "failure") for month in bad]
    columns = ["customer_no", "start_no", "end_no", "end_type", "segment", "region"]
    customers = pd.DataFrame(people, columns=columns).astype({"end_no": "Int64"})
    bad = pd.DataFrame(experiences, columns=["customer_no", "month_no", "source"])
    data = dataset({"customers": customers, "negative_experiences": bad}, usage=None)
    told = [warning.text("en") for warning in churn.hazard(data).warnings]
    assert sum(text.startswith("The effect turns round") for text in told) == 2


def test_no_ratio_turns_round_where_nothing_confounds(data):
    assert churn.flips(churn.hazard(data).table) == ()
