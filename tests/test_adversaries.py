"""Every company made to mislead has what it says, counted in its files without the kit.

|z| <= 4.5 fails by chance once in 150,000. "No effect" is looked for as the planted story has it:
given usage of the month before, an experience of that month tells nothing about leaving.
"""

import duckdb
import numpy as np
import pandas as pd
import pytest

from cxlib.company.life import VOLUNTARY
from cxlib.company.people import FIRST_NUMBER
from tests import adversaries

LIMIT = 4.5
CUSTOMERS = 8_000


def nothing_follows_an_experience(company):
    """Return whether an experience is planted to change neither leaving nor usage."""
    calm, after = company.parameters.usage_table()
    return company.parameters.leave_exposure == (0.0, 0.0, 0.0) and (calm == after).all()


class Files:
    """The exports as tables: people, bad (months with a contact that went wrong), bills (usage).

    And traits: the customers with the trait that nobody recorded.
    """

    def __init__(self, made):
        self._engine = duckdb.connect()
        exports = made.folder / "exports"
        text = (exports / "crm.csv").read_text(encoding="cp1252")
        (made.folder / "crm-utf8.csv").write_text(text, encoding="utf-8")
        first = made.company.life.first
        self._engine.register(
            "traits", pd.DataFrame({"id": np.flatnonzero(made.company.life.trait) + FIRST_NUMBER})
        )
        self._engine.execute(
            f"""
            CREATE MACRO month_no(day) AS 12 * year(day) + month(day) - {first};
            CREATE TABLE people AS
            SELECT "Kundennummer" AS id, month_no(strptime("Vertragsbeginn", '%d.%m.%Y')) AS began,
                month_no(strptime("Kündigungsdatum", '%d.%m.%Y')) AS ended,
                "Kündigungsart" = 'durch Kunde' AS wanted
            FROM read_csv('{made.folder}/crm-utf8.csv', delim = ';', all_varchar = TRUE)
            WHERE "Vertragsbeginn" IS NOT NULL;
            ALTER TABLE people ALTER id TYPE BIGINT;
            CREATE TABLE bad AS
            SELECT DISTINCT account AS id, month_no(occurred_at) AS month, touchpoint, outcome
            FROM read_parquet('{exports}/events-*.parquet')
            WHERE outcome IN ('unresolved', 'abandoned') OR touchpoint = 'complaint';
            CREATE TABLE bills AS
            SELECT account AS id, month_no(month) AS month, (units >= 10)::INT + (units >= 30)::INT AS level
            FROM read_parquet('{exports}/invoicing.parquet');
            """
        )

    def rows(self, query):
        return self._engine.execute(query).fetchall()

    def one(self, query):
        return self.rows(query)[0]


AFTER_EXPERIENCE = """
    SELECT count(*) AS n, sum(bad) AS bad, sum(left_next) AS gone, sum(bad * left_next) AS both
    FROM (
        SELECT bills.month, bills.level, {by} AS part,
            ((bills.id, bills.month) IN (SELECT (id, month) FROM bad))::INT AS bad,
            coalesce(wanted AND ended = bills.month + 1, FALSE)::INT AS left_next
        FROM bills JOIN people USING (id)
        WHERE bills.month < 35
    )
    GROUP BY month, level, part
"""


def leaving_after_an_experience(files, by="0"):
    """Return z of those who leave right after an experience, within month and usage (Mantel-Haenszel)."""
    n, bad, gone, both = np.array(files.rows(AFTER_EXPERIENCE.format(by=by)), dtype=float).T
    some = n > 1
    n, bad, gone, both = n[some], bad[some], gone[some], both[some]
    variance = bad * (n - bad) * gone * (n - gone) / (n**2 * (n - 1))
    return (both - bad * gone / n).sum() / np.sqrt(variance.sum())


def share_is(hits, n, share):
    """Whether a count fits a share."""
    return abs(hits - n * share) < LIMIT * np.sqrt(n * share * (1 - share))


def rates(files, table):
    """Return events per customer there, month by month: experiences, or voluntary ends."""
    counted = {
        "bad": "SELECT month, count(DISTINCT id) FROM bad WHERE outcome <> 'unresolved' OR touchpoint <> "
        "'hotline' GROUP BY month ORDER BY month",
        "ends": "SELECT ended, count(*) FROM people WHERE wanted GROUP BY ended ORDER BY ended",
    }
    there = dict(files.rows("SELECT month, count(*) FROM bills GROUP BY month"))
    counts = dict(files.rows(counted[table]))
    return np.array([counts.get(month, 0) / there[month] for month in range(36)])


# --- notice ------------------------------------------------------------------------------------

NOTICE = [{}, {"months_before": 1, "share": 0.6}, {"months_before": 4, "share": 0.45}]


@pytest.fixture(scope="module", params=NOTICE, ids=str)
def notice(request, tmp_path_factory):
    options = {"months_before": 2, "share": 0.3} | request.param
    made = adversaries.notice(tmp_path_factory.mktemp("notice") / "made", customers=CUSTOMERS, **options)
    return options, made, Files(made)


