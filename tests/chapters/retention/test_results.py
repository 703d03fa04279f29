"""Chapter 11: figures equal a count by hand, and its settings change numbers and words."""

import re

import numpy as np
import pytest

from cxlib.chapters.retention import results as retention
from cxlib.chapters.retention.figures import FIGURES
from cxlib.stats.intervals import wilson
from tests.chapters.retention import small
from tests.chapters.retention.small import purchase
from tests.chapters.tiny import answers, customers, opened


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return small.company(tmp_path_factory.mktemp("company"))


def test_churn_of_the_month_leaves_out_who_joined_in_it(company):
    result = retention.churn_rate(company)
    rate, forced = result.figure("churn.rate"), result.figure("churn.rate.involuntary")
    assert rate.n == 99
    assert (rate.value, rate.low, rate.high) == pytest.approx([100 * x for x in wilson(20, 99)], rel=1e-5)
    assert (forced.value, forced.n) == (pytest.approx(100 * 5 / 99, rel=1e-5), 99)
    assert "20 of 99. 5 of them had to leave" in result.text("en")


def test_a_year_of_churn_is_the_product_of_its_months(company):
    year = retention.churn_rate(company).figure("churn.rate.year")
    assert year.value == pytest.approx(100 * (1 - (1 - 10 / 109) * (1 - 20 / 99)), rel=1e-5)
    assert year.low < year.value < year.high


def test_where_nobody_left_figures_keep_an_interval(tmp_path):
    rows = [row | {"end_type": None} for row in customers(40, began="2025-06-15")]
    data = opened(tmp_path, customers=rows, as_of="2026-10", definitions={"observed_since": "2025-06"})
    year = retention.churn_rate(data).figure("churn.rate.year")
    stay = retention.kaplan_meier(data).figure("retention.12m")
    most = 100 * wilson(0, 40).high
    assert (year.value, year.low, year.high) == pytest.approx((0, 0, most), rel=1e-5)
    assert (stay.value, stay.low, stay.high) == pytest.approx((100, 100 - most, 100), rel=1e-5)
    assert "\N{EN DASH}" not in retention.kaplan_meier(data).text("en")


def test_the_curve_falls_where_customers_left(company):
    result = retention.kaplan_meier(company)
    assert result.figure("retention.12m").value == pytest.approx(100 * (1 - 10 / 109), rel=1e-5)
    assert result.figure("retention.12m").n == 149, "all who started from June 2025 on"
    curve = result.parts["curve"].set_index("time")["survival"]
    assert curve[8] == 1.0
    assert curve[9] == pytest.approx(1 - 10 / 109)
    assert curve[16] == pytest.approx((1 - 10 / 109) * (1 - 20 / 90))


def test_groups_are_compared(tmp_path):
    rows = [
        *customers(200, began="2025-06-10", segment="stays"),
        *customers(100, start=200, began="2025-06-10", segment="leaves"),
        *customers(100, start=300, began="2025-06-10", left="2025-12-10", segment="leaves"),
    ]
    data = opened(tmp_path, customers=rows, as_of="2026-10", definitions={"observed_since": "2025-06"})
    result = retention.by(data, "segment")
    assert dict(zip(result.table["group"], result.table["value"], strict=True)) == {
        "leaves": 0.5,
        "stays": 1.0,
    }
    assert "different pace" in result.text("en")


def test_ends_that_nobody_explained_have_no_involuntary_rate(tmp_path):
    rows = [*customers(50), *customers(5, start=50, left="2026-10-02")]
    result = retention.churn_rate(
        opened(tmp_path, customers=rows, as_of="2026-10", definitions={"observed_since": "2026-05"})
    )
    assert "do not say who ended" in result.absent["churn.rate.involuntary"].text("en")
    assert "fewer than twelve months" in result.absent["churn.rate.year"].text("en")


def test_churn_of_a_few_customers_is_not_shown(tmp_path):
    rows = [*customers(8), *customers(1, start=8, left="2026-10-02")]
    data = opened(tmp_path, customers=rows, as_of="2026-10", definitions={"observed_since": "2025-05"})
    assert retention.churn_rate(data).text("en") == "Fewer than 10 customers: so few are not shown."


