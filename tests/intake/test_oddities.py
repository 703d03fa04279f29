import pytest

from cxlib.contract.engine import Engine
from cxlib.intake.oddities import (
    OFF_SCALE,
    currencies,
    forms,
    is_currency,
    off_scale,
    signs_of_money,
    zone_mark,
)


@pytest.fixture
def engine(tmp_path):
    with_spill = Engine(tmp_path / "spill")
    yield with_spill
    with_spill.close()


def values(*rows):
    return f"(VALUES {', '.join(str(row) for row in rows)})"


@pytest.mark.parametrize(
    "column", ["currency", "Currency code", "amount_currency", "Währung", "waehrung_iso"]
)
def test_columns_named_like_a_currency(column):
    assert is_currency(column)


@pytest.mark.parametrize("column", ["current", "accuracy", "currency of the heart", "amount"])
def test_columns_named_otherwise(column):
    assert not is_currency(column)


@pytest.mark.parametrize(
    ("time", "zoned"),
    [
        ("2026-10-31T12:05:00Z", True),
        ("2026-10-31 12:05+01:00", True),
        ("2026-10-31 12:05", False),
        ("2026-10-31", None),
    ],
)
def test_a_zone_is_told_from_a_day(engine, time, zoned):
    assert engine.query(f"SELECT {zone_mark('t')} AS z FROM (SELECT $t AS t)", {"t": time})[
        "z"
    ].to_pylist() == [zoned]


def test_currencies_of_a_source_and_whether_a_select_speaks_of_them(engine):
    rows = f'SELECT * FROM {values(("eur", 1), (" EUR", 2), ("USD", 3), ("", 4))} AS t("Currency", amount)'
    (found,) = currencies(engine, rows, ["SELECT amount FROM bills"])
    assert found == {"column": "Currency", "values": {"EUR": 2, "USD": 1}, "mentioned": False}
    assert currencies(engine, rows, ["SELECT currency FROM bills"])[0]["mentioned"]


def test_the_commonest_codes_off_a_scale(engine):
    rejected = (
        f"{values(*[('99', OFF_SCALE)] * 2, ('-1', OFF_SCALE), ('7', 'is not a number'))} AS t(value, reason)"
    )
    assert off_scale(engine, rejected) == ["99", "-1"]


def test_signs_of_money_in_amounts_that_are_no_numbers(engine):
    reason = "is not a number"
    rejected = (
        f"{values(('12 €', reason), ('€ 3', reason), ('5 usd', reason), ('x', reason), ('$1', 'else'))} "
        "AS t(value, reason)"
    )
    assert signs_of_money(engine, rejected) == {"€": 2, "USD": 1}


def test_forms_show_no_id(engine):
    assert forms(engine, f"{values(('AB-17',), ('CD-42',), ('Ärö9',))} AS t(customer_id)") == [
        "AA-99",
        "Aaa9",
    ]
