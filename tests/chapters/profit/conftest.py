"""A company of 2,500 customers, drawn once, and its dataset."""

import numpy as np
import pandas as pd
import pytest

from tests.chapters.profit.small_company import FIRST, LAST, opened, simulate


@pytest.fixture(scope="package")
def company():
    """Customers and billing."""
    return simulate(customers=2500, seed=5)


@pytest.fixture(scope="package")
def fixed_costs():
    return pd.DataFrame({"month_no": np.arange(FIRST, LAST + 1), "amount": 9_000.0})


@pytest.fixture(scope="package")
def dataset(company, fixed_costs):
    customers, billing = company
    return opened(customers=customers, billing=billing, fixed_costs=fixed_costs)


@pytest.fixture(scope="package")
def loyal(company):
    """The same company, had nobody left."""
    customers, billing = company
    nobody = pd.array([None] * len(customers), dtype="Int64")
    return opened(customers=customers.assign(end_no=nobody), billing=billing)
