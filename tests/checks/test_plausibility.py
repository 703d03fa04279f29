"""Each check fires on a planted case and is silent on a sound one."""

import shutil

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.checks import plausibility as check
from cxlib.checks.finding import SEVERITIES, Finding, by_severity
from cxlib.company import simulate, write_dataset
from cxlib.language import say

PLANTED = {
    "leakage": (
        "customers",
        '"Region" AS region',
        """CASE WHEN "Kündigungsdatum" <> '' THEN 'closed' ELSE 'open' END AS status, "Region" AS region""",
    ),
    "two_spellings": (
        "customers",
        "THEN 'consumer'",
        """THEN CASE WHEN "Kundennummer" LIKE '%7' THEN 'Consumer ' ELSE 'consumer' END""",
    ),
    "off_scale": (
        "surveys",
        "WHEN 'nps' THEN said.\"Q1\"",
        "WHEN 'nps' THEN CASE WHEN said.\"Q1\" = '7' THEN '11' ELSE said.\"Q1\" END",
    ),
    "unexpected_sign": ("surveys", "TRUE AS high_is_good", "FALSE AS high_is_good"),
}


def checks(dataset):
    return {finding.check for finding in cx.findings(dataset)}


def one(found):
    """Return the only finding."""
    (finding,) = found
    return finding


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """Folder of a simulated company without dirt."""
    folder = tmp_path_factory.mktemp("clean") / "company"
    write_dataset(simulate(6000, seed=1, dirt="none"), folder)
    return folder


@pytest.fixture
def plant(clean, tmp_path):
    """Return a function that opens the clean company with parts of its SQL files replaced."""

    def opened(*changes, **config):
        place = tmp_path / "company"
        shutil.copytree(clean, place, ignore=shutil.ignore_patterns(".cx"))
        for table, old, new in changes:
            path = place / f"{table}.sql"
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new), encoding="utf-8")
        for old, new in config.items():
            text = (place / "dataset.yaml").read_text(encoding="utf-8")
            (place / "dataset.yaml").write_text(text.replace(f"{old}: [segment]", f"{old}: {new}"))
        return cx.open_dataset(place)

    return opened


def test_nothing_is_strange_about_a_clean_company(clean):
    assert cx.findings(cx.open_dataset(clean)) == ()


def test_nothing_is_implausible_about_the_sample(request):
    found = cx.findings(cx.open_dataset(request.config.rootpath / "data" / "sample"))
    assert {finding.check for finding in found} <= {"set_aside", "do_not_join"}
    assert {finding.severity for finding in found} == {"note"}


def test_what_is_planted_is_found(plant):
    dataset = plant(*PLANTED.values(), controls="[segment, status]")
    found = {finding.check: finding for finding in cx.findings(dataset)}
    assert set(PLANTED) <= found.keys()
    assert (found["leakage"].severity, found["leakage"].column) == ("serious", "status")
    assert "consumer (" in found["two_spellings"].sentence.text("en")
    assert found["two_spellings"].column == "segment"
    assert "most often 11" in found["off_scale"].sentence.text("en")
    assert found["unexpected_sign"].table == ""
    for finding in cx.findings(dataset):
        assert finding.sentence.text("de") != finding.sentence.text("en")
        assert finding.remedy.text("de") != finding.remedy.text("en")


def test_ends_of_those_who_stay_are_an_inverted_label(plant):
    turned = """CASE WHEN "Kündigungsdatum" = '' AND "Vertragsbeginn" <> '' THEN
        strftime(greatest(de_date("Vertragsbeginn")::TIMESTAMP, TIMESTAMP '2025-11-20'), '%Y-%m-%d') END"""
    dataset = plant(
        ("customers", '"Kündigungsdatum" AS end_date', f"{turned} AS end_date"),
        ("customers", "END AS end_type", "END || NULL AS end_type"),
    )
    found = [finding for finding in cx.findings(dataset) if finding.check == "inverted_label"]
    assert "billing" in {finding.table for finding in found}
    assert {finding.severity for finding in found} == {"serious"}


