import pytest

from cxlib.init.export import Export
from cxlib.init.questions import find_questions, scale_of
from cxlib.init.reading import Reading


def read(column, answers, *, labels=None, items=False):
    """Return the reading of an export with one column, its questions found."""
    rows = [(answer,) for answer in answers]
    reading = Reading(Export("s", "s.csv", {}, (column,), labels or {}, rows=rows), "surveys", "a test")
    find_questions(reading, items=items)
    return reading


@pytest.mark.parametrize(
    ("points", "scale"),
    [
        ([1, 2, 5], (1, 5)),
        ([1, 6], (1, 7)),
        ([3, 9], (1, 10)),
        ([0, 4, 4], (0, 10)),
        ([4, 4], None),
        ([1, 40], None),
        ([], None),
    ],
)
def test_the_smallest_usual_scale_that_holds_the_points(points, scale):
    assert scale_of(points) == scale


def test_one_slip_in_a_hundred_makes_no_other_scale():
    assert scale_of([1, 5] * 60 + [9]) == (1, 5)


def test_a_recommendation_is_asked_from_0_to_10_whatever_was_answered():
    (question,) = read("recommend", ["8", "9", "9 - likely"]).questions
    assert (question.instrument, question.low, question.high, question.sure) == ("nps", 0, 10, "certain")
    assert question.key == "recommend"


def test_effort_is_turned_round_where_more_of_it_is_worse():
    (question,) = read("How much effort was it?", ["1", "7"]).questions
    assert (question.instrument, question.high_is_good) == ("ces", False)
    assert question.note.endswith("scale 1 to 7 as seen in the answers; more effort is worse")
    assert question.key == "question_1"


def test_the_wording_stands_in_the_label_where_the_header_is_short():
    (question,) = read("Q2", ["1", "5"], labels={"Q2": "How satisfied are you?"}).questions
    assert (question.instrument, question.key) == ("csat", "Q2")
    assert question.note.startswith("How satisfied are you?; scale 1 to 5")


@pytest.mark.parametrize(
    ("answers", "why"), [(["", " "], "has no answers"), (["good", "bad"], "is answered in words, not points")]
)
def test_a_question_without_points_is_left_open(answers, why):
    reading = read("nps", answers)
    assert (reading.questions, reading.left_open) == ([], [f"nps looks like NPS, but {why}"])


def test_points_no_name_explains_are_an_item_where_items_are_asked_for():
    assert read("Q9", ["1", "5"]).questions == []
    reading = read("Q9", ["1", "5"], items=True)
    assert reading.questions[0].instrument == "item"
    assert reading.left_open == [
        "what Q9 asks is not told by its name; taken as an item; scale 1 to 5 as seen in the answers"
    ]
