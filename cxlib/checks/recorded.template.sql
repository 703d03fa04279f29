-- One row is one group of customers, of one table (in braces): `gone` 1 left in the window, 0 did not.
-- `people` in braces is a query of the customers at risk; see recorded() for the columns.
WITH people AS (
    SELECT
        customer_no,
        _gone AS gone,
        start_no < $last - 3 AND (_gone = 0 OR end_no < $last - 3) AS settled
    FROM ({people})
),

seen AS (
    SELECT customer_no, max(month_no) AS latest
    FROM {table}
    WHERE month_no BETWEEN $first AND $last AND customer_no % $every = 0
    GROUP BY customer_no
)

SELECT
    {literal} AS "table",
    gone,
    count(*) AS customers,
    count(latest) AS seen,
    count(*) FILTER (settled) AS settled,
    count(*) FILTER (settled AND latest > $last - 3) AS active
FROM people
LEFT JOIN seen USING (customer_no)
GROUP BY gone