def test_a_young_company_has_no_curve_of_twelve_months(tmp_path):
    rows = customers(50, began="2026-06-01")
    data = opened(tmp_path, customers=rows, as_of="2026-10", definitions={"observed_since": "2026-05"})
    result = retention.kaplan_meier(data)
    assert result.available and "retention.12m" in result.absent
    assert "after 4 months" in result.text("en")


# ---------------------------------------------------------------- the month of the start


def leaving_at_once(folder, *, kept=160, gone=40, **definitions):
    """Open a company: a fifth of the 225 who start from June 2025 to February 2026 leave in that month.

    And 300 from before the window; of the others 20 leave in August 2026, and 3 start and leave in October.
    """
    rows = customers(300, began="2024-01-10")
    rows += customers(20, start=300, began="2024-01-10", left="2026-08-10")
    for i, began in enumerate(
        [f"2025-{month:02}-05" for month in range(6, 13)] + ["2026-01-05", "2026-02-05"]
    ):
        rows += customers(kept // 8, start=1000 + 100 * i, began=began)
        rows += customers(gone // 8, start=1050 + 100 * i, began=began, left=began[:8] + "20")
    rows += customers(3, start=9000, began="2026-10-02", left="2026-10-20")
    return opened(
        folder, customers=rows, as_of="2026-10", definitions={"observed_since": "2025-06"} | definitions
    )


def test_who_leaves_in_the_month_of_starting_counts(tmp_path):
    """48 of 228 leave at once, 3 of them in the report's month; the others stay."""
    data = leaving_at_once(tmp_path)
    result = retention.kaplan_meier(data)
    figure = result.figure("retention.12m")
    kept = 1 - 48 / 228
    assert figure.n == 228
    # Of the old customers 20 leave, all of them after more than twelve months.
    assert figure.value == pytest.approx(100 * kept, rel=1e-5)
    spread = 1.959964 * np.sqrt(48 / (228 * 180)) / np.log(kept)
    assert (figure.low, figure.high) == pytest.approx(
        (100 * kept ** np.exp(-spread), 100 * kept ** np.exp(spread)), rel=1e-5
    )
    assert "In the very month in which they started, 21.1% of them left" in result.text("en")
    assert "Noch im Monat ihres Beginns sind 21,1" in result.text("de")
    assert result.table["time"].tolist()[:2] == [0, 1]
    cells = retention.cohorts(data).parts["cells"]
    year = cells[cells["months"] == 12]
    assert year["share"].tolist() == pytest.approx([0.8] * 5)


def test_the_rate_says_who_came_and_went_in_the_month(tmp_path):
    data = leaving_at_once(tmp_path)
    result = retention.churn_rate(data)
    assert result.figure("churn.rate").value == 0
    assert "3 more left in the very month in which they started" in result.text("en")
    assert "3 weitere Kunden gingen noch im Monat ihres Beginns" in result.text("de")
    assert "In these twelve months 23 more left" in result.text("en"), "November to February, and October"
    assert "3 more" in result.figure("churn.rate").note.text("en")
    assert result.table["at_once"].sum() == 48 and "at_once" in result.columns


def test_where_nobody_came_and_went_nothing_is_said_of_it(company):
    result = retention.churn_rate(company)
    assert "more left" not in result.text("en") and result.figure("churn.rate").note is None
    assert "at_once" not in result.columns
    assert "In the very month" not in retention.kaplan_meier(company).text("en")


def test_all_may_leave_in_the_month_of_starting(tmp_path):
    data = leaving_at_once(tmp_path, kept=0, gone=320)
    result = retention.kaplan_meier(data)
    figure = result.figure("retention.12m")
    assert (figure.value, figure.low) == (0, 0)
    assert figure.high == pytest.approx(100 * wilson(0, figure.n).high, rel=1e-5)
    assert "Half of them or more have left in the very month" in result.text("en")
    assert "Die Hälfte von ihnen oder mehr ist noch im Monat ihres Beginns" in result.text("de")


def test_a_group_of_which_all_leave_is_not_left_out(tmp_path):
    rows = [
        *customers(60, began="2025-06-10", segment="stays"),
        *customers(40, start=100, began="2025-07-10", left="2025-07-11", segment="goes"),
        *customers(20, start=200, began="2025-07-10", segment="few"),
    ]
    data = opened(tmp_path, customers=rows, as_of="2026-10", definitions={"observed_since": "2025-06"})
    result = retention.by(data, "segment")
    assert dict(zip(result.table["group"], result.table["value"], strict=True)) == {"goes": 0, "stays": 1}
    assert "1 group is left out" in result.warnings[0].text("en")
    assert "1 Gruppe fehlt" in result.warnings[0].text("de")


def test_a_shop_says_who_bought_and_lapsed_in_the_month(tmp_path):
    rows = [purchase(f"a{i}", day) for i in range(20) for day in ("2026-09-25", "2026-10-25")]
    rows += [purchase(f"b{i}", "2026-10-02") for i in range(4)]
    churn = {"kind": "inactivity", "inactivity_days": 14}
    rows += [purchase("z", "2026-01-02")]
    result = retention.churn_rate(opened(tmp_path, purchases=rows, definitions={"churn": churn}))
    assert result.figure("churn.rate").n == 20
    assert "4 more bought in the month and counted as gone by its end" in result.text("en")
    assert "4 weitere Kunden kauften im Monat" in result.text("de")


# ---------------------------------------------------------------- purchases


def test_purchases_have_no_churn_rate_and_say_why(tmp_path):
    data = opened(tmp_path, purchases=[purchase("a", "2026-10-30")])
    for function in (retention.churn_rate, retention.kaplan_meier):
        result = function(data)
        assert result.absent and "no contract that ends" in result.text("en")


# ---------------------------------------------------------------- settings


def measured(data):
    """Return every result of the chapter."""
    return [getattr(retention, name)(data) for name in retention.__all__]


def words(result, language):
    """Return every sentence that a reader of a result or of its figures can meet."""
    figures = [text for f in result.figures for text in (f.label, f.method, f.note) if text is not None]
    said = [*result.sentences, *result.method, *result.warnings, *result.absent.values(), *figures]
    headings = [] if result.table.empty else list(result.shown(language))
    return [text.text(language) for text in said] + headings


@pytest.fixture(scope="module")
def lapsing(tmp_path_factory):
    """A shop where leaving means 60 days without a purchase.

    In September 2026: 30 customers who bought in July and no more (20 on the 25th, 10 on the 31st), and 40
    who bought in September.
    """
    rows = [purchase(f"a{i}", "2025-07-01") for i in range(12)]
    rows += [purchase(f"b{i}", "2026-07-25") for i in range(20)]
    rows += [purchase(f"c{i}", "2026-07-31") for i in range(10)]
    rows += [purchase(f"d{i}", day) for i in range(40) for day in ("2026-08-20", "2026-09-12")]
    churn = {"kind": "inactivity", "inactivity_days": 60}
    folder = tmp_path_factory.mktemp("lapsing")
    return opened(folder, month="2026-09", purchases=rows, definitions={"churn": churn})


def test_with_inactivity_who_has_not_bought_for_so_many_days_has_left(lapsing):
    result = retention.churn_rate(lapsing)
    rate = result.figure("churn.rate")
    # 60 days before 1 October begin on 2 August: the 30 of July have lapsed by then.
    assert (rate.value, rate.low, rate.high) == pytest.approx([100 * x for x in wilson(30, 70)], rel=1e-5)
    assert rate.n == 70
    assert "had not bought for 60 days (between" in result.text("en")
    assert "Sie hatten 60 Tage lang nicht gekauft" in result.text("de")
    assert "in the last 60 days counts as a customer" in rate.method.text("en")
    assert rate.note.text("en") == "who has not bought for 60 days counts as gone"
    assert "customer again" in result.absent["churn.rate.year"].text("en")
    assert set(result.absent) == {"churn.rate.involuntary", "churn.rate.year", "churn.snapshot.share"}


@pytest.mark.parametrize(("days", "left"), [(107, None), (108, 30), (138, 30), (139, 0)])
def test_the_days_of_inactivity_decide_who_is_a_customer(tmp_path, days, left):
    """15 June is 107 days before 30 September and 138 days before 31 October."""
    rows = [purchase("z", "2026-01-02"), *(purchase(f"b{i}", "2026-10-01") for i in range(20))]
    rows += [purchase(f"a{i}", "2026-06-15") for i in range(30)]
    churn = {"kind": "inactivity", "inactivity_days": days}
    result = retention.churn_rate(opened(tmp_path, purchases=rows, definitions={"churn": churn}))
    if left is None:
        assert result.text("en") == "Nobody was a customer at the month's start."
    else:
        rate = result.figure("churn.rate")
        assert (rate.value, rate.n) == (pytest.approx(100 * left / 30), 30)


def test_inactivity_without_enough_past_or_without_purchases_says_so(tmp_path):
    churn = {"churn": {"kind": "inactivity", "inactivity_days": 400}}
    shop = opened(tmp_path / "shop", purchases=[purchase("a", "2026-10-30")], definitions=churn)
    assert "not bought for 400 days; these data do not reach so far back" in (
        retention.churn_rate(shop).text("en")
    )
    people = opened(tmp_path / "p", customers=customers(50), as_of="2026-10", definitions=churn)
    for measure in (retention.churn_rate, retention.kaplan_meier, retention.cohorts):
        assert "not bought for 400 days, and these data hold no purchases" in measure(people).text("en")


def test_the_method_says_that_all_ends_count(company):
    assert "in whatever way" in retention.churn_rate(company).method[0].text("en")
    assert "all ends" in retention.kaplan_meier(company).method[0].text("en")


def test_the_first_observed_month_opens_the_window(tmp_path):
    late = small.company(tmp_path / "april", observed_since="2026-04")
    result = retention.churn_rate(late)
    assert result.table["month"].tolist()[0] == "2026-04"
    assert result.figure("churn.rate").value == pytest.approx(100 * 20 / 99, rel=1e-5)
    assert "churn.rate.year" in result.absent, "April to October are seven months"
    august = small.company(tmp_path / "august", observed_since="2025-08", minimum_group=9)
    assert retention.cohorts(august).table["cohort"].tolist() == ["2025-08"], "who began earlier is no cohort"


def test_the_smallest_group_hides_months_and_figures(tmp_path):
    rows = [*customers(12, began="2026-05-10"), *customers(90, start=12, began="2026-06-10")]
    for minimum, hidden in [(12, []), (13, ["2026-06"])]:
        data = opened(
            tmp_path / str(minimum),
            customers=rows,
            as_of="2026-10",
            definitions={"observed_since": "2026-05", "minimum_group": minimum},
        )
        table = retention.churn_rate(data).table
        assert table.loc[table["rate"].isna(), "month"].tolist() == hidden
        assert table.loc[table["at_risk"].isna(), "month"].tolist() == hidden
    assert "\N{EN DASH}" in retention.churn_rate(data).shown("de").to_string()


def test_curves_need_the_smallest_group_where_that_is_more_than_thirty(tmp_path):
    many = small.company(tmp_path, minimum_group=100)
    curve = retention.kaplan_meier(many)
    assert curve.parts["curve"]["at_risk"].min() >= 100
    assert "while 100 or more customers are at risk" in curve.method[0].text("en")
    assert "solange 100 oder mehr Kunden" in curve.method[0].text("de")
    assert "retention.12m" in curve.absent
    assert curve.absent["retention.12m"].text("de").endswith("waren weniger als 100 Kunden zu sehen.")


def test_groups_are_those_of_the_segments(tmp_path):
    rows = [
        row | {"segment": "one", "region": "north" if i % 2 else "south"}
        for i, row in enumerate(customers(200, began="2025-06-10"))
    ]
    since = {"observed_since": "2025-06", "segments": ["region"]}
    result = retention.by(opened(tmp_path, customers=rows, as_of="2026-10", definitions=since))
    assert result.table["group"].tolist() == ["north", "south"]
    assert "by “region”" in result.text("en") and "nach „region“" in result.text("de")


# ---------------------------------------------------------------- refusals and words


def refused(tmp_path):
    """Return datasets that cannot give some or all of the chapter."""
    since = {"observed_since": "2025-06"}
    month = {"month": "2026-10", "as_of": "2026-10"}
    bought = [purchase("a", "2026-10-30")]
    inactive = {"churn": {"kind": "inactivity", "inactivity_days": 60}}
    yield opened(tmp_path / "answers", surveys=answers(9, 12))
    yield opened(tmp_path / "few", customers=customers(5), definitions=since, **month)
    yield opened(tmp_path / "gone", customers=customers(50, left="2026-03-01"), definitions=since, **month)
    yield opened(tmp_path / "young", customers=customers(50, began="2026-08-01"), definitions=since, **month)
    yield opened(tmp_path / "new", customers=customers(50, began="2026-10-05"), definitions=since, **month)
    yield opened(tmp_path / "one", snapshot=[{"churned": True, "tenure_months": 3}], **month)
    yield opened(tmp_path / "flat", snapshot=[{"churned": i < 9} for i in range(30)], **month)
    yield opened(tmp_path / "bought", purchases=bought)
    yield opened(tmp_path / "all", purchases=bought, definitions={"minimum_group": 1})
    back = [purchase("a", "2026-10-30", is_return=True)]
    yield opened(tmp_path / "returned", purchases=back)
    yield opened(tmp_path / "inactive", purchases=bought, definitions=inactive)
    yield opened(tmp_path / "without", customers=customers(50), definitions=inactive, **month)


def test_every_reason_is_german_for_a_german_reader(tmp_path):
    reasons = set()
    for data in refused(tmp_path):
        for result in measured(data):
            reasons |= {(words.text("en"), words.text("de")) for words in result.absent.values()}
            if not result.available:
                reasons.add((result.text("en"), result.text("de")))
    assert len(reasons) >= 12
    assert not [english for english, german in reasons if english == german or _english(german)]


def _english(text):
    return re.search(r"\b(the|that|customers|these|not|and|of|is)\b", text)


def test_every_sentence_and_heading_is_german_for_a_german_reader(company, lapsing, tmp_path):
    snapshot = [{"churned": i < 60, "tenure_months": 14, "segment": "ab"[i % 2]} for i in range(200)]
    flat = opened(tmp_path / "flat", snapshot=snapshot, as_of="2026-10")
    groups = [
        *customers(80, began="2025-06-10", segment="a"),
        *customers(80, start=80, began="2025-06-10", left="2026-05-02", segment="a"),
        *customers(80, start=160, began="2025-07-10", segment="b"),
    ]
    since = {"observed_since": "2025-06"}
    two = opened(tmp_path / "two", customers=groups, as_of="2026-10", definitions=since)
    seen = [result for data in (company, lapsing, flat, two) for result in measured(data)]
    assert {figure.id for result in seen for figure in result.figures} == set(FIGURES)
    wrong = [text for result in seen for text in words(result, "de") if _english(text)]
    assert not wrong
    for result in seen:
        same = set(words(result, "en")) & set(words(result, "de"))
        assert not same, same


def test_every_figure_has_the_label_and_unit_of_its_declaration(company, lapsing):
    for data in (company, lapsing):
        for result in measured(data):
            for figure in result.figures:
                declared = FIGURES[figure.id]
                assert (figure.label, figure.unit) == (declared.label, declared.unit)
                assert declared.measure == result.name


def test_every_declared_figure_is_given_or_absent_whatever_the_data(company, lapsing, tmp_path):
    for data in (company, lapsing, *refused(tmp_path)):
        said = [id for result in measured(data) for id in [*(f.id for f in result.figures), *result.absent]]
        assert sorted(said) == sorted(FIGURES)


def test_a_curve_is_made_once_for_all_results(company):
    assert retention.kaplan_meier(company).parts["curve"] is retention.kaplan_meier(company).parts["curve"]
