"""The naive table: what it counts, when it warns, and what it is called."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from cxlib.chapters.churn import charts
from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.figures import FIGURES
from cxlib.chapters.churn.shares import COMPARED
from cxlib.language import speaking
from tests.chapters import tiny
from tests.panel.customer_months import FIRST, LAST, opened


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
    assert [figure.id for figure in result.figures] == ["churn.share.0", "churn.share.1", "churn.share.2"]
    assert set(result.absent) == set(COMPARED)
    assert "does not say what a negative experience does" in result.text("en")


def test_groups_of_few_customers_are_put_together(tables):
    bad = tables["negative_experiences"].drop_duplicates("customer_no")
    more = bad.head(3).assign(month_no=lambda rows: rows["month_no"] + 1)
    data = opened(tables | {"negative_experiences": pd.concat([bad, more])})
    result = churn.naive(data)
    assert result.table["experiences"].tolist() == ["0", "1+"]
    assert "one or more months of negative experience" in result.text("en")
    assert set(result.absent) - set(COMPARED) == {"churn.share.1", "churn.share.2"}
    assert "one of these groups has fewer than 10" in result.absent["churn.share.1"].text("en")


def test_naive_warns_of_the_time_needed_to_collect_experiences(data):
    warnings = " ".join(warning.text("en") for warning in churn.naive(data).warnings)
    assert "immortal time" in warnings
    assert "low usage" in warnings


def test_the_first_month_alone_gives_a_table_and_no_more(tables):
    first = opened(tables, months=(FIRST, FIRST))
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
    result = churn.naive(opened(null_tables(), controls=(), months=(LAST - 24, LAST)))
    # Means of 300 companies without an effect; here one of 16,000 customers, standard errors about .006.
    assert result.table["share"].tolist() == pytest.approx([0.359, 0.183, 0.103], abs=0.02)
    warnings = " ".join(warning.text("en") for warning in result.warnings)
    assert "immortal time" in warnings
    assert "even falls with the number of experiences" in warnings


def test_where_nobody_had_more_than_one_the_group_of_one_is_published(tables):
    once = tables["negative_experiences"].drop_duplicates("customer_no")
    result = churn.naive(opened(tables | {"negative_experiences": once}))
    assert result.table["experiences"].tolist() == ["0", "1"]
    assert result.figure("churn.share.1").n == result.table["customers"].iloc[1]
    assert result.absent["churn.share.2"].text("en") == "No customer had two or more negative experiences."
    assert "customers with one month of negative experience" in result.text("en")
    assert "churn.share.1" not in result.absent


def snapshot(counts, *, unmarked=0, unknown=0):
    """Return a flat table from number of experiences -> customers, of whom left."""
    rows = [(number, i < gone) for number, (customers, gone) in counts.items() for i in range(customers)]
    rows += [(0, None)] * unmarked + [(None, False)] * unknown
    table = pd.DataFrame(rows, columns=["negative_count", "churned"])
    return {"snapshot": table.astype({"negative_count": "Int64", "churned": "boolean"})}


def test_a_snapshot_is_shown_by_exact_count_and_called_exploratory():
    counts = {0: (600, 60), 1: (400, 41), 2: (200, 20), 3: (100, 45), 4: (30, 15), 5: (6, 3)}
    result = churn.naive(opened(snapshot(counts)))
    assert result.table["experiences"].tolist() == ["0", "1", "2", "3", "4+"]
    assert result.table["customers"].tolist() == [600, 400, 200, 100, 36]
    assert "exploratory" in result.warnings[0].text("en")
    assert "largest step lies between 2 and 3" in result.text("en")
    assert result.figure("churn.share.2").n == 336
    assert result.figure("churn.share.1").label.text("en").endswith("with one recorded negative experience")
    assert charts.shares(result).get_label().startswith("Share who left")
    assert result.absent == {}


def test_the_highest_number_is_open_only_where_somebody_had_more():
    result = churn.naive(opened(snapshot({0: (100, 10), 1: (100, 20), 3: (100, 50)})))
    assert result.table["experiences"].tolist() == ["0", "1", "3"]
    assert "of 100 with 3 such experiences 50.0%" in result.text("en")


FLAG = {0: (300, 30), 1: (100, 25)}


def test_a_yes_or_no_column_is_published_with_its_comparisons():
    result = churn.naive(opened(snapshot(FLAG)))
    assert {figure.id: figure.n for figure in result.figures} == {
        "churn.share.0": 300,
        "churn.share.1": 100,
        **dict.fromkeys(COMPARED, 400),
    }
    # By hand: 25 - 10 points, 25 / 10 percent, (25 x 270) / (75 x 30).
    assert result.figure("churn.share.difference").value == pytest.approx(15.0)
    assert result.figure("churn.share.ratio").value == pytest.approx(2.5)
    assert result.figure("churn.share.odds").value == pytest.approx(3.0)
    limits = confint_proportions_2indep(25, 100, 30, 300, compare="diff", method="newcomb")
    difference = result.figure("churn.share.difference")
    assert (difference.low, difference.high) == pytest.approx([100 * x for x in limits], rel=1e-5)
    wald = np.exp(np.log(3) + np.array([-1, 1]) * 1.959964 * np.sqrt(1 / 25 + 1 / 75 + 1 / 30 + 1 / 270))
    odds = result.figure("churn.share.odds")
    assert (odds.low, odds.high) == pytest.approx(tuple(wald), rel=1e-5)
    assert "largest step" not in result.text("en")
    assert result.parts["comparison"]["what"].tolist() == ["difference", "ratio", "odds"]
    assert set(result.absent) == {"churn.share.2"}


@pytest.mark.parametrize(
    ("language", "words", "label"),
    [
        (
            "en",
            "of 100 with such an experience 25.0%",
            "Left, of customers with a recorded negative experience",
        ),
        (
            "de",
            "von 100 mit einer solchen Erfahrung 25,0",
            "Gegangen, von den Kunden mit erfasster negativer",
        ),
    ],
)
def test_a_yes_or_no_column_is_called_what_it_is(language, words, label):
    result = churn.naive(opened(snapshot(FLAG)))
    assert words in result.text(language).replace("\xa0", " ")
    assert result.figure("churn.share.1").label.text(language).startswith(label)
    with speaking(language):
        axes = charts.shares(result)
        ticks = [tick.get_text() for tick in axes.get_xticklabels()]
    everything = [result.text(language), *result.shown(language).to_numpy().ravel(), *ticks, axes.get_label()]
    assert not any("1+" in text for text in everything)
    assert (
        ticks
        == {"en": ["without", "with such an experience"], "de": ["ohne", "mit einer solchen Erfahrung"]}[
            language
        ]
    )


@pytest.mark.parametrize(
    ("counts", "options", "reason"),
    [
        ({0: (300, 30), 1: (9, 4)}, {}, "fewer than 10 customers"),
        ({0: (300, 30), 1: (90, 4)}, {"minimum_group": 91}, "fewer than 91 customers"),
        ({0: (5, 1), 1: (90, 4)}, {}, "fewer than 10 customers"),
        ({0: (300, 30)}, {}, "in one group"),
        ({1: (300, 30)}, {}, "in one group"),
        ({2: (300, 30), 3: (4, 1)}, {}, "in one group"),
    ],
)
def test_what_cannot_be_compared_says_the_true_reason(counts, options, reason):
    result = churn.naive(opened(snapshot(counts), **options))
    assert not result.available
    assert set(result.absent) == set(FIGURES.of("churn.naive"))
    assert all(reason in why.text("en") for why in (*result.sentences, *result.absent.values()))


def test_a_table_in_which_everybody_had_experiences_has_no_group_without():
    result = churn.naive(opened(snapshot({1: (300, 30), 2: (100, 25)})))
    assert {figure.id for figure in result.figures} == {"churn.share.1", "churn.share.2"}
    assert "300 customers with the fewest recorded negative experiences (1) 10.0% left" in result.text("en")
    assert {why.text("en") for why in result.absent.values()} == {"Every customer had a negative experience."}


def test_without_leavers_in_a_group_there_is_a_difference_and_no_ratio():
    result = churn.naive(opened(snapshot({0: (300, 30), 1: (100, 0)})))
    assert result.figure("churn.share.difference").high < 0
    assert {"churn.share.ratio", "churn.share.odds"} < set(result.absent)
    assert "in both groups" in result.absent["churn.share.odds"].text("en")
    assert "the odds" not in result.text("en")


@pytest.mark.parametrize("counts", [FLAG, {0: (300, 30), 1: (100, 25), 2: (50, 20)}])
def test_customers_of_whom_something_is_missing_are_told_and_not_counted(counts):
    whole, part = (
        churn.naive(opened(snapshot(counts, **more))) for more in ({}, {"unmarked": 3, "unknown": 40})
    )
    assert part.table.equals(whole.table)
    told = part.warnings[-1]
    assert told.text("en").startswith("43 customers are left out")
    assert told.text("de").startswith("43 Kunden bleiben außer Betracht")
    assert len(whole.warnings) == len(part.warnings) - 1


def test_an_empty_field_is_not_taken_for_none():
    result = churn.naive(opened(snapshot({1: (80, 20)}, unknown=320)))
    assert not result.available
    assert "in one group" in result.text("en")
    assert "320 customers are left out" in result.warnings[0].text("en")


def test_nobody_of_known_fate_is_no_error():
    result = churn.naive(opened(snapshot({}, unmarked=50)))
    assert not result.available
    assert result.text("en").startswith("Of no customer both")


def test_an_export_of_yes_and_no_is_published_whole(tmp_path):
    rows = [
        {"customer_id": f"c{i}", "negative_count": int(i < 100), "churned": i % 4 == 0} for i in range(400)
    ]
    result = churn.naive(tiny.opened(tmp_path, as_of="2026-10", snapshot=rows))
    assert result.figure("churn.share.1").value == 25.0
    assert "churn.share.difference" not in result.absent
    assert "may be shown" not in " ".join(why.text("en") for why in result.absent.values())
