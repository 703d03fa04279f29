import numpy as np
import pytest

from cxlib.company.calendar import DAY, days_in, first_stamp
from cxlib.company.contacts import CANCELLING, FAILED, OK, contacts, tickets
from cxlib.company.life import VOLUNTARY
from cxlib.company.people import before_purchase, people
from cxlib.company.simulated import LAST_MONTH
from cxlib.company.touchpoints import BEFORE, SERVICE

HOURS_24 = 24 * 60


@pytest.fixture(scope="module", params=[LAST_MONTH, LAST_MONTH - 20])
def made(request, large):
    return contacts(large, request.param)


def test_each_experience_has_exactly_one_contact_that_went_wrong(large, made):
    met = large.life.experience[made.month - large.life.first]
    failed = made.kind == FAILED
    assert sorted(made.customer[failed]) == np.flatnonzero(met).tolist()
    assert (made.place[failed] + 1 == met[made.customer[failed]]).all()


def test_ordinary_contacts_come_only_from_customers_who_stay_the_month(large, made):
    ordinary = np.unique(made.customer[made.kind != CANCELLING])
    assert np.isin(ordinary, large.life.active(made.month)).all()
    assert (np.array([s.ordinary for s in SERVICE])[made.place[made.kind == OK]] > 0).all()


def test_three_in_ten_who_leave_get_in_touch_before_the_notice_and_nobody_else(large, made):
    life = large.life
    left = np.flatnonzero((life.end == made.month) & (life.kind == VOLUNTARY))
    asked = made.customer[made.kind == CANCELLING]
    assert np.isin(asked, left).all()
    # About 800 leave in a month: the standard error of the share is .016.
    assert len(asked) / len(left) == pytest.approx(0.30, abs=0.07)
    notice = people(large).end[asked].astype("datetime64[us]").astype(np.int64)
    assert (made.stamp[made.kind == CANCELLING] < notice).all()


def test_all_contacts_lie_in_their_month_and_after_the_start(large, made):
    start = people(large).start[made.customer].astype("datetime64[us]").astype(np.int64)
    assert (made.stamp > start).all()
    assert made.stamp.min() >= first_stamp(made.month)
    assert made.stamp.max() < first_stamp(made.month) + days_in(made.month) * DAY


def test_ordinary_tickets_never_look_negative_and_failed_ones_always(large, made):
    cases = tickets(large, made)
    complaint = np.array([SERVICE[place].touchpoint == "complaint" for place in cases.place])
    negative = (cases.first_reply > HOURS_24) | (cases.reopened > 0)
    assert not negative[~cases.failed].any()
    assert negative[cases.failed & ~complaint].all()
    assert len(np.unique(cases.case)) == len(cases.case)


def test_contacts_before_a_purchase_end_with_the_order(large):
    seen, who, life = before_purchase(large), people(large), large.life
    start = who.start[seen["customer"]]
    customer = ~np.isnat(start)
    before = seen["place"] < len(BEFORE)
    ordered = start[customer & before].astype("datetime64[us]").astype(np.int64)
    assert (seen["stamp"][customer & before] < ordered + 8 * 3600 * 1_000_000).all()
    assert first_stamp(life.first) <= seen["stamp"].min()
    assert seen["stamp"].max() < first_stamp(life.last + 1)
