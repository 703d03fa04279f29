import pytest

from cxlib.report.names import edition_name


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("", "2026-10"),
        ("segment=business", "2026-10-segment-business"),
        ("Contract=Month-to-month", "2026-10-contract-month-to-month"),
    ],
)
def test_an_edition_is_named_by_month_and_scope(scope, name):
    assert edition_name("2026-10", scope) == name
