"""The checks side by side."""

import pytest

from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.study import Study


def test_trust_puts_the_checks_in_order(data):
    table = churn.trust(data).shown("en")
    assert table["Check"].tolist()[0] == "Not adjusted"
    assert "E-value" in table["Check"].tolist()
    assert table["Check"].tolist()[-1].startswith("A hidden cause as strong as")


@pytest.mark.parametrize(("language", "other"), [("en", "another could not show"), ("de", "andere")])
def test_a_quiet_cross_check_speaks_of_what_it_can_see_only(data, monkeypatch, language, other):
    monkeypatch.setattr(data.once(Study), "placebo", "quiet")
    assert other in churn.trust(data).shown(language).iloc[3, -1]
