-- One row: rows of the table in the months $first to $last, and the known customers they belong to.
SELECT
    count(*) AS "rows",
    count(DISTINCT customer_no) AS people
FROM {table}
WHERE {condition}
    AND month_no BETWEEN $first AND $last
