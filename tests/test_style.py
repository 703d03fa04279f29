"""The look holds for the kit's pictures, wherever they are shown, and for nobody else's."""

import subprocess
import sys
import textwrap

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from cxlib import style
from cxlib.language import Message, percent, speaking

OTHERS = {
    "font.family": ["serif"],
    "font.size": 17,
    "xtick.color": "#ff0000",
    "xtick.labelsize": 21,
    "ytick.major.size": 12,
    "axes.facecolor": "#eeeeee",
    "axes.spines.top": True,
}


@style.chart
def line(result, *, ax=None):
    ax = style.axes(ax)
    ax.plot([0, 1, 2], [0.1, 0.4, 0.3], "o-")
    ax.set_yscale("log")
    style.words_on(ax.yaxis, percent)
    return style.finish(ax, alt=Message("A line."), x=Message("Months"), y=Message("Share"))


def test_importing_every_module_and_drawing_changes_no_setting(tmp_path):
    script = tmp_path / "analyst.py"
    script.write_text(
        textwrap.dedent(
            """
            import matplotlib as mpl
            mpl.use("Agg")
            mpl.rcParams["font.size"] = 9.5
            before = dict(mpl.rcParams)
            colours = dict(mpl.colors.colorConverter.colors)

            import importlib, pkgutil
            import cxlib as cx
            from cxlib.chapters import topics
            assert topics()
            for topic in topics():
                assert getattr(cx, topic).charts.__all__
            for module in pkgutil.walk_packages(cx.__path__, "cxlib."):
                if module.name != "cxlib.__main__":
                    importlib.import_module(module.name)

            from tests.test_style import line
            from cxlib import style
            style.saved(line(None).figure)
            changed = {name: value for name, value in mpl.rcParams.items() if before[name] != value}
            assert not changed, changed
            assert mpl.colors.colorConverter.colors == colours
            """
        )
    )
    done = subprocess.run([sys.executable, "-W", "error", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_settings_are_as_before_even_after_an_error():
    before = dict(mpl.rcParams)
    with pytest.raises(ZeroDivisionError), style.theme():
        assert mpl.rcParams["axes.spines.top"] is False
        _ = 1 / 0
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("shown_in", [{}, OTHERS], ids=["as it comes", "a look of one's own"])
def test_a_chart_looks_the_same_wherever_it_is_shown(shown_in):
    """In JupyterLab the picture is made after the cell has run, with the analyst's own settings."""
    with style.theme():
        at_once = style.saved(line(None).figure)
    chart = line(None)
    with mpl.rc_context(shown_in):
        assert style.saved(chart.figure) == at_once


def test_a_picture_is_the_same_to_the_byte_each_time():
    assert style.saved(line(None).figure) == style.saved(line(None).figure)


def test_letters_need_no_font_and_the_date_is_left_out():
    kind, svg = style.saved(line(None).figure)
    assert kind == "image/svg+xml"
    assert "<text" not in svg and "dc:date" not in svg


def test_long_names_of_a_picture_without_layout_are_not_cut():
    def width(svg):
        return float(svg.split('viewBox="0 0 ')[1].split()[0])

    _, ax = plt.subplots(figsize=(3, 2))
    short = width(style.saved(ax.figure)[1])
    ax.set_yticks([0.5], ["a name that is much longer than the picture is wide, and then some more of it"])
    assert width(style.saved(ax.figure)[1]) > short + 100


@pytest.mark.parametrize(
    ("draw", "kind"),
    [
        (lambda ax: ax.scatter(range(900), range(900)), "image/svg+xml"),
        (lambda ax: ax.scatter(range(1100), range(1100)), "image/png"),
        (lambda ax: ax.plot(range(1100), "."), "image/png"),
        (lambda ax: ax.plot(range(1100)), "image/svg+xml"),
        (lambda ax: ax.pcolormesh([[1] * 40] * 40), "image/png"),
        (lambda ax: ax.bar(range(1100), 1), "image/png"),
    ],
)
def test_many_marks_make_a_bitmap(draw, kind):
    _, ax = plt.subplots()
    draw(ax)
    assert style.saved(ax.figure)[0] == kind


def test_ticks_are_written_in_the_reader_s_language():
    with speaking("de"):
        ax = line(None)
        ax.figure.draw_without_rendering()
        assert ax.yaxis.get_major_formatter()(0.1, 0) == "10,0\N{NO-BREAK SPACE}%"


def test_finish_names_the_axes_and_the_picture():
    ax = line(None)
    assert (ax.get_label(), ax.get_xlabel(), ax.get_ylabel()) == ("A line.", "Months", "Share")


def test_a_chart_draws_on_the_axes_it_is_given():
    _, ax = plt.subplots()
    assert line(None, ax=ax) is ax
    assert len(plt.get_fignums()) == 1
