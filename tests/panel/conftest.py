"""One drawn company, its customer-months known."""

import pytest

from tests.panel.customer_months import draw_tables, opened


@pytest.fixture(scope="session")
def tables():
    drawn = draw_tables(customers=2000, seed=21, hazard=0.04)
    drawn["negative_experiences"] = drawn["negative_experiences"].assign(source="failure")
    return drawn


@pytest.fixture(scope="session")
def data(tables):
    return opened(tables)
