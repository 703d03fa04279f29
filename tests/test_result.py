"""Results show the same sentence, table and figures wherever they are read."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from cxlib import result as result_module
from cxlib import style
from cxlib.errors import CxError
from cxlib.estimate import Estimate
from cxlib.language import Message, count, month, percent
from cxlib.result import FIGURES_TYPE, Column, Figure, Result, show


@pytest.fixture
def rate():
    table = pd.DataFrame(
        {"month": ["2026-09", "2026-10"], "share": [0.012, None], "n": [1500, 20], "x": [1, 2]}
    )
    return Result(
        "retention.churn_rate",
        (Message("{rate} left <script>", {"rate": percent(0.0123456789)}),),
        table=table,
        columns={
            "month": Column(Message("Column a"), month),
            "share": Column(Message("Column b"), percent),
            "n": Column(Message("Column c"), count),
        },
        figures=(
            Figure.of(
                "churn.rate", Message("Churn"), Estimate(0.0123456789, 0.01, None), "% per month", n=1500
            ),
        ),
        absent={"churn.rate.year": Message("No year of data.")},
    )


def test_shares_become_percent_with_six_digits(rate):
    figure = rate.figure("churn.rate")
    assert (figure.value, figure.low, figure.high) == (1.23457, 1.0, None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_missing_values_are_null_never_nan(value):
    assert Figure.of("x", Message("X"), Estimate(value, value, value), "ratio").record()["value"] is None


def test_other_units_keep_their_scale():
    assert Figure.of("v", Message("V"), Estimate(382.4, 370.0, 395.0), "EUR").value == 382.4


def test_an_unknown_figure_is_named_with_those_there_are(rate):
    with pytest.raises(CxError, match=r"no figure 'nps'; it has \['churn.rate'\]"):
        rate.figure("nps")


def test_the_table_is_shown_in_the_reader_s_words(rate):
    shown = rate.shown("de")
    assert shown.to_dict("list") == {
        "Column a": ["September 2026", "Oktober 2026"],
        "Column b": ["1,2\u00a0%", "–"],
        "Column c": ["1.500", "20"],
    }


def test_the_bundle_carries_sentence_table_and_figures(rate):
    bundle = rate._repr_mimebundle_()
    assert "1.2% left &lt;script&gt;" in bundle["text/html"]
    assert '<th scope="row">September 2026</th><td>1.2%</td><td>1,500</td>' in bundle["text/html"]
    published = bundle[FIGURES_TYPE]
    assert published["name"] == "retention.churn_rate"
    assert published["figures"][0]["value"] == 1.23457
    assert published["absent"] == {"churn.rate.year": {"de": "No year of data.", "en": "No year of data."}}
    assert published["table"] == {
        "columns": ["month", "share", "n"],
        "rows": [["2026-09", 0.012, 1500], ["2026-10", None, 20]],
    }


def test_an_unavailable_result_says_why_and_which_figures_are_absent():
    missing = Result.unavailable("satisfaction.nps", Message("No surveys."), ["nps", "nps.weighted"])
    assert not missing.available
    assert missing.text() == "No surveys."
    assert set(missing.absent) == {"nps", "nps.weighted"}


@pytest.fixture
def displayed(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **options: shown.append((data, options)))
    return shown


def bars(result, *, ax=None):
    ax = style.axes(ax)
    ax.bar([0, 1], [1, 2])
    return style.finish(ax, alt=Message("Two bars."))


def test_show_gives_sentence_picture_and_table_and_closes_the_figure(rate, displayed):
    show(rate, bars)
    assert [list(data) for data, _ in displayed] == [
        ["text/plain", "text/html", FIGURES_TYPE],
        ["text/plain", "image/svg+xml"],
        ["text/plain", "text/html"],
    ]
    assert displayed[1][1]["metadata"] == {"image/svg+xml": {"alt": "Two bars."}}
    assert not plt.get_fignums()


def test_a_chart_without_alternative_text_is_refused(rate, displayed):
    with pytest.raises(CxError, match="no alternative text"):
        show(rate, lambda result: style.axes())
    plt.close("all")


def test_an_unavailable_result_is_not_drawn(displayed):
    def never(result):
        raise AssertionError("drawn")

    show(Result.unavailable("x", Message("No data.")), never)
    assert len(displayed) == 1


def test_a_picture_with_many_marks_is_a_bitmap(rate, displayed):
    def scatter(result):
        ax = style.axes()
        ax.scatter(range(2000), range(2000))
        return style.finish(ax, alt=Message("Many."))

    show(rate, scatter)
    assert displayed[1][0]["image/png"].startswith(b"\x89PNG")


def test_interval_names_the_three_numbers_of_a_sentence():
    words = result_module.interval(Estimate(0.5, 0.4, 0.6))
    assert {name: quantity.text("en") for name, quantity in words.items()} == {
        "value": "50.0%",
        "low": "40.0%",
        "high": "60.0%",
    }
