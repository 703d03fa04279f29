"""The chart of chapter 04: its bars are the result's, its words those of the reader."""

import matplotlib as mpl

mpl.use("Agg")

from cxlib import language  # noqa: E402
from cxlib.chapters.touchpoints import charts  # noqa: E402
from cxlib.chapters.touchpoints import results as touchpoints  # noqa: E402
from tests.chapters.touchpoints.test_results import APP, HOTLINE, rows, with_contacts  # noqa: E402


def test_bars_are_the_contacts_of_the_touchpoints_shown(tmp_path):
    small = (rows("chat", [None] * 4), rows("press", [None] * 7))
    result = touchpoints.contacts(with_contacts(tmp_path, HOTLINE, APP, *small))
    ax = charts.contacts(result)
    assert [bar.get_width() for bar in ax.patches] == [45, 25]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Hotline", "App"]
    assert ax.get_label() == "Contacts by touchpoint, from Hotline (45, 55.6% of all) to App (25)."


def test_the_chart_speaks_german(tmp_path):
    with language.speaking("de"):
        ax = charts.contacts(touchpoints.contacts(with_contacts(tmp_path, HOTLINE, APP)))
    assert ax.get_xlabel() == "Kontakte im Monat"
    assert (
        ax.get_label() == "Kontakte nach Kontaktpunkt, von Hotline (45, 64,3\u00a0% von allen) bis App (25)."
    )


def test_where_every_touchpoint_is_hidden_the_chart_says_so(tmp_path):
    few = (rows("chat", [None] * 6), rows("press", [None] * 7, person=6))
    ax = charts.contacts(touchpoints.contacts(with_contacts(tmp_path, *few)))
    assert not ax.patches
    assert ax.get_label() == "No group is large enough to be shown."
