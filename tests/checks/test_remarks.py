"""Findings of the import: each on a planted case, and none on sound exports."""

import pytest

import cxlib as cx

CRM = "id,start,ende\n" + "".join(f"AB-{n:04d},2026-01-{1 + n % 28:02d},\n" for n in range(200))
CUSTOMERS = "SELECT id AS customer_id, start AS start_date, ende AS end_date FROM crm"
EVENTS = (
    "SELECT id AS interaction_id, who AS customer_id, day AS occurred_at, 'app' AS touchpoint FROM events"
)
BILLS = "SELECT who AS customer_id, month, amount AS revenue FROM bills"


def contacts(
    *, who=lambda n: f"AB-{n % 200:04d}", day=lambda n: f"2026-{3 + n % 2:02d}-{1 + n % 30:02d} 10:00"
):
    return "id,who,day\n" + "".join(f"{n},{who(n)},{day(n)}\n" for n in range(400))


def bills(amount=lambda n: "10", currency=lambda n: "EUR"):
    rows = (f"AB-{n:04d},2026-0{m}-01,{amount(n)},{currency(n)}\n" for n in range(200) for m in (1, 2, 3, 4))
    return "who,month,amount,currency\n" + "".join(rows)


@pytest.fixture
def found(folder):
    """Return a function that imports exports and returns the findings by check."""

    def find(exports=None, sql=None, settings=None, **config):
        exports = {"crm.csv": CRM, "events.csv": contacts()} | (exports or {})
        sql = {"customers": CUSTOMERS, "interactions": EVENTS} | (sql or {})
        definitions = {"max_rejected_share": 0.5} | (settings or {})
        dataset = cx.open_dataset(folder(exports, sql, definitions=definitions, **config))
        return {finding.check: finding for finding in cx.findings(dataset) if finding.check != "nobody_left"}

    return find


def test_sound_exports_give_no_finding(found):
    assert found({"bills.csv": bills()}, {"billing": BILLS}) == {}


def test_ids_that_do_not_join_are_told_by_share_and_form_and_never_by_name(found):
    finding = found(
        {"events.csv": contacts(who=lambda n: f"ab{n:05d}" if n % 10 == 0 else f"AB-{n % 200:04d}")}
    )["do_not_join"]
    assert finding.severity == "serious"
    assert finding.sentence.text("en") == (
        "40 rows of contacts (10.00%) belong to customers who are not in the list of customers. Their ids "
        "look like aa99999, those in the list like AA-9999."
    )


def test_ids_of_the_same_form_that_do_not_join_show_no_form(found):
    finding = found({"events.csv": contacts(who=lambda n: "AB-9999" if n == 399 else f"AB-{n % 200:04d}")})[
        "do_not_join"
    ]
    assert finding.severity == "note"
    assert "look like" not in finding.sentence.text("en")


def test_dates_in_the_future_are_found(found):
    finding = found(
        {"events.csv": contacts(day=lambda n: "2031-05-05" if n == 7 else f"2026-04-{1 + n % 30:02d}")}
    )
    assert "1 row of contacts is dated long after April 2026" in finding["future_dates"].sentence.text("en")


def test_months_without_rows_are_found(found):
    gap = contacts(day=lambda n: f"2026-{(1, 2, 4)[n % 3]:02d}-{1 + n % 28:02d}")
    assert "In 1 month between first and last" in found({"events.csv": gap})["empty_months"].sentence.text(
        "en"
    )


def test_times_with_and_without_zone_are_found(found):
    mixed = contacts(day=lambda n: f"2026-04-{1 + n % 30:02d} 10:00:00" + ("+02:00", "Z", "", "")[n % 4])
    finding = found({"events.csv": mixed})["mixed_zones"]
    assert finding.column == "occurred_at"
    assert "time zone in some rows (200) and without one in others (200)" in finding.sentence.text("en")


@pytest.mark.parametrize("zone", ["Z", "+02:00", "+0200", "+02", ""])
def test_times_written_alike_are_no_finding(found, zone):
    alike = contacts(day=lambda n: f"2026-04-{1 + n % 30:02d} 10:00:00{zone}")
    assert "mixed_zones" not in found({"events.csv": alike})


def test_two_currencies_are_found_unless_the_select_takes_account_of_them(found):
    two = {"bills.csv": bills(currency=lambda n: ("EUR", "EUR", "chf")[n % 3])}
    finding = found(two, {"billing": BILLS})["two_currencies"]
    assert finding.severity == "serious"
    assert "several currencies (EUR and CHF)" in finding.sentence.text("en")
    assert "two_currencies" not in found(two, {"billing": f"{BILLS} WHERE currency = 'EUR'"})
    assert "two_currencies" in found(two, {"billing": BILLS.replace("SELECT", "SELECT currency,")})


def test_signs_of_a_currency_in_amounts_are_found(found):
    finding = found({"bills.csv": bills(amount=lambda n: "$10" if n % 50 == 0 else "10")}, {"billing": BILLS})
    assert "16 rows of billing carry a currency in the amount ($)" in finding[
        "written_currency"
    ].sentence.text("en")


def test_repeated_ids_are_found_where_they_are_many(found):
    rows = contacts().splitlines(keepends=True)
    assert "20 rows of contacts" in found({"events.csv": "".join(rows + rows[1:21])})[
        "repeated_ids"
    ].sentence.text("en")
    assert "repeated_ids" not in found({"events.csv": "".join(rows + rows[1:3])})


def test_ends_before_starts_are_found(found):
    crm = CRM.replace("2026-01-05,", "2026-01-05,2025-12-01")
    finding = found({"crm.csv": crm})["end_before_start"]
    assert "rows of customers end before they begin" in finding.sentence.text("en")
    assert finding.severity == "warning"


ANSWERS = "SELECT id AS response_id, day AS answered_at, 'nps' AS instrument, score FROM answers"


@pytest.mark.parametrize(("codes", "severity"), [(1, None), (4, "warning"), (40, "serious")])
def test_a_code_off_the_scale_is_found_where_it_is_no_slip(found, codes, severity):
    rows = "id,day,score\n" + "".join(
        f"{n},2026-04-{1 + n % 30:02d},{11 if n < codes else 9}\n" for n in range(400)
    )
    finding = found({"answers.csv": rows}, {"surveys": ANSWERS}).get("off_scale")
    assert (finding and finding.severity) == severity
    if severity:
        assert "most often 11" in finding.sentence.text("en")


def test_experiences_after_the_end_are_found(found):
    crm = CRM.replace("2026-01-05,", "2026-01-05,2026-02-10")
    sql = {"negative_experiences": EVENTS.replace("id AS interaction_id, ", "'failure' AS source, ")}
    assert (
        found({"crm.csv": crm}, sql)["after_the_end"].remedy.text("en").startswith("They count for nothing.")
    )


def test_settings_that_name_no_column_are_told(found):
    """What dataset.yaml does not say is not told: the defaults fit few companies."""
    told = found(settings={"controls": ["start_date", "segmnt"], "segments": []})["unknown_setting"]
    assert "segmnt" in told.sentence.text("de") and "controls" in told.sentence.text("en")
    assert "start_date" not in told.sentence.text("en")
    assert "unknown_setting" not in found()
