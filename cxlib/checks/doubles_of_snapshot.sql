-- One row: customers of a flat table, and rows beyond the first of each; it has no times of day to count.
SELECT
    'snapshot' AS "table",
    count(customer_id) AS "rows",
    count(customer_id) - count(DISTINCT customer_id) AS doubled,
    99 AS times
FROM snapshot
