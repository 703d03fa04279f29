"""The counts that plausibility checks judge, against counts by hand."""

import pandas as pd
import pytest

import cxlib as cx
from cxlib.checks import predictors

LAST = 24316
CRM = "id,joined,quit,kind,plan\n" + "".join(
    f"c{n},2025-0{1 + n % 6}-05,{f'2026-0{1 + n % 4}-10' if n % 5 == 0 else ''},"
    f"{('voluntary', 'involuntary')[n % 2] if n % 5 == 0 else ''},{'ab'[n % 2]}\n"
    for n in range(60)
)
BILLS = "id,month,amount,units\n" + "".join(
    f"c{n},{month},10,{n % 40}\n"
    for n in range(60)
    for month in ("2026-01", "2026-02", "2026-03", "2026-04")
    if n % 3
)
SQL = {
    "customers": "SELECT id AS customer_id, joined AS start_date, quit AS end_date, "
    "nullif(kind, '') AS end_type, plan FROM crm",
    "billing": "SELECT id AS customer_id, month, amount AS revenue, units FROM bills",
}


@pytest.fixture
def data(folder):
    return cx.open_dataset(folder({"crm.csv": CRM, "bills.csv": BILLS}, SQL), month="2026-04")


@pytest.fixture
def customers(data):
    return data.table("customers").set_index("customer_no")


def test_lives_count_every_customer_once(data, customers):
    lives = predictors.lives(data)
    assert lives["customers"].sum() == len(customers) == 60
    assert lives.loc[lives["end_no"].notna(), "customers"].sum() == customers["end_no"].notna().sum() == 12


def test_levels_count_leavers_and_months_at_risk_in_the_window(data, customers):
    plans = predictors.levels(data).query("column == 'plan'").set_index("level")
    first = data.first_month_no
    at_risk = customers[customers["end_no"].isna() | (customers["end_no"] >= first)]
    until = at_risk["end_no"].fillna(LAST).clip(upper=LAST)
    months = until - at_risk["start_no"].clip(lower=first - 1)
    assert plans["customers"].to_dict() == at_risk.groupby("plan").size().to_dict()
    assert plans["months"].to_dict() == months.groupby(at_risk["plan"]).sum().to_dict()
    assert plans["gone"].to_dict() == at_risk.groupby("plan")["end_no"].count().to_dict()


def test_usage_before_counts_months_by_the_bill_of_the_month_before(data, customers):
    usage = predictors.usage_before(data)
    bills = data.table("billing").join(customers[["start_no", "end_no"]], on="customer_no")
    at_risk = bills[(bills["month_no"] < LAST) & ~(bills["end_no"] <= bills["month_no"])]
    billed = usage[usage["level"].notna()]
    assert billed["months"].sum() == len(at_risk)
    assert billed["gone"].sum() == (at_risk["end_no"] == at_risk["month_no"] + 1).sum()
    low = at_risk["units"].between(1, 9)
    assert usage.set_index("level")["months"]["0"] == low.sum() > 0


def test_recorded_tells_who_has_bills(data, customers):
    bills = predictors.recorded(data).set_index("gone")
    billed = set(data.table("billing")["customer_no"])
    gone = customers["end_no"].notna()
    for group, people in ((1, customers[gone]), (0, customers[~gone])):
        assert bills["customers"][group] == len(people)
        assert bills["seen"][group] == len(billed & set(people.index))


def test_of_very_many_customers_every_nth_is_looked_at(data, monkeypatch):
    assert predictors.every(data) == 1
    monkeypatch.setattr(predictors, "ENOUGH_CUSTOMERS", 20)
    assert predictors.every(data) == 3
    assert predictors.levels(data).query("column == 'plan'")["customers"].sum() == 20


def test_strata_part_a_flat_table_by_what_is_known(folder):
    flat = "id,gone,months,bad,segment\n" + "".join(
        f"{n},{'yes' if n % 3 == 0 else 'no'},{n % 20},{n % 2},{'ab'[n % 4 // 2]}\n" for n in range(120)
    )
    select = (
        "SELECT id AS customer_id, gone AS churned, months AS tenure_months, bad AS negative_count, segment "
        "FROM flat"
    )
    data = cx.open_dataset(folder({"flat.csv": flat}, {"snapshot": select}, as_of="2026-04"))
    rows = data.table("snapshot")
    bands = pd.cut(rows["tenure_months"], [-1, 0, 3, 12, 24])
    strata = predictors.strata(data)
    assert len(strata) == rows.groupby([bands, "segment"], observed=True).ngroups
    assert strata.sum().to_dict() == {
        "exposed": 60,
        "exposed_gone": rows.query("negative_count > 0")["churned"].sum(),
        "others": 60,
        "others_gone": rows.query("negative_count == 0")["churned"].sum(),
    }
