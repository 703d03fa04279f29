import pytest

from cxlib.contract.queries import read_sql


def test_a_query_stands_beside_the_module_that_asks_it():
    assert "FROM surveys" in read_sql("cxlib.checks", "scales")


def test_a_query_that_is_not_there_is_named():
    with pytest.raises(FileNotFoundError, match="nowhere.sql"):
        read_sql("cxlib.checks", "nowhere")
