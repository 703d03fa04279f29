"""Contacts about a notice: the chapter refuses, warns, or says what it could not have seen."""

import matplotlib.pyplot as plt
import pytest

import cxlib as cx
from cxlib.chapters.churn import charts
from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.figures import FIGURES
from cxlib.chapters.churn.study import Study
from cxlib.language import speaking
from tests import adversaries
from tests.chapters.churn.test_refusals import english_left_in
from tests.panel.customer_months import opened
from tests.panel.notices import drawn, noticed, opened_company


@pytest.fixture(scope="module")
def without_effect():
    return drawn(6000, 41, effect="none")


@pytest.fixture(scope="module")
def notice_two_months_before(without_effect):
    tables, months = without_effect
    return noticed(tables, months, before=2, share=0.3), months


@pytest.mark.parametrize("name", ["hazard", "risk", "trust"])
def test_notice_two_months_before_the_end_is_refused(notice_two_months_before, name):
    """Nothing has an effect here; unrefused, one experience would read as 1.5 times as often or more."""
    data = opened_company(notice_two_months_before)
    result, profile = getattr(churn, name)(data), data.once(Study).leads.profiles[None]
    assert not result.available
    assert set(result.absent) == set(FIGURES.of(f"churn.{name}"))
    english, german = result.text("en"), result.text("de")
    shares = [profile.share[2], profile.stayers[2]]
    assert all(f"{100 * share:.1f}%" in english for share in shares)
    assert all(f"{100 * share:.1f}".replace(".", ",") in german for share in shares)
    assert "2 months before the end" in english and "2 Monate vor dem Ende" in german
    for text in (english, german):
        assert "end_date" in text and "definitions.exposure.lag_months: 3" in text
    assert all(english_left_in(sentence) == [] for sentence in result.sentences)


def test_what_is_refused_is_wrong(notice_two_months_before, monkeypatch):
    monkeypatch.setattr("cxlib.panel.leads.Leads.refusal", None)
    assert churn.hazard(opened_company(notice_two_months_before)).figure("churn.hr.adjusted.1").low > 1.2


def test_the_advised_lag_gives_what_the_company_without_such_contacts_gives(
    without_effect, notice_two_months_before
):
    exposure = {"window_months": 12, "lag_months": 3}
    plain, repaired = (
        churn.hazard(opened_company(company, exposure=exposure))
        for company in (without_effect, notice_two_months_before)
    )
    assert repaired.available and repaired.table.equals(plain.table)


def test_the_card_says_why_the_effect_is_not_decidable(notice_two_months_before):
    data = opened_company(notice_two_months_before)
    because = [text for head, text in churn.claim(data).lines if "because of" in head.text("en")]
    assert len(because) == 2
    assert all("lag_months: 3" in text.text("en") for text in because)
    warnings = [warning.text("en") for warning in churn.after(data).warnings]
    assert any("look that are recorded as negative experiences" in warning for warning in warnings)


def test_a_month_that_stands_out_is_refused_and_told_beside_what_is_only_counted(without_effect):
    tables, months = without_effect
    data = opened_company((noticed(tables, months, before=3, share=0.15), months))
    told = [churn.hazard(data), churn.risk(data), churn.leads(data)]
    assert [result.figures for result in told] == [(), (), ()]
    (warning,) = [w for w in churn.after(data).warnings if "stands out beyond chance" in w.text("en")]
    for text in (*told, warning):
        assert "recorded 3 months before the end" in text.text("en")
        assert "3 Monate vor dem Ende" in text.text("de")
    assert english_left_in(warning) == []


def test_where_nothing_stands_out_it_is_said_what_would_have(without_effect):
    data = opened_company(without_effect)
    result = churn.leads(data)
    points = f"{100 * data.once(Study).leads.detectable:.0f} percentage points"
    assert f"would mostly have shown if they added {points} or more" in result.text("en")
    assert "No month stands out" in result.text("en") and "Kein Monat hebt sich" in result.text("de")
    assert not [w for w in churn.hazard(data).warnings if "notice" in w.text("en")]


def test_the_table_goes_from_the_last_month_that_counts_to_the_month_of_leaving(tables):
    data = opened(tables, exposure={"window_months": 3, "lag_months": 2})
    table = churn.leads(data).table
    assert table["lead_months"].tolist() == [4, 3, 2, 1, 0]
    assert (table["leavers_low"] <= table["leavers"]).all() and (table["low"] <= table["excess"]).all()
    assert table["excess"].tolist() == pytest.approx((table["leavers"] - table["stayers"]).tolist())


def test_the_month_of_leaving_is_told_and_refuses_nothing(data):
    """The drawn company records an experience in the month of three ends of ten."""
    for result in (churn.after(data), churn.hazard(data)):
        assert result.available
        assert any("in the very month of leaving" in warning.text("en") for warning in result.warnings)


def test_groups_smaller_than_may_be_shown_are_not(tables):
    result = churn.leads(opened(tables, minimum_group=3000))
    assert not result.available
    assert "Fewer than 3,000 customers left" in result.text("en")
    assert "weniger als 3.000" in result.text("de")
    months = churn.leads(opened(tables, minimum_group=500)).table
    assert (months["customers"] >= 500).all() and 0 in months["lead_months"].to_numpy()


def test_too_few_who_left_are_said_to_be_too_few(tables):
    people = tables["customers"]
    few = people[people["end_no"].isna() | (people["customer_no"] < 60)]
    data = opened(tables | {"customers": few})
    result = churn.leads(data)
    assert result.available
    assert "cannot be told from fewer than 30" in result.text("en")
    assert data.once(Study).leads.refusal is None


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_picture_sets_the_month_of_leaving_apart(notice_two_months_before, language):
    result = churn.leads(opened_company(notice_two_months_before))
    with speaking(language):
        axes = charts.lead_profile(result)
        axes.figure.canvas.draw()
    drawn_lines = [line.get_xdata() for line in axes.get_lines() if line.get_marker() == "o"]
    assert sorted(map(len, drawn_lines)) == [1, 1, 12, 12]
    assert all(tick.get_text() != "" and "-" not in tick.get_text() for tick in axes.get_xticklabels())
    assert f"{100 * result.table['leavers'].iloc[-3]:.1f}".replace(
        ".", "," if language == "de" else "."
    ) in axes.get_label().replace("\xa0", " ")
    plt.close(axes.figure)


def test_exports_with_notice_before_the_end_are_refused_in_both_languages(tmp_path):
    """From the files of a company on: an abandoned call when notice is given, and no effect at all."""
    adversary = adversaries.notice(tmp_path, customers=4000, months_before=3)
    data = cx.open_dataset(adversary.folder)
    for result in (churn.hazard(data), churn.risk(data)):
        assert not result.figures
        assert "recorded 3 months before the end" in result.text("en")
        assert "definitions.exposure.lag_months: 4" in result.text("de")
    assert adversary.truth["churn.hr.adjusted.1"] == 1.0


def test_the_measure_is_what_the_notebook_calls(tables):
    """No module of the chapter may have the name of a measure: it would hide it."""
    data = opened(tables)
    assert [getattr(cx.churn, name)(data).name for name in churn.__all__] == [
        f"churn.{name}" for name in churn.__all__
    ]