def test_bills_that_stop_before_the_end_leak(plant):
    early = "FROM invoicing LEFT JOIN customers ON account = customer_id "
    early += "WHERE end_date IS NULL OR datediff('month', CAST(month AS DATE), end_date) >= 2"
    leak = next(f for f in cx.findings(plant(("billing", "FROM invoicing", early))) if f.check == "leakage")
    assert (leak.column, leak.severity) == ("usage", "serious")


def test_tickets_of_leavers_alone_are_found(plant):
    ended = '"Requester external id" IN (SELECT customer_id FROM customers WHERE end_date IS NOT NULL)'
    found = {
        f.check: f for f in cx.findings(plant(("tickets", "FROM helpdesk", f"FROM helpdesk WHERE {ended}")))
    }
    assert found["only_leavers"].table == "tickets"


def test_ends_of_the_last_months_alone_are_found(plant):
    recent = (
        """FROM crm WHERE "Kündigungsdatum" = '' OR de_date("Kündigungsdatum")::TIMESTAMP > '2026-05-01'"""
    )
    assert "late_ends" in checks(plant(("customers", "FROM crm", recent)))


def test_what_was_counted_is_not_counted_again(clean, monkeypatch):
    assert cx.findings(cx.open_dataset(clean)) == ()
    again = cx.open_dataset(clean)
    asked = []
    monkeypatch.setattr(type(again), "sql", lambda self, query, **_: asked.append(query))
    assert cx.findings(again) == ()
    assert asked == []


def levels(**columns):
    """Return counts by level: column=[(level, customers, gone), ...]."""
    rows = [
        {"column": column, "kind": "levels", "level": level, "customers": n, "months": n, "gone": gone}
        for column, known in columns.items()
        for level, n, gone in known
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([("open", 900, 3), ("closed", 100, 97)], True),
        ([(None, 900, 0), ("moved", 50, 50), ("price", 50, 50)], True),
        ([("a", 500, 60), ("b", 500, 40)], False),
        ([("a", 10, 10), ("b", 15, 0)], False),  # too few to tell
    ],
)
def test_leakage_is_knowing_who_left(rows, found):
    assert bool(list(check.leakage(levels(status=rows), ()))) is found


def test_a_share_of_pairs_is_the_area_under_the_curve():
    # 40 leavers and 60 stayers: 30 x 50 pairs in the right order, 30 x 10 + 10 x 50 tied.
    rows = levels(x=[("high", 40, 30), ("low", 60, 10)])
    assert check.foretold(rows) == pytest.approx((30 * 50 + (30 * 10 + 10 * 50) / 2) / (40 * 60))


def test_leakage_is_serious_where_the_column_is_used():
    rows = levels(status=[("open", 900, 3), ("closed", 100, 97)])
    assert one(check.leakage(rows, {"status"})).severity == "serious"
    assert one(check.leakage(rows, ())).severity == "warning"


def test_separation_is_a_level_without_the_ends_to_be_expected():
    rows = levels(plan=[("old", 100, 0), ("new", 400, 100), ("rare", 12, 0)], area=[("all", 512, 100)])
    finding = one(check.separation(rows, {"plan"}, 10))
    assert (finding.column, finding.severity) == ("plan", "warning")
    assert finding.sentence.text("en") == "Of the 100 customers with old in plan nobody left."
    everybody = levels(plan=[("old", 30, 30), ("new", 400, 100)])
    assert (
        one(check.separation(everybody, (), 10)).sentence.text("en").startswith("All 30 customers with old")
    )
    assert not list(check.separation(levels(plan=[("old", 100, 20), ("new", 400, 100)]), (), 10))


@pytest.mark.parametrize(("customers", "gone", "found"), [(100, 73, True), (100, 27, False), (10, 9, False)])
def test_most_customers_marked_as_left_is_an_inverted_label(customers, gone, found):
    assert bool(list(check.inverted(customers, gone))) is found


def test_nobody_and_everybody():
    assert one(check.nobody_or_everybody(50, 0)).check == "nobody_left"
    assert one(check.nobody_or_everybody(50, 50)).check == "everybody_left"
    assert not list(check.nobody_or_everybody(50, 20))
    assert not list(check.nobody_or_everybody(0, 0))


