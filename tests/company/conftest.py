import pytest

from cxlib.company import simulate


@pytest.fixture(scope="session")
def large():
    """A company of 100,000 customers; nothing of it is written."""
    return simulate(100_000, seed=401)


@pytest.fixture(scope="session")
def small():
    """A company of 3,000 customers."""
    return simulate(3_000, seed=402)
