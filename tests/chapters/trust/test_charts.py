"""Charts of chapter 2: marks equal the result, and the alternative text says what is seen."""

import pytest

from cxlib import language as speech
from cxlib.chapters.trust import charts, results
from tests.chapters.trust.companies import followed, lopsided


@pytest.mark.parametrize(
    ("language", "said"), [("en", "10.0% (5.5% to 17.4%)"), ("de", "10,0\u00a0% (5,5\u00a0%")]
)
def test_pictures_are_read_aloud_with_their_intervals(language, said, tmp_path):
    with speech.speaking(language):
        assert said in charts.silent(results.silent(followed(tmp_path / "silent"))).get_label()
        axes = charts.scores(results.score_gap(lopsided(tmp_path / "gap")))
        assert "−20" in axes.get_label()
        assert "−50" in axes.get_label()
