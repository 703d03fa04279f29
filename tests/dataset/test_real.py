"""Public data sets come through the import with the counts that are published for them."""

import numpy as np
import pytest

import cxlib as cx
from cxlib.dataset.arrivals import arrivals

ROOT = "tests/datasets"


@pytest.fixture(scope="module")
def cached(tmp_path_factory):
    """Return a folder for the imports, so that the repository stays as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CX_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def open_real(real_data, cached, request, monkeypatch):
    monkeypatch.chdir(request.config.rootpath)
    return lambda name, **options: cx.open_dataset(f"{ROOT}/{name}", **options)


def test_passenger_survey_has_its_published_answers(open_real):
    dataset = open_real("sfo_survey")
    assert (dataset.month, dataset.currency) == ("2017-05", "USD")
    nps = dataset.sql("SELECT * FROM surveys WHERE instrument = 'nps'")
    assert len(nps) == 2831
    valid = nps.dropna(subset="score")
    promoter, detractor = valid["score"] >= 9, valid["score"] <= 6
    assert (len(valid), promoter.sum(), detractor.sum()) == (2746, 1436, 342)  # the code 11 is no answer
    weighted = np.average(promoter.astype(int) - detractor.astype(int), weights=valid["weight"])
    assert round(100 * weighted, 3) == 40.398
    csat = dataset.sql("SELECT score FROM surveys WHERE instrument = 'csat' AND score IS NOT NULL")["score"]
    assert ((csat >= 4).sum(), len(csat)) == (2206, 2688)
    assert valid["problem"].value_counts().to_dict() == {"no": 2330, "yes": 309}


def test_a_part_of_the_passengers_can_be_looked_at(open_real):
    scores = open_real("sfo_survey", scope="problem=yes").sql(
        "SELECT score FROM surveys WHERE instrument = 'nps' AND score IS NOT NULL"
    )["score"]
    assert round(100 * ((scores >= 9).mean() - (scores <= 6).mean()), 3) == 18.770


def test_complete_driver_answers_are_all_there(open_real):
    wide = open_real("sfo_survey").sql(
        "SELECT response_group FROM surveys WHERE instrument IN ('item', 'csat') AND score IS NOT NULL "
        "GROUP BY response_group HAVING count(*) = 8"
    )
    assert len(wide) == 1548


def test_telephone_snapshot_has_its_published_counts(open_real):
    snapshot = open_real("telco_ibm").table("snapshot")
    assert (len(snapshot), snapshot["churned"].sum()) == (7043, 1869)
    assert snapshot["TotalCharges"].isna().sum() == 11
    assert round(snapshot["value"].sum(), 2) == 456116.60
    assert round(snapshot.loc[snapshot["churned"], "value"].sum(), 2) == 139130.85
    monthly = open_real("telco_ibm", scope="Contract=Month-to-month").table("snapshot")
    assert (len(monthly), monthly["churned"].sum()) == (3875, 1655)


def test_artificial_accounts_leave_by_number_of_service_calls_as_published(open_real):
    snapshot = open_real("mlc_churn").table("snapshot")
    assert (len(snapshot), snapshot["churned"].sum()) == (5000, 707)
    shares = snapshot.groupby("negative_count")["churned"].mean().head(7)
    assert [round(100 * share, 2) for share in shares] == [11.83, 10.64, 10.83, 10.98, 44.05, 60.42, 64.71]
    many = snapshot["negative_count"] >= 4
    assert (snapshot.loc[many, "churned"].sum(), many.sum()) == (201, 399)


def test_music_shop_orders_have_their_published_counts(open_real):
    dataset = open_real("cdnow")
    assert (dataset.month, dataset.first_month_no) == ("1998-06", 12 * 1997 + 1)
    purchases = dataset.table("purchases")
    assert (len(purchases), purchases["customer_no"].nunique()) == (69659, 23570)
    assert round(purchases["amount"].sum(), 2) == 2500315.63
    assert (purchases["amount"] == 0).sum() == 80
    first = dataset.table("customers")["first_contact_no"].value_counts().sort_index()
    assert first.tolist() == [7846, 8476, 7248]


@pytest.mark.parametrize("name", ["sfo_survey", "telco_ibm", "mlc_churn", "cdnow"])
def test_nothing_of_the_public_data_is_lost(open_real, name):
    assert arrivals(open_real(name))["rows_rejected"].sum() == 0


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("telco_ibm", {"no_course_of_time"}),
        ("mlc_churn", {"no_course_of_time"}),
        ("sfo_survey", {"unknown_touchpoints"}),
        ("cdnow", set()),
    ],
)
def test_nothing_is_implausible_about_public_data(open_real, name, known):
    assert {finding.check for finding in cx.findings(open_real(name))} == known
