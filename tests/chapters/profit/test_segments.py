import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols

from cxlib.chapters.profit.counts import count_tenure
from cxlib.chapters.profit.segments import fixed_effects, segment_months
from cxlib.errors import ModelError
from tests.chapters.profit.small_company import FIRST, LAST, opened, simulate

SLOPE = 4.0


def draw(seed, *, segments=10, months=36, customers=800, within=0.005):
    """Segment-months whose margin follows true retention, seen through binomial noise."""
    random = np.random.default_rng(seed)
    own = random.normal(0.97, 0.004, (segments, 1))
    true = np.clip(own + random.normal(0, within, (segments, months)), 0.9, 0.999)
    frame = pd.DataFrame(
        {
            "segment": np.repeat([f"s{i}" for i in range(segments)], months),
            "month": np.tile(np.arange(months), segments),
            "margin": (10 + SLOPE * true + random.normal(0, 0.02, true.shape)).ravel(),
            "kept": (random.binomial(customers, true) / customers).ravel(),
            "kept_of": customers,
        }
    )
    return frame


def test_equals_a_regression_with_dummies_clustered_by_segment():
    frame = draw(1)
    found = fixed_effects(frame)
    codes = frame["segment"].astype("category").cat.codes
    fit = ols("margin ~ kept + C(segment) + C(month)", frame).fit(
        cov_type="cluster", cov_kwds={"groups": codes}, use_t=True
    )
    assert found.slope.value == pytest.approx(fit.params["kept"], rel=1e-9)
    low, high = fit.conf_int().loc["kept"]
    assert (found.slope.low, found.slope.high) == pytest.approx((low, high), rel=1e-8)


def test_chance_shrinks_the_slope_by_the_reliability():
    found = [fixed_effects(draw(seed)) for seed in range(60)]
    slope = np.mean([fit.slope.value for fit in found])
    reliability = np.mean([fit.reliability for fit in found])
    # 60 runs leave the mean slope uncertain by about .03 and the reliability by .006
    assert slope == pytest.approx(1.64, abs=0.12)
    assert reliability == pytest.approx(0.40, abs=0.03)
    assert slope / reliability == pytest.approx(SLOPE, abs=0.3)


def test_without_noise_the_slope_is_the_planted_one():
    found = fixed_effects(draw(2, customers=10_000_000))
    assert found.reliability > 0.99
    assert found.slope.low < SLOPE < found.slope.high


def test_pure_chance_is_not_reliable():
    assert fixed_effects(draw(3, within=0.0)).reliability < 0.2


@pytest.mark.parametrize(
    ("size", "words"), [((7, 36), "7 segments and 36"), ((10, 11), "10 segments and 11")]
)
def test_refuses_too_few_segments_or_months(size, words):
    with pytest.raises(ModelError, match=words):
        fixed_effects(draw(1, segments=size[0], months=size[1]))


def test_refuses_retention_that_never_differs():
    with pytest.raises(ModelError, match="never differs"):
        fixed_effects(draw(1).assign(kept=0.97))


@pytest.fixture(scope="module")
def company():
    return simulate(customers=6000, seed=8, regions=3)


def test_segment_months_equal_customer_rows(company):
    customers, billing = company
    dataset = opened(customers=customers, billing=billing)
    frame = segment_months(dataset, count_tenure(dataset)).rows
    assert frame["segment"].nunique() == 6
    row = frame.sample(1, random_state=1).iloc[0]
    segment, region = row.segment.split(" / ")
    part = customers[(customers.segment == segment) & (customers.region == region)]

    def active(month):
        return part[(part.start_no < month) & (part.end_no.isna() | (part.end_no >= month))]

    before, now = active(row.month - 1), active(row.month)
    assert row.kept_of == len(before)
    assert row.kept == pytest.approx(1 - before.end_no.eq(row.month - 1).fillna(False).mean(), abs=1e-12)
    bills = billing[(billing.month_no == row.month) & billing.customer_no.isin(now.customer_no)]
    assert row.margin == pytest.approx((bills.revenue - bills.direct_cost).sum() / len(now), rel=1e-11)
    assert frame["month"].min() == FIRST + 1
    assert frame["month"].max() == LAST


def test_small_segments_are_left_out(company):
    customers, billing = company
    rare = customers.assign(region=np.where(customers.customer_no % 150 == 0, "rare", customers.region))
    dataset = opened(customers=rare, billing=billing)
    frame = segment_months(dataset, count_tenure(dataset)).rows
    assert not frame["segment"].str.contains("rare").any()


def test_what_is_left_out_is_counted(company):
    customers, billing = company
    rare = customers.assign(region=np.where(customers.customer_no % 150 == 0, "rare", customers.region))
    rare.loc[rare.customer_no % 5 == 1, "region"] = None
    found = segment_months(dataset := opened(customers=rare, billing=billing), count_tenure(dataset))
    assert (found.small, found.beyond) == (2, 0), "business and private, rare"
    first = np.maximum(rare.start_no + 1, FIRST)
    months = (rare.end_no.fillna(LAST).astype(int).clip(upper=LAST) - first + 1).clip(lower=0)
    compared = rare.region.notna() & (rare.region != "rare")
    assert found.share == pytest.approx(months[compared].sum() / months.sum(), abs=1e-12)
    assert 0.75 < found.share < 0.82


def test_where_every_segment_is_compared_nothing_is_left_out(company):
    customers, billing = company
    found = segment_months(dataset := opened(customers=customers, billing=billing), count_tenure(dataset))
    assert (found.small, found.beyond, found.share) == (0, 0, 1.0)


def test_without_attributes_there_is_no_segment(company):
    customers, billing = company
    dataset = opened(customers=customers.drop(columns=["segment", "region"]), billing=billing)
    assert segment_months(dataset, count_tenure(dataset)).rows.empty


def test_of_many_segments_the_largest_are_taken(company, monkeypatch):
    customers, billing = company
    dataset = opened(customers=customers, billing=billing)
    tenure = count_tenure(dataset)
    sizes = segment_months(dataset, tenure).rows.groupby("segment")["kept_of"].sum().sort_values()
    monkeypatch.setattr("cxlib.chapters.profit.segments.MOST_SEGMENTS", 2)
    found = segment_months(dataset, tenure)
    assert set(found.rows["segment"]) == set(sizes.index[-2:])
    assert (found.small, found.beyond) == (0, 4) and found.share < 0.6


def test_customers_without_an_attribute_are_in_no_segment(company):
    customers, billing = company
    some = customers.assign(region=customers.region.where(customers.customer_no % 2 == 0))
    dataset = opened(customers=some, billing=billing)
    frame = segment_months(dataset, count_tenure(dataset)).rows
    first = frame[frame.month == FIRST + 1]
    there = some[(some.start_no < FIRST) & some.region.notna()]
    assert first["kept_of"].sum() == len(there)
