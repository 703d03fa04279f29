"""Chapter 04 against counts by hand and by plain pandas."""

import pandas as pd
import pytest

import cxlib as cx
from cxlib.chapters.touchpoints import results as touchpoints
from cxlib.chapters.touchpoints.figures import FIGURES
from cxlib.stats.intervals import clustered_share, wilson
from tests.chapters.tiny import customers, opened, write
from tests.environment import ROOT

MONTH = "2026-10"


def contact(number, person, touchpoint, outcome=None, *, month=MONTH):
    return {
        "interaction_id": f"i{number}",
        "customer_id": f"c{person}",
        "occurred_at": f"{month}-{1 + number % 27:02d} 10:00:00",
        "touchpoint": touchpoint,
        "outcome": outcome,
    }


def rows(touchpoint, outcomes, *, first=0, person=0, month=MONTH):
    """Return one contact per outcome, each of another person."""
    return [
        contact(first + i, person + i, touchpoint, outcome, month=month) for i, outcome in enumerate(outcomes)
    ]


def with_contacts(folder, *parts, minimum=10, **tables):
    made = [row for part in parts for row in part]
    made = [row | {"interaction_id": f"i{number}"} for number, row in enumerate(made)]
    return opened(folder, definitions={"minimum_group": minimum}, interactions=made, **tables)


