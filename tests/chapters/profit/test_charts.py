"""Pictures show what their result says, and describe it."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from cxlib import language
from cxlib.chapters.profit import charts
from cxlib.chapters.profit import results as profit
from tests.chapters.profit.spoken import drawn


@pytest.mark.parametrize("name", charts.__all__)
@pytest.mark.parametrize("spoken", ["de", "en"])
def test_charts_have_a_description_and_a_titled_axis(dataset, name, spoken):
    with language.speaking(spoken):
        axes = getattr(charts, name)(getattr(profit, name)(dataset))
    assert len(axes.get_label()) > 60
    assert axes.get_xlabel()


@pytest.mark.parametrize("name", charts.__all__)
def test_no_english_word_stays_on_a_german_picture(dataset, name):
    result = getattr(profit, name)(dataset)
    german, english = drawn(result, "de"), drawn(result, "en")
    words = [text for text in german if any(letter.isalpha() for letter in text)]
    assert words
    assert not set(words) & set(english)


@pytest.mark.parametrize("name", charts.__all__)
def test_charts_draw_on_the_axes_they_are_given_and_change_no_setting(dataset, name):
    before = dict(mpl.rcParams)
    _, axes = plt.subplots()
    assert getattr(charts, name)(getattr(profit, name)(dataset), ax=axes) is axes
    assert dict(mpl.rcParams) == before


def test_margins_are_drawn_with_their_intervals(dataset):
    result = profit.tenure_margin(dataset)
    axes = charts.tenure_margin(result)
    months = result.parts["months"]
    assert np.allclose(axes.lines[0].get_xydata(), months[["tenure", "margin"]])
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((months.low.min(), months.high.max()))


def test_the_value_starts_with_the_cost_of_winning(dataset):
    result = profit.customer_value(dataset)
    axes = charts.customer_value(result)
    line = axes.lines[1].get_xydata()
    assert line[0].tolist() == [0, result.facts["start"]]
    assert np.allclose(line[1:], result.table[["months", "value"]])
    assert result.facts["start"] < 0


def test_gains_are_bars_beside_the_claimed_gain(dataset):
    result = profit.what_if(dataset)
    axes = charts.what_if(result)
    assert [bar.get_width() for bar in axes.patches] == pytest.approx(list(result.table["gain"]))
    assert axes.lines[-1].get_xdata()[0] == result.facts["claimed"] == 0.75
    names = [text.get_text() for text in axes.texts]
    assert {row.text("en") for row in result.table["reading"]} <= set(names)


def test_the_claim_is_drawn_at_every_rate_and_under_every_tail(dataset):
    result = profit.claim(dataset)
    axes = charts.claim(result)
    source = result.parts["grid"].query("version == 'source'")
    points = np.concatenate([line.get_ydata() for line in axes.lines if line.get_marker() == "o"])
    assert sorted(points) == pytest.approx(sorted(source["value"]))
    assert axes.lines[-1].get_ydata()[0] == 0.75
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["6%", "8%", "10%", "12%", "15%"]


@pytest.mark.parametrize(
    ("spoken", "words"),
    [
        ("en", "Five points more retention cannot be computed here."),
        ("de", "Fünf Prozentpunkte mehr Kundenbindung lassen sich hier nicht berechnen."),
    ],
)
def test_the_claim_has_a_picture_where_its_gain_has_none(loyal, spoken, words):
    with language.speaking(spoken):
        axes = charts.claim(profit.claim(loyal))
    assert axes.get_label() == words
