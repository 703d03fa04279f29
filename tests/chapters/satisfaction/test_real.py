"""Figures of data made by others, as published beside them."""

import pytest

import cxlib as cx
from cxlib.chapters.satisfaction import results as satisfaction
from cxlib.stats.intervals import net_score_wald
from tests.environment import ROOT


@pytest.fixture
def dataset(real_data, tmp_path, monkeypatch):
    monkeypatch.setenv("CX_CACHE", str(tmp_path))
    return lambda name, **options: cx.open_dataset(ROOT / "tests/datasets" / name, **options)


def test_airport_passengers_would_recommend(dataset):
    result = satisfaction.nps(dataset("sfo_survey"))
    nps, weighted = result.figure("nps"), result.figure("nps.weighted")
    assert nps.n == 2746
    assert nps.value == pytest.approx(39.840, abs=5e-4), "41.6 would take code 11 for a promoter"
    assert weighted.value == pytest.approx(40.398, abs=5e-4)
    # Published with the plain Wald interval; the kit's adjusted one lies within .05 points of it.
    counts = result.table.set_index("class")["answers"]
    plain = net_score_wald(counts["promoters"], counts["passives"], counts["detractors"])
    assert (plain.low, plain.high) == pytest.approx((37.22, 42.45), abs=5e-3)
    assert (nps.low, nps.high) == pytest.approx((plain.low, plain.high), abs=0.05)


def test_airport_passengers_are_satisfied(dataset):
    figure = satisfaction.csat(dataset("sfo_survey")).figure("csat.top2")
    assert (figure.value, figure.low, figure.high) == pytest.approx((82.07, 80.57, 83.47), abs=5e-3)
    assert figure.n == 2688


def test_passengers_with_a_problem_recommend_less(dataset):
    table = satisfaction.by(dataset("sfo_survey"), "problem").table.sort_values("value")
    assert table["value"].tolist() == pytest.approx([18.770, 43.648], abs=5e-4)
    assert table["answers"].tolist() == [309, 2330]
