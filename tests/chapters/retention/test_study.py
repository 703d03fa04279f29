"""What kind of data these are decides what can be said; what is computed is computed once."""

import pytest

from cxlib.chapters.retention import results as retention
from cxlib.chapters.retention.study import Study
from tests.chapters.retention.small import company, purchase
from tests.chapters.tiny import answers, customers, opened

INACTIVE = {"churn": {"kind": "inactivity", "inactivity_days": 90}}
BOUGHT = [purchase("a", "2026-10-30")]
GONE = [{"churned": i < 30, "tenure_months": 3} for i in range(60)]


@pytest.mark.parametrize(
    ("kind", "definitions", "tables"),
    [
        ("contracts", {}, {"customers": customers(3), "purchases": BOUGHT}),
        ("purchases", INACTIVE, {"customers": customers(3), "purchases": BOUGHT}),
        ("purchases", {}, {"purchases": BOUGHT, "snapshot": GONE}),
        ("snapshot", {}, {"snapshot": GONE}),
        ("nothing", {}, {"surveys": answers(9, 3)}),
        ("nothing", INACTIVE, {"customers": customers(3)}),
    ],
)
def test_the_kind_follows_from_the_tables_and_the_definition_of_leaving(tmp_path, kind, definitions, tables):
    study = Study(opened(tmp_path, as_of="2026-10", definitions=definitions, **tables))
    assert study.kind == kind
    assert study.inactivity_days == (90 if definitions else None)


@pytest.mark.parametrize(("minimum", "least"), [(5, 30), (30, 30), (31, 31)])
def test_a_curve_needs_thirty_customers_or_the_smallest_group(tmp_path, minimum, least):
    study = Study(opened(tmp_path, as_of="2026-10", snapshot=GONE, definitions={"minimum_group": minimum}))
    assert (study.minimum, study.least) == (minimum, least)
    assert f"Fewer than {minimum} customers" in study.too_few.text("en")


def test_curves_of_groups_leave_out_those_without_a_name(tmp_path):
    rows = [row | {"segment": "one" if i < 40 else None} for i, row in enumerate(customers(80))]
    study = Study(opened(tmp_path, as_of="2026-10", customers=rows))
    assert list(study.curves_by("segment")) == ["one"]
    assert study.curves_by("region") is None


def test_each_count_is_asked_once_for_all_results(tmp_path, monkeypatch):
    data, asked = company(tmp_path), []
    sql = type(data).sql
    monkeypatch.setattr(
        type(data), "sql", lambda self, query, **bound: asked.append(query) or sql(self, query, **bound)
    )
    for measure in (retention.churn_rate, retention.kaplan_meier, retention.cohorts) * 2:
        assert measure(data).available
    assert len(asked) == 1
