"""Who left after an experience: against plain pandas."""

from cxlib.chapters.churn import charts
from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.figures import FIGURES
from tests.panel.customer_months import LAST, opened


def test_after_follows_everybody_from_the_experience_on(data, tables):
    result = churn.after(data)
    ends = tables["customers"].set_index("customer_no")
    months = tables["negative_experiences"].drop_duplicates(["customer_no", "month_no"])
    first = months.sort_values("month_no").groupby("customer_no")["month_no"].min()
    end = ends.loc[first.index, "end_no"]
    generous = result.table.query("experience == 1 and counting == 'generous'").iloc[0]
    strict = result.table.query("experience == 1 and counting == 'strict'").iloc[0]
    assert generous["customers"] == len(first)
    assert strict["customers"] == ((end.isna() | (end > first)) & (first < LAST)).sum()
    assert strict["share"] < generous["share"]
    assert {figure.id for figure in result.figures} == set(FIGURES.of("churn.after"))


def test_after_tells_how_often_the_month_of_leaving_holds_an_experience(data):
    warnings = " ".join(warning.text("en") for warning in churn.after(data).warnings)
    assert "in the very month of leaving" in warnings


def test_where_nobody_left_the_upper_limit_is_that_of_none_of_those_at_risk(tables):
    forced = tables["customers"]["end_no"].notna().map({True: "involuntary", False: None})
    customers = tables["customers"].assign(end_type=forced.astype("string"))
    result = churn.after(opened(tables | {"customers": customers}))
    assert result.figure("churn.after12.1").value == 0 < result.figure("churn.after12.1").high
    assert "\N{EN DASH}" not in result.text("en")
    charts.incidence(result)