HOTLINE = rows("hotline", ["resolved"] * 30 + ["abandoned"] * 6 + ["unresolved"] * 4 + [None] * 5)
APP = rows("app", ["resolved"] * 25, person=20)
DELIVERY = rows("packaging_and_delivery", ["unresolved"] * 12 + [None] * 30, person=30)
EARLIER = rows("hotline", ["unresolved"] * 50, month="2026-09")
LATER = rows("hotline", ["unresolved"] * 50, month="2026-11")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Three touchpoints, one of which writes down failures alone; 72 people, some at two of them."""
    return with_contacts(tmp_path_factory.mktemp("met"), HOTLINE, APP, DELIVERY, EARLIER)


def test_the_contacts_of_the_month_are_counted_by_touchpoint(data):
    result = touchpoints.contacts(data)
    figure = result.figure("touchpoints.contacts")
    assert (figure.value, figure.low, figure.n) == (45 + 25 + 42, None, 72)
    table = result.table.set_index("touchpoint")
    assert table["contacts"].to_dict() == {"hotline": 45, "packaging_and_delivery": 42, "app": 25}
    assert table["people"].to_dict() == {"hotline": 45, "packaging_and_delivery": 42, "app": 25}
    assert table["share"].to_dict() == pytest.approx(
        {"hotline": 45 / 112, "packaging_and_delivery": 42 / 112, "app": 25 / 112}
    )
    assert result.text("en") == (
        "Contacts recorded in October 2026: 112, of 72 people. The touchpoint with the most of them: Hotline "
        "(40.2%)."
    )


def test_a_touchpoint_that_records_failures_alone_is_left_out_and_named(data):
    """With it 22 of 77 would have failed; of the outcomes that tell, 10 of 65 have."""
    result = touchpoints.failed(data)
    figure = result.figure("touchpoints.contacts.failed")
    assert (figure.value, figure.n) == (pytest.approx(100 * 10 / 65, abs=1e-4), 65)
    assert list(result.table["touchpoint"]) == ["hotline", "app"]
    assert [w.text("en") for w in result.warnings] == [
        "Left out, because the outcome of most contacts there is not recorded: Packaging and delivery."
    ]


def test_touchpoints_without_a_failure_have_the_limits_of_their_customers(tmp_path):
    twice = [*rows("app", ["resolved"] * 20), *rows("app", ["resolved"] * 20)]
    result = touchpoints.failed(with_contacts(tmp_path, twice))
    (row,) = result.table.itertuples()
    assert (row.value, row.low, row.high, row.known) == (*wilson(0, 20), 40)


def test_one_who_has_most_contacts_decides_how_sure_it_is_that_all_fail(tmp_path):
    """Nine people with one contact and one with eleven are worth fewer than ten alike."""
    made = [contact(0, person, "chat", "abandoned") for person in range(9)]
    made += [contact(0, 9, "chat", "abandoned")] * 11
    figure = touchpoints.failed(with_contacts(tmp_path, made)).figure("touchpoints.contacts.failed")
    # 20 contacts with (sum n)^2 / sum n^2 of equal weight.
    worth = 20**2 / (9 + 11**2)
    assert (figure.value, figure.low) == pytest.approx((100, 100 * wilson(worth, worth).low), rel=1e-5)
    assert figure.low < 50 < 100 * wilson(10, 10).low


def test_contacts_of_one_customer_widen_the_interval(tmp_path):
    """Ten people with five contacts each, all of a person alike: as sure as ten contacts, not as fifty."""
    alike = [
        contact(0, person, "chat", "abandoned" if person < 3 else "resolved")
        for person in range(10)
        for _ in range(5)
    ]
    figure = touchpoints.failed(with_contacts(tmp_path, alike)).figure("touchpoints.contacts.failed")
    wanted = clustered_share([5, 5], [5, 0], [3, 7])
    assert (figure.low, figure.high) == pytest.approx((100 * wanted.low, 100 * wanted.high), rel=1e-5)
    assert figure.high - figure.low > 2 * 100 * (wilson(15, 50).high - wilson(15, 50).low)


def test_the_month_is_that_of_the_report_and_the_scope_holds(tmp_path):
    people = [*customers(30, segment="a"), *customers(40, start=30, segment="b")]
    made = [row | {"interaction_id": f"i{n}"} for n, row in enumerate([*HOTLINE, *APP, *EARLIER])]
    folder = write(tmp_path, customers=people, interactions=made)
    september = cx.open_dataset(folder, month="2026-09")
    assert touchpoints.contacts(september).figure("touchpoints.contacts").value == 50
    part = cx.open_dataset(folder, month=MONTH, scope="segment=a")
    counted = sum(int(row["customer_id"][1:]) < 30 for row in [*HOTLINE, *APP])
    assert touchpoints.contacts(part).figure("touchpoints.contacts").value == counted


def test_the_figures_of_the_sample_are_those_of_plain_pandas(sample):
    contacts = sample.table("interactions").query("month_no == @sample.month_no")
    figure = touchpoints.contacts(sample).figure("touchpoints.contacts")
    assert (figure.value, figure.n) == (len(contacts), contacts["customer_id"].nunique())
    recorded = contacts.groupby("touchpoint")["outcome"].transform(lambda outcome: outcome.notna().mean())
    judged = contacts[(recorded >= 0.5) & contacts["outcome"].notna()]
    share = judged["outcome"].isin(["unresolved", "abandoned"]).mean()
    figure = touchpoints.failed(sample).figure("touchpoints.contacts.failed")
    assert (figure.value, figure.n) == (pytest.approx(100 * share, rel=1e-5), len(judged))


@pytest.fixture(scope="module")
def sample():
    return cx.open_dataset(str(ROOT / "data" / "sample"), month=MONTH)


@pytest.mark.parametrize(("minimum", "hidden"), [(5, []), (10, ["app", "chat"]), (30, ["app", "chat"])])
def test_small_groups_are_hidden_and_cannot_be_worked_out(tmp_path, minimum, hidden):
    """Eight people used the chat; with it goes the next larger touchpoint, or the total would tell."""
    parts = (HOTLINE, APP, rows("chat", ["unresolved"] * 8, person=60))
    data = with_contacts(tmp_path, *parts, minimum=minimum)
    for result in (touchpoints.contacts(data), touchpoints.failed(data)):
        table = result.table.set_index("touchpoint")
        assert sorted(table.index[table["hidden"]]) == hidden
        numbers = table.drop(columns="hidden").loc[hidden]
        assert numbers.isna().all(axis=None)


def test_what_is_hidden_among_all_contacts_is_hidden_among_those_with_an_outcome(tmp_path):
    """The chat is hidden to protect the shop; its outcomes, all recorded, would tell how many it had."""
    parts = (HOTLINE, rows("chat", ["resolved"] * 20), rows("shop_or_branch", [None] * 4), APP)
    result = touchpoints.failed(with_contacts(tmp_path, *parts))
    table = result.table.set_index("touchpoint")
    assert table.loc["chat", ["known", "value"]].isna().all()
    assert table["hidden"].sum() == 2


def test_a_touchpoint_that_is_not_listed_keeps_its_name(tmp_path):
    result = touchpoints.contacts(with_contacts(tmp_path, rows("kiosk", ["resolved"] * 12)))
    assert result.shown("de").iloc[0].tolist() == ["kiosk", "12", "100,0\u00a0%", "12"]


def test_german_readers_get_german_names(data):
    assert list(touchpoints.contacts(data).shown("de")["Kontaktpunkt"]) == [
        "Hotline",
        "Verpackung und Lieferung",
        "App",
    ]
    assert "ungelöst" in touchpoints.failed(data).text("de")


REFUSALS = {
    "no table": ([], "hold no contacts", "hold no contacts"),
    "no contact": (
        [*EARLIER, *LATER],
        "No contact is recorded in October 2026",
        "No touchpoint records the outcome",
    ),
    "too few": (rows("hotline", ["resolved"] * 9), "at least 10 are needed", "at least 10 are needed"),
    "no outcome": (rows("hotline", [None] * 12), "", "at least 50% of its contacts in October 2026"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_said_is_explained_in_both_languages(tmp_path, case):
    made, *reasons = REFUSALS[case]
    made = [row | {"interaction_id": f"i{number}"} for number, row in enumerate(made)]
    tables = {"customers": customers(20)} | ({"interactions": made} if made else {})
    data = opened(tmp_path, definitions={"minimum_group": 10}, as_of=MONTH, **tables)
    for measure, reason in zip((touchpoints.contacts, touchpoints.failed), reasons, strict=True):
        result = measure(data)
        if not reason:
            assert result.available
            continue
        assert not result.available
        assert reason in result.text("en")
        assert result.text("de") != result.text("en")
        assert tuple(result.absent) == FIGURES.of(result.name)
        assert all(why.text("de") != why.text("en") for why in result.absent.values())


def test_every_row_of_the_table_can_be_shown(data):
    for result in (touchpoints.contacts(data), touchpoints.failed(data)):
        assert isinstance(result.shown("de"), pd.DataFrame)
        assert not result.shown("de").empty
