"""Measured causes: against customer-months built the slow way."""

import numpy as np
import pytest

from cxlib.panel.causes import measured_causes
from cxlib.panel.effects import fit_effects
from cxlib.panel.panel import panel_of
from cxlib.stats.sensitivity import bounding_factor
from tests.panel.customer_months import rows_of


@pytest.fixture(scope="module")
def effects(data):
    return fit_effects(panel_of(data), segments=("segment",), minimum_events=10)


@pytest.mark.parametrize("protective", [False, True])
@pytest.mark.parametrize(("level", "exposure"), [("1", 1), ("2+", 2)])
def test_occurrence_and_leaving_are_those_of_the_customer_months(
    effects, tables, level, exposure, protective
):
    rows = rows_of(tables)
    rows = rows[rows["usage"].notna() & (rows["involuntary"] == 0)]
    causes = {cause.control: cause for cause in measured_causes(effects, level, protective=protective)}
    assert causes.keys() == {"usage", "segment", "region"}
    for control in ("segment", "region"):
        counted = rows.groupby([control, "exposure"]).size().unstack() + 0.5
        shares = counted / counted.sum()
        ratios = shares[0] / shares[exposure] if protective else shares[exposure] / shares[0]
        assert causes[control].experiences == pytest.approx(ratios.max(), rel=1e-9)
        fit = effects.adjusted
        logs = [
            0.0,
            *(c for n, c in zip(fit.names, fit.coefficients, strict=True) if n.startswith(f"{control}[")),
        ]
        assert causes[control].leaving == pytest.approx(np.exp(max(logs) - min(logs)))
    assert [c.factor for c in causes.values()] == sorted((c.factor for c in causes.values()), reverse=True)


def test_usage_counts_at_least_as_strong_as_in_the_month_of_the_experience(effects):
    usage = next(cause for cause in measured_causes(effects, "1") if cause.control == "usage")
    without, experienced = effects.panel.moves.sum(axis=2)
    same_month = (experienced / experienced.sum()) / (without / without.sum())
    assert usage.experiences >= same_month.max() * 0.999
    assert usage.factor == bounding_factor(usage.experiences, usage.leaving)
