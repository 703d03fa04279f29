-- One row is one customer of the last twelve months; said: 1 where an answer came in them.
SELECT *
FROM customers
LEFT JOIN (
    SELECT DISTINCT customer_no, 1 AS said
    FROM surveys
    WHERE score IS NOT NULL AND answered_no > $last - 12
) USING (customer_no)
WHERE start_no <= $last
    AND coalesce(end_no, $last) > $last - 12
    AND customer_no % $every = 0