def course(ends, at_risk=1000):
    months = np.arange(24311, 24311 + len(ends))
    return pd.DataFrame({"month_no": months, "at_risk": at_risk, "ends": ends})


def test_ends_that_begin_late_are_said():
    finding = one(check.late_ends(course([0] * 8 + [10] * 4)))
    assert "Before July 2026 nobody left" in finding.sentence.text("en")
    assert not list(check.late_ends(course([3] * 12)))
    assert not list(check.late_ends(course([0] * 12)))


def test_ends_in_the_last_month_alone_are_said():
    finding = one(check.one_month_of_ends(course([1] * 11 + [60])))
    assert "85% of all ends lie in October 2026" in finding.sentence.text("en")
    assert not list(check.one_month_of_ends(course([5] * 12)))
    assert not list(check.one_month_of_ends(course([0] * 11 + [9])))


def answers(column, gone, stayed, customers=200):
    rows = [(column, 0, customers, stayed, 0.04), (column, 1, customers, gone, 0.04)]
    return pd.DataFrame(rows, columns=["column", "gone", "customers", "mean", "variance"])


@pytest.mark.parametrize(
    ("gone", "stayed", "found"), [(0.8, 0.6, True), (0.6, 0.8, False), (0.62, 0.6, False)]
)
def test_better_answers_of_leavers_have_the_unexpected_sign(gone, stayed, found):
    assert bool(list(check.unexpected_sign(answers("nps", gone, stayed)))) is found


def test_fewer_experiences_of_leavers_have_the_unexpected_sign():
    text = one(check.unexpected_sign(answers("negative_count", -1.1, -1.6))).sentence.text("en")
    assert "fewer negative experiences (1.10 on average) than those who stayed (1.60)" in text


def test_risk_ratios_within_strata_agree_with_a_calculation_by_hand():
    # Mantel-Haenszel: (30*100/200 + 5*300/400) / (20*100/200 + 10*100/400) = 18.75 / 12.5
    rows = [(100, 30, 100, 20), (100, 5, 300, 10)]
    strata = pd.DataFrame(rows, columns=["exposed", "exposed_gone", "others", "others_gone"])
    crude, adjusted = check.risk_ratios(strata)
    assert crude[0] == pytest.approx((35 / 200) / (30 / 400))
    assert adjusted[0] == pytest.approx(18.75 / 12.5)
    assert adjusted[1] < adjusted[0] < adjusted[2]


def test_risk_ratios_need_leavers_on_both_sides():
    strata = pd.DataFrame({"exposed": [9], "exposed_gone": [0], "others": [9], "others_gone": [3]})
    assert np.isnan(check.risk_ratios(strata)).all()
    assert not list(check.sign_flip(*check.risk_ratios(strata)))


@pytest.mark.parametrize(
    ("crude", "adjusted", "severity"),
    [
        ((0.7, 0.6, 0.8), (1.4, 1.2, 1.7), "serious"),
        ((0.7, 0.6, 0.8), (1.2, 0.9, 1.6), "warning"),
        ((0.9, 0.7, 1.1), (1.1, 0.9, 1.3), None),
        ((1.9, 1.7, 2.1), (1.4, 1.2, 1.7), None),
    ],
)
def test_a_flip_turns_the_sign_beyond_chance(crude, adjusted, severity):
    found = list(check.sign_flip(crude, adjusted))
    assert [finding.severity for finding in found] == ([] if severity is None else [severity])


def records(seen, active=((100, 90), (100, 5))):
    """Return rows of stayers and leavers: seen=(stayers, leavers) of 500 each, active of the settled."""
    rows = [("tickets", gone, 500, seen[gone], *active[gone]) for gone in (0, 1)]
    return pd.DataFrame(rows, columns=["table", "gone", "customers", "seen", "settled", "active"])


@pytest.mark.parametrize(
    ("seen", "found"),
    [((0, 300), ["only_leavers"]), ((300, 2), ["no_leavers"]), ((200, 300), []), ((0, 3), [])],
)
def test_records_of_leavers_alone_or_of_none(seen, found):
    assert [finding.check for finding in check.kept_for_leavers(records(seen))] == found


