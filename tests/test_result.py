"""Results show the same sentence, table and figures wherever they are read."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
import seaborn as sns

import cxlib as cx
from cxlib import language, style
from cxlib import result as result_module
from cxlib.errors import CxError, UsageError
from cxlib.estimate import Estimate
from cxlib.figures import Declared
from cxlib.language import Message, count, month, percent, speaking
from cxlib.result import FIGURES_TYPE, Column, Figure, Result, show


def declared(unit, id="x"):
    return Declared(id, "topic.measure", Message("Label"), unit, "What it means.")


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
            Figure.of(declared("% per month", "churn.rate"), Estimate(0.0123456789, 0.01, None), n=1500),
        ),
        absent={"churn.rate.year": Message("No year of data.")},
    )


def test_shares_become_percent_with_six_digits(rate):
    figure = rate.figure("churn.rate")
    assert (figure.value, figure.low, figure.high) == (1.23457, 1.0, None)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_missing_values_are_null_never_nan(value):
    assert Figure.of(declared("ratio"), Estimate(value, value, value)).record()["value"] is None


def test_other_units_keep_their_scale():
    figure = Figure.of(declared("money"), Estimate(382.4, 370.0, 395.0), currency="EUR")
    assert (figure.value, figure.unit) == (382.4, "EUR")


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


def own_axes(result):
    return sns.barplot(result.table, x="month", y="n")


def own_grid(result):
    return sns.relplot(result.table, x="n", y="x")


def own_figure(result):
    figure, (left, _) = plt.subplots(1, 2)
    left.plot(result.table["n"])
    return figure


def own_part_of_a_figure(result):
    return plt.figure().subfigures(1, 2)[0].subplots()


OWN = pytest.mark.parametrize("draw", [own_axes, own_grid, own_figure, own_part_of_a_figure])


@OWN
@pytest.mark.parametrize("drawn_before", [False, True])
def test_a_picture_of_one_s_own_is_shown_with_its_caption(rate, displayed, draw, drawn_before):
    show(rate, draw(rate) if drawn_before else draw, caption="Customers by month.")
    data, options = displayed[1]
    assert data["text/plain"] == "Customers by month."
    about = {"alt": "Customers by month.", "caption": "Customers by month."}
    assert options["metadata"] == {"image/svg+xml": about}
    assert not plt.get_fignums()


@OWN
@pytest.mark.parametrize("caption", [None, "", "  "])
def test_a_picture_without_caption_or_alternative_text_is_refused(rate, displayed, draw, caption):
    with pytest.raises(UsageError, match="neither caption nor alternative text. Say in one sentence"):
        show(rate, draw, caption=caption)
    assert not plt.get_fignums(), "a picture left open would be shown by the notebook itself"


def test_a_chart_keeps_its_alternative_text_beside_a_caption(rate, displayed):
    show(rate, bars, caption="What it tells.")
    about = displayed[1][1]["metadata"]["image/svg+xml"]
    assert about == {"alt": "Two bars.", "caption": "What it tells."}


def test_functions_of_one_s_own_draw_in_the_report_s_look(rate, displayed):
    seen = {}

    def draw(result):
        seen.update(mpl.rcParams)
        return own_axes(result)

    before = dict(mpl.rcParams)
    show(rate, draw, caption="Customers by month.")
    assert seen["font.size"] == style.STYLE["font.size"]
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("drawn", [None, "a picture", [1, 2]])
def test_what_is_no_picture_is_refused_by_its_kind(rate, displayed, drawn):
    with pytest.raises(UsageError, match=f"No picture can be shown of {type(drawn).__name__}"):
        show(rate, lambda result: drawn, caption="Nothing.")
    with pytest.raises(UsageError, match="return or give the Axes, the Figure or the grid of seaborn"):
        cx.picture(drawn, caption="Nothing.")


def test_a_caption_without_a_picture_is_refused(rate, displayed):
    with pytest.raises(UsageError, match="belongs to a picture"):
        show(rate, caption="Customers by month.")


def test_a_picture_can_stand_alone(rate, displayed):
    cx.picture(own_axes(rate), caption=Message("{n} months.", {"n": count(2)}))
    ((data, options),) = displayed
    assert data["text/plain"] == "2 months." and data["image/svg+xml"].startswith("<?xml")
    assert not plt.get_fignums()


def test_captions_are_in_the_reader_s_language(rate, displayed, tmp_path, monkeypatch):
    (tmp_path / "de.po").write_text('msgid "By {month}."\nmsgstr "Nach {month}."\n')
    monkeypatch.setattr(language, "_further", [])
    language.use_words(tmp_path / "de.po")
    try:
        with speaking("de"):
            show(rate, own_axes, caption="By {month}.")
    finally:
        language._catalogue.cache_clear()
    assert displayed[1][0]["text/plain"] == "Nach {month}."


def test_an_unavailable_result_is_not_drawn(displayed):
    def never(result):
        raise AssertionError("drawn")

    show(Result.unavailable("x", Message("No data.")), never, caption="Never seen.")
    assert len(displayed) == 1


def test_what_was_drawn_of_an_unavailable_result_is_not_shown(rate, displayed):
    show(Result.unavailable("x", Message("No data.")), own_axes(rate), caption="Never seen.")
    assert len(displayed) == 1 and not plt.get_fignums()


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
