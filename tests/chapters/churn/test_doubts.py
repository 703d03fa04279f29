"""The checks side by side."""

from cxlib.chapters.churn import results as churn


def test_trust_puts_the_checks_in_order(data):
    table = churn.trust(data).shown("en")
    assert table["Check"].tolist()[0] == "Not adjusted"
    assert table["Check"].tolist()[-1] == "E-value"
