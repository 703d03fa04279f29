import pytest

from cxlib.init.export import Export, is_written, plain


@pytest.mark.parametrize(
    ("values", "kind", "written"),
    [
        (["2026-10-31", "2026-10-31T12:05:00Z"], "iso", True),
        (["31.10.2026", "1.2.2026 14:05"], "german", True),
        (["10/31/2026, 2:05 PM"], "slashed", True),
        (["1.234,5", "12"], "comma", True),
        (["1.5", "2e3"], "point", True),
        (["2026-10", "2026-13"], "month", False),
        (["1"] * 95 + ["x"] * 5, "point", True),
        (["1"] * 94 + ["x"] * 6, "point", False),
        ([], "iso", False),
    ],
)
def test_how_values_are_written(values, kind, written):
    assert is_written(values, kind) is written


def test_values_are_without_blanks_and_levels_by_frequency():
    export = Export("s", "s.csv", {}, ("a", "b"), rows=[(" x", ""), ("y", " "), ("y ", "z")])
    assert export.column("a") == [" x", "y", "y "]
    assert export.values("a") == ["x", "y", "y"]
    assert export.levels("a") == ["y", "x"]
    assert export.values("b") == ["z"]
    assert Export("s", "s.csv", {}, ("a",)).values("a") == []


@pytest.mark.parametrize(("file", "text"), [("a.csv", True), ("a.TSV.gz", True), ("a.xlsx", False)])
def test_text_is_told_by_the_ending(file, text):
    assert Export("s", file, {}, ()).is_text is text


def test_a_sheet_is_part_of_the_title():
    assert Export("s", "a.xlsx", {"sheet": "Monate"}, ()).title == "a.xlsx, sheet Monate"
    assert Export("s", "a.csv", {}, ()).title == "a.csv"


def test_umlauts_become_two_letters():
    assert plain("Größe ÄÖÜ") == "groesse aeoeue"
