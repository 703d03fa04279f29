-- One row is one month from $first to $last in which the table has rows.
SELECT
    month_no,
    count(*) AS "rows"
FROM {table}
WHERE month_no BETWEEN $first AND $last
GROUP BY month_no
