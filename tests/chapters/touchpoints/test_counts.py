"""What the engine counts for chapter 04, row by row against a count by hand."""

import pytest

from cxlib.chapters.touchpoints.counts import Study
from tests.chapters.touchpoints.test_results import contact, with_contacts


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Two people; one of three outcomes of the app is recorded, and both of the chat's."""
    made = [
        contact(0, 1, "app"),
        contact(1, 1, "app", "unresolved"),
        contact(2, 2, "app"),
        contact(3, 1, "chat", "resolved"),
        contact(4, 2, "chat", "abandoned"),
        contact(5, 2, "chat", "resolved", month="2026-09"),
    ]
    return with_contacts(tmp_path_factory.mktemp("counted"), made).once(Study)


def test_each_kind_of_person_at_a_touchpoint_is_one_row(study):
    columns = ["touchpoint", "contacts", "known", "failed", "people", "judged"]
    assert study.kinds[columns].values.tolist() == [
        ["app", 1, 0, 0, 1, False],
        ["app", 2, 1, 1, 1, False],
        ["chat", 1, 1, 0, 1, True],
        ["chat", 1, 1, 1, 1, True],
    ]


def test_outcomes_of_a_person_count_at_judged_touchpoints_alone(study):
    columns = ["contacts", "known", "failed", "people"]
    assert study.persons[columns].values.tolist() == [[2, 1, 1, 1], [3, 1, 0, 1]]


def test_half_of_the_outcomes_are_enough(tmp_path):
    made = [contact(0, 1, "app"), contact(1, 2, "app", "resolved")]
    study = with_contacts(tmp_path, made).once(Study)
    assert study.kinds["judged"].all()
    assert int(study.persons["known"].sum()) == 1