def test_leavers_who_go_on_being_active_are_not_gone():
    inverted = records((300, 300), active=((100, 5), (100, 90)))
    assert "90% of the customers who left" in one(check.still_active(inverted)).sentence.text("en")
    assert not list(check.still_active(records((300, 300))))


def flat(folder, sql, rows, **config):
    """Return the checks of a flat table."""
    text = "id,churn,bad,tenure,plan,nps,reason\n" + "\n".join(rows)
    defaults = {"definitions": {"usage": None, "segments": ["plan"], "controls": []}}
    place = folder({"flat.csv": text}, {"snapshot": sql}, as_of="2026-03", **(defaults | config))
    return cx.open_dataset(place)


FLAT = "SELECT id AS customer_id, churn AS churned, bad AS negative_count, tenure AS tenure_months, plan"


def people(left=lambda n: n % 4 == 0, bad=lambda n, gone: n % 3 == 0):
    """Return 600 rows of a flat table."""
    gone = [left(n) for n in range(600)]
    return [
        f"K{n},{'yes' if gone[n] else 'no'},{int(bad(n, gone[n]))},{5 + n % 40},p{n % 7 % 3},"
        f"{3 + n % 5 + 2 * gone[n]},{'price' if gone[n] else ''}"
        for n in range(600)
    ]


def test_a_sound_flat_table_is_told_to_be_exploratory_and_nothing_else(folder):
    assert checks(flat(folder, f"{FLAT} FROM flat", people())) == {"no_course_of_time"}


def test_an_inverted_flat_table_is_found(folder):
    sql = f"{FLAT} FROM flat".replace("churn AS", "CASE churn WHEN 'yes' THEN 'no' ELSE 'yes' END AS")
    finding = cx.findings(flat(folder, sql, people()))[0]
    assert (finding.check, finding.severity) == ("inverted_label", "serious")
    assert "75% of the customers are marked as left" in finding.sentence.text("en")


def test_a_reason_given_by_leavers_alone_leaks(folder):
    found = cx.findings(flat(folder, f"{FLAT}, reason FROM flat", people()))[0]
    assert (found.check, found.column) == ("leakage", "reason")


def test_a_score_turned_round_is_found(folder):
    assert "unexpected_sign" in checks(flat(folder, f"{FLAT}, nps FROM flat", people()))


def test_an_effect_that_turns_round_within_strata_is_found(folder):
    # The old plan is calm and has most experiences; within each plan experiences go with leaving.
    rows = []
    for plan, bad, n, gone in (
        ("old", 1, 400, 40),
        ("old", 0, 100, 5),
        ("new", 1, 50, 35),
        ("new", 0, 450, 200),
    ):
        for k in range(n):
            rows.append(f"{plan}{bad}{k},{'yes' if k < gone else 'no'},{bad},12,{plan},5,")
    assert "sign_flip" in checks(flat(folder, f"{FLAT} FROM flat", rows))


def test_a_level_nobody_left_is_found_in_a_flat_table(folder):
    rows = people(lambda n: n % 7 % 3 != 1 and n % 3 == 0)
    finding = next(f for f in cx.findings(flat(folder, f"{FLAT} FROM flat", rows)) if f.check == "separation")
    assert "with p1 in plan nobody left" in finding.sentence.text("en")


def test_a_customer_twice_in_a_flat_table_is_found(folder):
    rows = people()
    assert "doubled_rows" in checks(flat(folder, f"{FLAT} FROM flat", [*rows, *rows[:30]]))


def test_findings_are_told_by_severity():
    found = [Finding(severity, severity, say("note"), say("note")) for severity in reversed(SEVERITIES)]
    assert [finding.severity for finding in by_severity(found)] == ["serious", "warning", "note"]


def test_columns_named_like_the_counts_do_no_harm(folder):
    sql = f"{FLAT}, tenure AS gone, bad AS months, 'a' || bad AS level, plan AS \"select\" FROM flat"
    assert checks(flat(folder, sql, people())) == {"no_course_of_time"}


def test_columns_that_hold_lists_are_left_alone(folder):
    assert checks(flat(folder, f"{FLAT}, [plan] AS plans FROM flat", people())) == {"no_course_of_time"}
