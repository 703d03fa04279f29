-- One row is one lead (months before leaving, 0 to $most) and one combination of control levels: leavers
-- with a stayer like them (same calendar month, tenure band, combination), how many of them had an
-- experience in the month of the lead, how many would have had one at the stayers' shares, and
-- the sum of leavers squared per stayer, for the variance of that.
-- `pattern` in braces numbers the combination. Only months count in which the customer was there.
WITH people AS (
    SELECT
        customer_no,
        start_no,
        coalesce(end_no, $never) AS end_no,
        coalesce(end_type, 'unknown') <> 'involuntary' AS voluntary,
        {pattern} AS pattern
    FROM customers
    WHERE start_no < $last AND coalesce(end_no, $never) >= $first
),

alike AS (
    SELECT start_no, end_no, voluntary, pattern, count(*) AS customers
    FROM people
    GROUP BY ALL
),

months AS (
    SELECT unnest(generate_series($first, $last)) AS month_no
),

leads AS (
    SELECT unnest(generate_series(0, $most)) AS lead_months
),

at_risk AS (
    SELECT
        month_no,
        start_no,
        pattern,
        sum(CASE WHEN end_no > month_no THEN customers ELSE 0 END) AS stayers,
        sum(CASE WHEN end_no = month_no AND voluntary THEN customers ELSE 0 END) AS leavers
    FROM alike
    INNER JOIN months ON month_no BETWEEN greatest(start_no + 1, $first) AND end_no
    GROUP BY ALL
),

strata AS (
    SELECT
        lead_months,
        month_no,
        len(list_filter($bands, lambda band : band <= month_no - start_no)) AS tenure_band,
        pattern,
        sum(stayers) AS stayers,
        sum(leavers) AS leavers
    FROM at_risk
    INNER JOIN leads ON month_no - lead_months >= greatest(start_no, $first)
    GROUP BY ALL
    HAVING sum(stayers) > 0 AND sum(leavers) > 0
),

experienced AS (
    SELECT DISTINCT customer_no, month_no
    FROM negative_experiences
    WHERE month_no BETWEEN $first AND $last
),

met AS (
    SELECT
        lead_months,
        experienced.month_no + lead_months AS month_no,
        len(list_filter($bands, lambda band : band <= experienced.month_no + lead_months - start_no)) AS tenure_band,
        pattern,
        sum(CASE WHEN end_no > experienced.month_no + lead_months THEN 1 ELSE 0 END) AS stayers,
        sum(CASE WHEN end_no = experienced.month_no + lead_months AND voluntary THEN 1 ELSE 0 END) AS leavers
    FROM experienced
    INNER JOIN people ON experienced.customer_no = people.customer_no AND experienced.month_no >= start_no
    INNER JOIN leads
        ON experienced.month_no + lead_months BETWEEN greatest(start_no + 1, $first) AND least(end_no, $last)
    GROUP BY ALL
)

SELECT
    lead_months,
    pattern,
    CAST(sum(strata.leavers) AS DOUBLE) AS leavers,
    CAST(sum(coalesce(met.leavers, 0)) AS DOUBLE) AS experienced,
    CAST(sum(strata.leavers * coalesce(met.stayers, 0) / strata.stayers) AS DOUBLE) AS expected,
    CAST(sum(strata.leavers * strata.leavers / strata.stayers) AS DOUBLE) AS spread
FROM strata
LEFT JOIN met USING (lead_months, month_no, tenure_band, pattern)
GROUP BY 1, 2
ORDER BY 1, 2
