"""Figures of data made by others, as published beside them."""

import pytest

import cxlib as cx
from cxlib.chapters.retention import results as retention
from tests.environment import ROOT


@pytest.fixture
def dataset(real_data, tmp_path, monkeypatch):
    monkeypatch.setenv("CX_CACHE", str(tmp_path))
    return lambda name, **options: cx.open_dataset(ROOT / "tests/datasets" / name, **options)


def test_telephone_customers_who_left(dataset):
    figure = retention.churn_rate(dataset("telco_ibm")).figure("churn.snapshot.share")
    assert figure.value == pytest.approx(100 * 1869 / 7043, rel=1e-5)
    monthly = retention.churn_rate(dataset("telco_ibm", scope="Contract=Month-to-month"))
    share = monthly.figure("churn.snapshot.share")
    assert (share.value, share.low, share.high) == pytest.approx((42.71, 41.16, 44.27), abs=5e-3)
    assert share.n == 3875


def test_telephone_customers_by_months_on_a_monthly_contract(dataset):
    result = retention.kaplan_meier(dataset("telco_ibm", scope="Contract=Month-to-month"))
    assert not result.figures and "retention.12m" in result.absent
    assert result.table["customers"].sum() == 3875 and result.table["left"].sum() == 1655
    assert "exploratory" in result.warnings[0].text("en")


def test_a_snapshot_without_tenure_has_no_curve(dataset):
    data = dataset("mlc_churn")
    assert retention.churn_rate(data).figure("churn.snapshot.share").value == pytest.approx(14.14)
    assert "do not say how long" in retention.kaplan_meier(data).absent["retention.12m"].text("en")


def test_music_buyers_who_bought_again(dataset):
    data = dataset("cdnow")
    table = retention.repurchase(data).table.set_index("horizon")
    assert table["again"].to_dict() == {"share": 11516, "90d": 6887, "180d": 8827}
    assert table.loc["share", "share"] == pytest.approx(0.48859, abs=5e-6)
    cells = retention.cohorts(data).parts["cells"]
    counts = (cells["share"] * cells["customers"]).groupby([cells["months"], cells["cohort"]]).sum().round()
    assert counts[0].tolist() == [7846, 8476, 7248]
    assert counts[1].tolist() == [1157, 1312, 1032]
    assert counts[6].tolist() == [720, 626, 561]
