"""Whether segments that keep more customers earn more: what is said, and what is not."""

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.profit import results as profit
from cxlib.chapters.profit.segments import Segments
from tests.chapters.profit.small_company import opened


def test_segments_that_differ_by_chance_get_no_headline(dataset):
    result = profit.panel(dataset)
    assert "cannot be told" in result.text("en")
    assert "slope" not in result.columns
    assert result.fit is not None


def test_too_few_segments_are_said(company):
    customers, billing = company
    two = opened(customers=customers.drop(columns="region"), billing=billing)
    assert "there are 2 segments" in profit.panel(two).text("en")


def test_a_reliable_comparison_is_told_with_its_interval(company, monkeypatch):
    random = np.random.default_rng(4)
    kept = 0.97 + random.normal(0, 0.005, 360)
    frame = pd.DataFrame(
        {
            "segment": np.repeat([f"s{i}" for i in range(10)], 36),
            "month": np.tile(np.arange(36), 10),
            "margin": 10 + 50 * kept + random.normal(0, 0.01, 360),
            "kept": kept,
            "kept_of": 100_000,
        }
    )
    compared = Segments(frame, share=1.0)
    monkeypatch.setattr("cxlib.chapters.profit.study.segment_months", lambda data, tenure: compared)
    customers, billing = company
    result = profit.panel(opened(customers=customers, billing=billing))
    assert result.table["slope"].iloc[0] == pytest.approx(0.5, abs=0.01)
    assert "about +€0.50 a month" in result.text("en")
    assert "interval is rough" in result.warnings[0].text("en")


def test_segments_that_are_not_compared_are_said(company, monkeypatch):
    customers, billing = company
    rare = customers.assign(region=np.where(customers.customer_no % 90 == 0, "rare", customers.region))
    monkeypatch.setattr("cxlib.chapters.profit.segments.MOST_SEGMENTS", 9)
    monkeypatch.setattr("cxlib.chapters.profit.comparison.MOST_SEGMENTS", 9)
    result = profit.panel(opened(customers=rare, billing=billing))
    said = {language: " ".join(text.text(language) for text in result.warnings) for language in ("en", "de")}
    assert "2 segments are left out: in one of the months they had fewer than 30 customers." in said["en"]
    assert "3 more segments are left out as smaller than the 9 largest." in said["en"]
    assert "of the other customers this comparison says nothing" in said["en"]
    assert "2 Segmente" in said["de"] and "3 weitere Segmente" in said["de"]
