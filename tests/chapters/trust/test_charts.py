"""Charts of chapter 2: marks equal the result, and the alternative text says what is seen."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

mpl.use("Agg")

from cxlib import language as speech  # noqa: E402
from cxlib.chapters.trust import charts, results  # noqa: E402
from tests.chapters.tiny import answers, opened, tickets  # noqa: E402
from tests.chapters.trust.companies import followed, lopsided  # noqa: E402


@pytest.mark.parametrize(
    ("language", "said"), [("en", "10.0% (5.5% to 17.4%)"), ("de", "10,0\u00a0% (5,5\u00a0%")]
)
def test_pictures_are_read_aloud_with_their_intervals(language, said, tmp_path):
    with speech.speaking(language):
        assert said in charts.silent(results.silent(followed(tmp_path / "silent"))).get_label()
        axes = charts.scores(results.score_gap(lopsided(tmp_path / "gap")))
        assert "−20" in axes.get_label()
        assert "−50" in axes.get_label()


@pytest.fixture(params=["en", "de"])
def spoken(request):
    with speech.speaking(request.param):
        yield request.param


def test_each_month_of_each_table_is_a_field(tmp_path, spoken):
    months = [f"2026-{number:02d}" for number in range(1, 11) if number not in (4, 6)]
    rows = [row for month in months for row in tickets(12, month=month)]
    surveys = [*answers(9, 30), *answers(9, 5, month="2026-01")]
    result = results.coverage(opened(tmp_path, tickets=rows, surveys=surveys))
    axes = charts.coverage(result)
    fields = axes.collections[0].get_array()
    assert fields.shape == (2, 10)
    expected = result.parts["cells"]["relative"].to_numpy().reshape(2, 10)
    assert (fields.filled(0) == expected).all()
    assert fields.mask.sum() == (expected == 0).sum()
    # Centres of the fields of April and June of the second table, the tickets.
    assert axes.collections[1].get_offsets().tolist() == [[3.5, 1.5], [5.5, 1.5]]
    said = {"en": "2 empty months between", "de": "2 leere Monate zwischen"}
    assert said[spoken] in axes.get_label()
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names[1] == {"en": "support tickets", "de": "Support-Tickets"}[spoken]


def test_dots_stand_at_the_values_with_their_intervals(tmp_path):
    for result, draw in (
        (results.silent(followed(tmp_path / "silent")), charts.silent),
        (results.score_gap(lopsided(tmp_path / "gap")), charts.scores),
    ):
        axes = draw(result)
        lines, dots = axes.collections
        assert dots.get_offsets()[:, 0].tolist() == pytest.approx(result.table["value"].tolist())
        ends = [segment[:, 0].tolist() for segment in lines.get_segments()]
        assert ends == result.table[["low", "high"]].to_numpy().tolist()


def test_levels_stand_as_answered_and_weighted(tmp_path, spoken):
    result = results.balance(lopsided(tmp_path))
    axes = charts.balance(result)
    answered, weighted = axes.collections[-2:]
    assert answered.get_offsets()[:, 0].tolist() == result.table["value"].tolist()
    assert weighted.get_offsets()[:, 0].tolist() == result.table["weighted"].tolist()
    assert [tick.get_text() for tick in axes.get_yticklabels()][-2:] == ["business", "consumer"]
    shown = [text.get_text() for text in axes.get_legend().get_texts()]
    assert shown == {"en": ["as answered", "weighted"], "de": ["wie geantwortet", "gewichtet"]}[spoken]


def test_charts_draw_on_the_axes_they_are_given(tmp_path):
    data = lopsided(tmp_path)
    for result, draw in ((results.score_gap(data), charts.scores), (results.balance(data), charts.balance)):
        _, axes = plt.subplots()
        assert draw(result, ax=axes) is axes
        assert axes.get_label()
