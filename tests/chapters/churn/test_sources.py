"""What experiences are known from: who stays silent is not in the data, and no verdict speaks for them."""

import pandas as pd
import pytest

import cxlib as cx
from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.sources import acting_share, judged
from cxlib.chapters.churn.study import Study
from cxlib.language import LANGUAGES
from tests import adversaries
from tests.chapters.churn.by_source import company, draw, with_known_end
from tests.panel.customer_months import FIRST, LAST, opened

NOTHING_CHANGES_IT = ("no hidden cause", "keine verborgene Ursache", "nothing unmeasured")


def card(result, language="en"):
    return " ".join(line.text(language) for _, line in result.lines)


@pytest.fixture(scope="module", params=[("complaint", 0.2), ("rating", 0.1)], ids=lambda param: param[0])
def silent_company(request, tmp_path_factory):
    """A company of which an experience is known only where the customer speaks; the others leave."""
    source, complain = request.param
    folder = tmp_path_factory.mktemp(source) / "company"
    made = adversaries.silent(folder, customers=6_000, complain=complain, source=source)
    return cx.open_dataset(made.folder), made.truth["churn.after12.1"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_true_claim_is_not_contradicted_by_those_who_speak(silent_company, language):
    data, truth = silent_company
    result = churn.claim(data)
    # The share among those who speak is far below the true one: a verdict on it would be wrong.
    observed = churn.after(data).figure("churn.after12.generous.1")
    assert observed.high < 50 < truth
    assert {figure.verdict for figure in result.figures} == {"not decidable"}
    assert not any(word in card(result, language) for word in NOTHING_CHANGES_IT)
    said = {"en": "Silent customers are not in it", "de": "Kunden, die schweigen, sind nicht darin"}
    assert said[language] in result.sentences[0].text(language)
    told = {
        "en": "are known only because the customer acted",
        "de": "nur bekannt, weil der Kunde selbst etwas tat",
    }
    assert told[language] in observed.note.text(language)


@pytest.mark.parametrize(
    "sources",
    [
        {"rating": 1},
        {None: 1},
        {"rating": 0.5, "complaint": 0.4, None: 0.1},
        {"rating": 0.94, "failure": 0.004, "complaint": 0.056},
    ],
)
def test_what_needs_the_customer_to_act_decides_nothing(sources):
    tables = draw(sources, leaving=0.02)
    result = churn.claim(company(tables))
    assert {figure.verdict for figure in result.figures} == {"not decidable"}
    assert "silent customers" in card(result)


def test_half_complaints_half_failures_are_judged_on_the_failures():
    tables = draw({"complaint": 0.5, "failure": 0.5})
    experiences = tables["negative_experiences"]
    # Who complains leaves at once, so that complaints and failures differ plainly.
    gone = experiences.query("source == 'complaint'").set_index("customer_no")["month_no"] + 1
    people = tables["customers"].set_index("customer_no")
    people.loc[gone.index, "end_no"] = people.loc[gone.index, "end_no"].combine(
        gone, lambda a, b: b if pd.isna(a) else min(a, b)
    )
    people["end_type"] = people["end_no"].notna().map({True: "voluntary", False: None})
    tables["customers"] = people.reset_index()
    data = company(tables)
    result = churn.claim(data)
    figure = result.figure("claim.zendesk.1")
    assert figure.verdict == "contradicted"
    failures = tables | {"negative_experiences": experiences.query("source == 'failure'")}
    rows = failures["negative_experiences"].merge(tables["customers"], on="customer_no")
    assert (
        figure.n
        == ((rows["end_no"].isna() | (rows["end_no"] > rows["month_no"])) & (rows["month_no"] < LAST)).sum()
    )
    known = with_known_end(failures)
    share = (known["end_no"] <= known["month_no"] + 12).fillna(False).mean()
    observed = result.table.query("experiences == 1 and way == 'generous'").iloc[0]
    assert observed["low"] < share < observed["high"]
    assert "recorded for everybody can change that" in card(result)
    assert "Judged on the kinds of experience alone" in result.text("en")
    after = churn.after(data).figure("churn.after12.1")
    assert after.value > 50
    assert "known only because the customer acted" in after.note.text("en")


def test_the_share_known_from_customers_alone_is_told():
    tables = draw({"complaint": 0.2, "failure": 0.6, "rule": 0.2})
    data = company(tables)
    share = (tables["negative_experiences"]["source"] == "complaint").mean()
    assert acting_share(Study(data)) == pytest.approx(share)
    warning = churn.after(data).warnings[0].text("en")
    assert f"Up to {share:.1%} of the experiences" in warning and "(complaints)" in warning
    told = card(churn.claim(data))
    for source, name in {"complaint": "complaints", "failure": "failures", "rule": "broken rules"}.items():
        assert f"{(tables['negative_experiences']['source'] == source).mean():.1%} from {name}" in told


def test_a_few_complaints_are_judged_with_the_others_and_told():
    tables = draw({"complaint": 0.03, "failure": 0.97})
    data = company(tables)
    study = Study(data)
    assert judged(study) is study.followed
    result = churn.claim(data)
    assert result.figure("claim.zendesk.1").verdict == "contradicted"
    assert "of silent customers these are not seen" in card(result)
    assert not any(word in card(result) for word in NOTHING_CHANGES_IT)
    assert not churn.after(data).warnings


def test_a_complaint_beside_a_failure_of_the_month_is_known_without_it():
    tables = draw({"failure": 1})
    both = pd.concat(
        [tables["negative_experiences"], tables["negative_experiences"].assign(source="complaint")]
    )
    study = Study(company(tables | {"negative_experiences": both}))
    assert acting_share(study) == 0
    told = card(churn.claim(company(tables | {"negative_experiences": both})))
    assert "100.0% from failures" in told and "100.0% from complaints" in told


def test_customers_with_many_failures_do_not_hide_that_most_are_known_from_complaints():
    tables = draw({"complaint": 1}, customers=400)
    people = tables["customers"]
    there = people[people["end_no"].isna() & (people["start_no"] <= FIRST)]["customer_no"].head(200)
    months = pd.MultiIndex.from_product([there, range(FIRST, LAST + 1)], names=["customer_no", "month_no"])
    failures = months.to_frame(index=False).assign(source="failure")
    others = tables["negative_experiences"][~tables["negative_experiences"]["customer_no"].isin(there)].head(
        150
    )
    study = Study(company(tables | {"negative_experiences": pd.concat([others, failures])}))
    assert len(others) / (len(others) + len(failures)) < 0.05
    assert acting_share(study) == pytest.approx(len(others) / (len(others) + len(there)))
    assert judged(study) is study.recorded


@pytest.mark.parametrize("measure", ["hazard", "risk"])
def test_the_models_tell_that_silent_customers_are_not_recorded(tables, measure):
    complaints = tables["negative_experiences"].assign(source="complaint")
    result = getattr(churn, measure)(opened(tables | {"negative_experiences": complaints}))
    assert any("Up to 100.0% of the experiences" in text.text("en") for text in result.warnings)
