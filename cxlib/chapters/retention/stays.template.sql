-- Customers by start and end month; {group} is the column whose values tell them apart.
SELECT
    start_no, end_no, coalesce(end_type, 'unknown') = 'involuntary' AS involuntary, {group} AS "group",
    count(*) AS customers
FROM customers
WHERE start_no <= $last AND (end_no IS NULL OR end_no >= $first)
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
