"""Limits of chance over time, and scores of groups, against hand counts and draws without any effect."""

import numpy as np
import pandas as pd
import pytest

from cxlib.stats.chance import control_limits, p_of_equal_scores


def test_a_month_far_off_is_outside_the_limits():
    counts = np.tile([40, 40, 20], (15, 1))
    counts[9] = [10, 20, 70]
    table = control_limits(counts)
    assert table.index[table["signal"] == "outside"].tolist() == [9]
    pooled = counts.sum(axis=0) / counts.sum()
    mean = pooled[0] - pooled[2]
    half = 3 * ((pooled[0] + pooled[2] - mean**2) / 100) ** 0.5
    assert table["upper"].iloc[0] == pytest.approx(100 * (mean + half))


def test_eight_months_on_one_side_are_a_run():
    counts = np.array([[42, 30, 28]] * 8 + [[40, 30, 30]] * 7)
    signal = control_limits(counts)["signal"]
    assert (signal[:8] == "run").all() and (signal[8:] == "").all()


def test_chance_alone_rarely_raises_a_signal():
    draws = np.random.default_rng(3).multinomial(200, [0.45, 0.3, 0.25], size=600).reshape(50, 12, 3)
    signals = sum((control_limits(counts)["signal"] == "outside").sum() for counts in draws)
    # 600 months at 0.27 % are expected to give 1.6; ten or more has a chance below 0.00002.
    assert signals < 10


def test_groups_are_told_apart_only_where_chance_cannot_explain_it():
    far = pd.DataFrame({"value": [10.0, 30.0], "low": [5.0, 25.0], "high": [15.0, 35.0]})
    # Difference 20, standard error 2.551 * 2 ** .5: z = 5.54.
    assert p_of_equal_scores(far) == pytest.approx(2.96e-8, rel=0.02)
    assert p_of_equal_scores(far.assign(value=20.0)) == pytest.approx(1.0)
