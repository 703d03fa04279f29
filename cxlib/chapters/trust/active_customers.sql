-- One row: customers who are there at the end of the month $last.
SELECT count(*) AS n
FROM customers
WHERE start_no <= $last AND (end_no IS NULL OR end_no > $last)
