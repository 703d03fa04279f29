"""What the chapter declares is what it publishes."""

from cxlib.chapters.profit import results as profit
from cxlib.chapters.profit.figures import FIGURES
from cxlib.chapters.profit.gains import GAINS, ROWS
from tests.chapters.profit.small_company import opened

CHAPTER = [getattr(profit, name) for name in profit.__all__]


def test_the_chapter_publishes_what_it_declares(dataset):
    found = {figure.id: figure for part in CHAPTER for figure in part(dataset).figures}
    assert set(found) == set(FIGURES)
    for id, figure in found.items():
        assert figure.n > 1000
        if figure.unit != "word":
            assert figure.low < figure.value < figure.high
        unit = "EUR" if FIGURES[id].unit == "money" else FIGURES[id].unit
        assert figure.unit == unit


def test_every_measure_gives_its_own_figures(dataset):
    for part in CHAPTER:
        ids = tuple(figure.id for figure in part(dataset).figures)
        assert ids == FIGURES.of(f"profit.{part.__name__}")


def test_absent_figures_carry_their_reason(company):
    dataset = opened(customers=company[0])
    absent = {id: reason for part in CHAPTER for id, reason in part(dataset).absent.items()}
    assert set(absent) == set(FIGURES)
    assert all("billing by month" in reason.text("en") for reason in absent.values())


def test_every_gain_has_its_row():
    assert list(GAINS) == list(ROWS) == list(FIGURES.of("profit.what_if"))


def test_what_a_figure_depends_on_are_settings(dataset):
    for figure in FIGURES.values():
        for setting in figure.settings:
            value = dataset.config
            for name in setting.split("."):
                assert hasattr(value, name), f"{figure.id} names the setting {setting}"
                value = getattr(value, name)


def test_labels_have_no_open_place(dataset):
    for part in CHAPTER:
        for figure in part(dataset).figures:
            assert "{" not in figure.label.text("en") + figure.label.text("de")
