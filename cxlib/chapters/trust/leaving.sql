-- One row is one customer who was there at the end of the month $base: x is 1 for those who left until $last.
SELECT
    customer_no,
    CASE WHEN end_no BETWEEN $base + 1 AND $last THEN 1 ELSE 0 END AS x,
    1 AS m
FROM customers
WHERE start_no <= $base AND (end_no IS NULL OR end_no > $base)
