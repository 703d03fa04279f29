import numpy as np
import pytest

from cxlib.company import simulate
from cxlib.company.calendar import DAY, first_stamp
from cxlib.company.contacts import contacts
from cxlib.company.simulated import LAST_MONTH
from cxlib.company.surveys import EASE, SATISFACTION, SUPPORT, mood, relational, transactional


@pytest.fixture(scope="module")
def wave(large):
    return relational(large, LAST_MONTH)


def test_at_least_half_of_the_customers_are_asked_in_october_and_few_otherwise(large, wave):
    active = len(large.life.active(LAST_MONTH))
    assert len(wave.customer) > 0.5 * active
    assert len(relational(large, LAST_MONTH - 1).customer) < 0.07 * active


def test_answers_come_within_fourteen_days_and_within_the_month(wave):
    answered = wave.answered > 0
    wait = (wave.answered - wave.invited)[answered]
    assert wait.min() > 0
    assert wait.max() <= 14 * DAY + 60_000_000
    assert wave.answered.max() < first_stamp(LAST_MONTH + 1)
    assert ((wave.score >= 0) == answered).all()


def test_those_who_answer_are_happier_by_eight_points_or_more(large, wave):
    _, everybody = mood(large, LAST_MONTH, large.life.active(LAST_MONTH))
    answering = wave.chance * wave.shares
    raw = 100 * (answering[:, 2] - answering[:, 0]).sum() / answering.sum()
    assert raw - 100 * (everybody[:, 2] - everybody[:, 0]).mean() >= 8


def test_weights_by_the_chance_of_answering_repair_it(large, wave):
    shares = wave.shares[:, 2] - wave.shares[:, 0]
    answered = wave.answered > 0
    score = (wave.score >= 9) * 1.0 - (wave.score <= 6)
    weighted = np.average(score[answered], weights=1 / wave.chance[answered, 0])
    # About 9,500 answers of spread .9 with weights of design effect 1.4: standard error .011.
    assert weighted == pytest.approx(shares.mean(), abs=0.05)


def test_without_nonresponse_bias_everybody_answers_alike():
    wave = relational(simulate(2_000, seed=404, nonresponse="none"), LAST_MONTH)
    assert np.ptp(wave.chance) == 0


def test_hidden_nonresponse_depends_on_the_score_itself():
    wave = relational(simulate(2_000, seed=404, nonresponse="hidden"), LAST_MONTH)
    assert (np.diff(wave.chance, axis=1) > 0).all()


def test_ratings_follow_from_what_happened(large):
    asked = transactional(large, contacts(large, LAST_MONTH))
    answered = asked.answered > 0
    happy = asked.satisfaction >= 4
    share = happy[answered & (asked.failed == 0)].mean()
    # About 1,900 ordinary answers: standard error .008.
    assert share == pytest.approx(SATISFACTION[0, 3:].sum(), abs=0.04)
    assert happy[answered & (asked.failed == 1)].mean() < 0.35
    assert (asked.ease[answered & SUPPORT[asked.place]] > 0).all()
    assert not asked.ease[~SUPPORT[asked.place]].any()


def test_shares_of_ratings_sum_to_one():
    assert SATISFACTION.sum(axis=1) == pytest.approx(1)
    assert EASE.sum(axis=1) == pytest.approx(1)
