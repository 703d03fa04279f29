"""A company written, imported and read again: what the analyst sees is what was planted."""

import numpy as np
import pytest

import cxlib as cx
from cxlib.company import simulate, write_dataset
from cxlib.company.people import FIRST_NUMBER, people

CUSTOMERS, SEED = 6_000, 405


@pytest.fixture(scope="module", params=["none", "default"])
def written(request, tmp_path_factory):
    company = simulate(CUSTOMERS, seed=SEED, dirt=request.param)
    folder = write_dataset(company, tmp_path_factory.mktemp("written") / f"dirt-{request.param}")
    return company, cx.open_dataset(folder)


def customer_months(data, table):
    found = data.sql(
        f"select distinct cast(c.customer_id as bigint) as id, e.month_no as month "
        f"from {table} e join customers c using (customer_no)"
    )
    return set(zip((found["id"] - FIRST_NUMBER).tolist(), found["month"].tolist(), strict=True))


def test_derived_experiences_are_the_planted_ones_and_cancellations(written):
    company, data = written
    life = company.life
    row, index = np.nonzero(life.experience)
    planted = set(zip(index.tolist(), (row + life.first).tolist(), strict=True))
    derived = customer_months(data, "negative_experiences")
    lost = len(planted - derived) / len(planted)
    assert lost <= (0.01 if company.parameters.dirt == "default" else 0)
    left = np.flatnonzero(life.end)
    assert derived - planted <= set(zip(left.tolist(), life.end[left].tolist(), strict=True))
    assert derived - planted


def test_lost_experiences_are_not_those_of_customers_who_left(written):
    company, data = written
    life = company.life
    row, index = np.nonzero(life.experience)
    derived = customer_months(data, "negative_experiences")
    lost = np.array([(i, r + life.first) not in derived for r, i in zip(row, index, strict=True)])
    left = life.end[index] > 0
    # About 15 of 7,400 are lost: a difference of .006 between shares is 3 standard errors.
    assert abs(lost[left].mean() - lost[~left].mean()) < 0.006


def test_customers_dates_and_ends_are_the_planted_ones(written):
    company, data = written
    life = company.life
    table = data.table("customers").dropna(subset=["start_no"])
    index = table["customer_id"].astype(int).to_numpy() - FIRST_NUMBER
    assert sorted(index) == list(range(len(life)))
    assert (table["start_no"].to_numpy() == life.start[index]).all()
    assert (table["end_no"].fillna(0).to_numpy() == life.end[index]).all()
    kind = table["end_type"].map({"voluntary": 1, "involuntary": 2}).fillna(0).to_numpy()
    assert (kind == life.kind[index]).all()
    assert ((table["segment"] == "business").to_numpy() == life.segment[index]).all()


def test_usage_levels_can_be_read_from_the_units(written):
    company, data = written
    life = company.life
    table = data.sql(
        "select cast(c.customer_id as bigint) as id, b.month_no, b.units, b.revenue, c.start_no "
        "from billing b join customers c using (customer_no)"
    )
    level = np.searchsorted([10, 30], table["units"], side="right")
    row = (table["month_no"] - life.first).to_numpy()
    assert (level == life.usage[row, (table["id"] - FIRST_NUMBER).to_numpy()]).all()
    assert len(table) == (life.usage < 3).sum()
    free = table["month_no"] == table["start_no"]
    assert (table.loc[free, "revenue"] == 0).all() and (table.loc[~free, "revenue"] > 0).all()


def test_prospects_have_contacts_and_no_start(written):
    company, data = written
    seen = data.sql(
        "select count(*) as n from interactions i join customers c using (customer_no) "
        "where c.start_date is null"
    )
    assert seen["n"][0] > len(people(company).segment) - len(company.life)


def test_nothing_is_set_aside_without_dirt_and_little_with_it(written):
    company, data = written
    texts = " ".join(warning.sentence.text("en") for warning in cx.findings(data))
    assert ("set aside" in texts) == (company.parameters.dirt == "default")


def test_the_window_is_the_one_simulated(written):
    company, data = written
    assert (data.first_month_no, data.month_no) == (company.life.first, company.life.last)


def test_a_month_in_which_nobody_starts_is_written_and_read_as_any_other(tmp_path):
    company = simulate(100, seed=3)
    life = company.life
    starts = np.bincount(life.start[life.start >= life.first] - life.first, minlength=36)
    assert (starts == 0).any()
    data = cx.open_dataset(write_dataset(company, tmp_path / "tiny"))
    read = data.table("customers").dropna(subset=["start_no"])["start_no"].to_numpy() - life.first
    assert (np.bincount(read[read >= 0].astype(int), minlength=36) == starts).all()
