"""One drawn company for the tests of chapter 12."""

import pytest

from tests.chapters.churn.customer_months import SmallDataset, draw_tables


@pytest.fixture(scope="session")
def tables():
    drawn = draw_tables(customers=2000, seed=21, hazard=0.04)
    drawn["negative_experiences"] = drawn["negative_experiences"].assign(source="failure")
    return drawn


@pytest.fixture(scope="session")
def data(tables):
    return SmallDataset(tables)
