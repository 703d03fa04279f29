"""The score of all customers where who is dissatisfied keeps silent: nothing may be said that "
"is not known."""

import json

import pytest

import cxlib as cx
from cxlib import company, language


@pytest.fixture(scope="module")
def hidden(tmp_path_factory):
    """Return a dataset in which answering depends on the score itself, and its truth."""
    drawn = company.simulate(5_000, seed=77, nonresponse="hidden")
    folder = tmp_path_factory.mktemp("hidden")
    company.write_dataset(drawn, folder)
    return cx.open_dataset(folder), company.truth(drawn)


@pytest.mark.parametrize(
    ("speech", "condition"),
    [
        (
            "en",
            "If, among customers alike in usage, segment and tenure, those who answered feel as "
            "those who did",
        ),
        (
            "de",
            "Wenn Kunden, die sich in Nutzung, Segment und Kundendauer gleichen, gleich empfinden",
        ),
    ],
)
def test_the_weighted_score_misses_the_truth_and_says_on_which_condition_it_stands(hidden, speech, condition):
    data, truth = hidden
    result = cx.satisfaction.nps(data)
    weighted = result.figure("nps.weighted")
    assert weighted.low > truth["nps.weighted"]["value"], "what is hidden cannot be weighted away"
    with language.speaking(speech):
        sentences = [sentence.text() for sentence in result.sentences]
        (said,) = (
            text
            for text in sentences
            if language.number(weighted.value, 1).text() in text and condition in text
        )
    assert said
    assert not any(
        word in text
        for text in (*sentences, *(text.text(speech) for text in cx.trust.score_gap(data).sentences))
        for word in ("than all customers:", "als die Kunden insgesamt:", "Weighted to", "Auf alle aktiven")
    )


def test_the_first_page_quotes_the_condition_with_the_score(hidden):
    data, _ = hidden
    record = json.loads(json.dumps(cx.satisfaction.nps(data).figure("nps.weighted").record()))
    assert record["note"]["en"].startswith("Holds if, among customers alike in")
    assert record["note"]["de"].startswith("Gilt, wenn Kunden")


def test_the_silent_differ_by_more_than_it_takes(hidden):
    data, truth = hidden
    tipping = cx.satisfaction.nps(data).figure("nps.tipping")
    study = data.once(cx.chapters.satisfaction.study.Study)
    silent = study.weighed.chances.silent
    # How far the silent really are below customers alike who answered.
    truly = (truth["nps.weighted"]["value"] - study.weighted_score.value) / silent
    assert truly < -10 < tipping.high
