-- One row is one kind of life: customers by start and end month.
SELECT start_no, end_no, count(*) AS customers
FROM customers
WHERE start_no IS NOT NULL
GROUP BY ALL
ORDER BY ALL