HOTLINE = """
    SELECT count(*), count(bad.id)
    FROM people LEFT JOIN bad ON bad.id = people.id AND bad.month = ended - {lag} AND touchpoint = 'hotline'
    WHERE wanted AND ended - {lag} >= greatest(began, 0)
"""


def test_leavers_have_a_bad_contact_in_the_month_of_notice_and_in_no_other(notice):
    options, _, files = notice
    for lag in (1, 2, 3, 4, 5, 6):
        n, hits = files.one(HOTLINE.format(lag=lag))
        # About 1 % call the hotline in vain in any month.
        usual = 0.03 * n
        if lag == options["months_before"]:
            assert share_is(hits - usual / 2, n, options["share"]), lag
        else:
            assert hits < usual, lag


def test_who_gave_notice_and_is_there_still_has_that_contact_too(notice):
    """Of the last months as many more call in vain as will leave; 2 of 100 leave in a month at most."""
    options, made, files = notice
    assert made.company.life.last == 12 * 2026 + 10
    waiting = options["months_before"]
    called = """
        SELECT count(*) FROM bad JOIN people USING (id)
        WHERE touchpoint = 'hotline' AND ended IS NULL AND month {when}
    """
    (recent,) = files.one(called.format(when=f"> 35 - {waiting}"))
    (before,) = files.one(called.format(when=f"BETWEEN 36 - 2 * {waiting} AND 35 - {waiting}"))
    assert recent > before + 4 * waiting


def test_notice_hides_no_effect(notice):
    options, made, files = notice
    assert nothing_follows_an_experience(made.company)
    z = leaving_after_an_experience(files)
    assert (z > LIMIT) if options["months_before"] == 1 else (abs(z) < LIMIT)


def test_notice_in_the_month_of_the_end_is_a_contact_about_the_cancellation(tmp_path):
    made = adversaries.notice(tmp_path / "made", customers=CUSTOMERS, months_before=0, share=0.5)
    n, hits = Files(made).one(HOTLINE.format(lag=0))
    assert share_is(hits, n, 0.5)


# --- calendar ----------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [3.0, 0.4])
def test_leaving_and_experiences_rise_or_fall_together(tmp_path, factor):
    made = adversaries.rising(tmp_path / "made", customers=CUSTOMERS, leaving=factor, experiences=factor)
    files = Files(made)
    for table, low, high in (("bad", 0.8, 1.2), ("ends", 0.65, 1.4)):
        by_month = rates(files, table)
        grown = by_month[-6:].mean() / by_month[:6].mean()
        # The middles of the first and last half year, on a line from 1 to the factor.
        expected = (1 + (factor - 1) * 32.5 / 35) / (1 + (factor - 1) * 2.5 / 35)
        assert low < grown / expected < high, table
    assert abs(leaving_after_an_experience(files)) < LIMIT
    assert nothing_follows_an_experience(made.company)


@pytest.mark.parametrize("first", [18, 7])
def test_an_outage_is_followed_by_a_price_rise(tmp_path, first):
    made = adversaries.outage(tmp_path / "made", customers=CUSTOMERS, first=first)
    files = Files(made)
    months = np.arange(36)
    broken, dear = np.isin(months, (first, first + 1)), np.isin(months, first + 2 + np.arange(3))
    for table, hit, factor in (("bad", broken, 6.0), ("ends", dear, 6.0)):
        by_month = rates(files, table)
        assert by_month[hit].min() > 2 * by_month[~hit].max()
        assert by_month[hit].mean() / by_month[~hit].mean() == pytest.approx(factor, rel=0.25)
    assert abs(leaving_after_an_experience(files)) < LIMIT
    assert nothing_follows_an_experience(made.company)


# --- complaints alone --------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"complain": 0.4, "leave": 0.5, "within": 6}], ids=str)
def test_experiences_are_known_from_complaints_alone(tmp_path, options):
    made = adversaries.silent(tmp_path / "made", customers=CUSTOMERS, **options)
    files = Files(made)
    outcomes = dict(files.rows("SELECT touchpoint, count(*) FROM bad GROUP BY touchpoint"))
    assert set(outcomes) <= {"complaint", "hotline"}, "beside complaints only calls to cancel"
    query = (made.folder / "negative_experiences.sql").read_text(encoding="utf-8")
    assert query.count("'complaint' AS source") == query.count("SELECT") == 1
    # Those who complain leave as anybody does: some 2 % in two months, or soon after another experience.
    n, gone = files.one(
        "SELECT count(*), count(*) FILTER (wanted AND ended - month BETWEEN 1 AND 2) "
        "FROM bad JOIN people USING (id) WHERE touchpoint = 'complaint' AND month <= 33"
    )
    assert gone / n < 0.12


@pytest.mark.parametrize(
    ("options", "least", "most"),
    [({}, 62, 74), ({"complain": 1.0}, 5, 15), ({"complain": 0.0, "leave": 1.0}, 99, 100)],
    ids=str,
)
def test_most_leave_after_a_first_experience_where_most_are_silent(tmp_path, options, least, most):
    """Silent and leaving are .8 x .7 = 56 %; the rest leave for other reasons or after a second one."""
    made = adversaries.silent(tmp_path / "made", customers=CUSTOMERS, **options)
    assert least <= made.truth["churn.after12.1"] <= most


def test_the_claim_is_true_of_all_who_had_an_experience_not_of_those_who_complained(tmp_path):
    made = adversaries.silent(tmp_path / "made", customers=CUSTOMERS)
    n, gone = Files(made).one(
        "SELECT count(*), count(*) FILTER (wanted AND ended - first BETWEEN 1 AND 12) FROM people JOIN "
        "(SELECT id, min(month) AS first FROM bad WHERE touchpoint = 'complaint' GROUP BY id) USING (id) "
        "WHERE first <= 23"
    )
    assert made.truth["churn.after12.1"] > 60
    assert gone / n < 0.45


# --- bills -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{}, {"share": 0.25, "months_before": 2}, {"kinds": (VOLUNTARY,)}], ids=str
)
def test_leavers_have_no_bill_in_that_month_and_every_other(tmp_path, options):
    chosen = {"share": 0.6, "months_before": 1} | options
    made = adversaries.unbilled(tmp_path / "made", customers=CUSTOMERS, **options)
    files = Files(made)
    lag, kinds = chosen["months_before"], "wanted" if "kinds" in options else "TRUE"
    absent = f"""
        SELECT count(*), count(*) FILTER (bills.id IS NULL)
        FROM people LEFT JOIN bills ON bills.id = people.id AND month = ended - {{lag}}
        WHERE ended - {{lag}} >= greatest(began, 0) AND {kinds}
    """
    n, hits = files.one(absent.format(lag=lag))
    assert share_is(hits, n, chosen["share"])
    for other in {1, 2, 3} - {lag}:
        assert files.one(absent.format(lag=other))[1] == 0
    if "kinds" in options:
        assert files.one(absent.replace("AND wanted", "AND NOT wanted").format(lag=lag))[1] == 0
    missing = (made.company.life.usage < 3).sum() - files.one("SELECT count(*) FROM bills")[0]
    assert missing == hits
    assert made.truth["churn.hr.adjusted.2"] == pytest.approx(np.exp(1.2))


# --- the start month ---------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.2, 0.05])
def test_a_share_leave_in_the_month_of_their_start(tmp_path, share):
    made = adversaries.at_once(tmp_path / "made", customers=CUSTOMERS, share=share)
    files = Files(made)
    n, hits = files.one(
        "SELECT count(*), count(*) FILTER (wanted AND ended = began) FROM people WHERE began >= 0"
    )
    assert share_is(hits, n, share)
    n, still = files.one(
        "SELECT count(*), count(*) FILTER (ended IS NULL OR ended > began + 12) "
        "FROM people WHERE began BETWEEN 0 AND 23"
    )
    assert share_is(still, n, made.truth["retention.12m"] / 100)
    assert files.one("SELECT count(*) FROM bills JOIN people USING (id) WHERE ended = began")[0] == 0


# --- a hidden trait ----------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"share": 0.15, "experiences": 5.0, "leaving": 4.0}], ids=str)
def test_a_hidden_trait_brings_experiences_and_wanted_ends_alone(tmp_path, options):
    chosen = {"share": 0.3, "experiences": 3.0, "leaving": 2.5} | options
    made = adversaries.hidden_trait(tmp_path / "made", customers=CUSTOMERS, **options)
    files, trait = Files(made), made.company.life.trait
    new = made.company.life.start >= made.company.life.first
    assert share_is(trait[new].sum(), new.sum(), chosen["share"])
    by_trait = """
        SELECT (bills.id IN (FROM traits)) AS trait, avg((bad.id IS NOT NULL)::INT),
            avg(coalesce(wanted AND ended = bills.month + 1, FALSE)::INT),
            avg(coalesce(NOT wanted AND ended = bills.month + 1, FALSE)::INT)
        FROM bills JOIN people USING (id)
        LEFT JOIN (SELECT DISTINCT id, month FROM bad WHERE touchpoint <> 'hotline') AS bad
            ON bad.id = bills.id AND bad.month = bills.month
        WHERE level < 2 AND bills.month < 35 GROUP BY 1 ORDER BY 1
    """
    (_, met, left, lost), (_, met_more, left_more, lost_more) = files.rows(by_trait)
    assert met_more / met == pytest.approx(chosen["experiences"], rel=0.15)
    assert left_more / left == pytest.approx(chosen["leaving"], rel=0.2)
    # 300 involuntary ends: a ratio of shares has a standard error of 13 % at least.
    assert 0.5 < lost_more / lost < 1.7
    assert leaving_after_an_experience(files) > 2.5, "it looks like an effect"
    assert abs(leaving_after_an_experience(files, by="bills.id IN (FROM traits)")) < LIMIT
    assert nothing_follows_an_experience(made.company)
