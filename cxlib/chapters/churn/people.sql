-- One row is one customer with at least one month at risk in the months $first to $last.
-- ending: 0 still there, 1 left on their own account or for an unknown reason, 2 involuntarily.
SELECT
    customer_no,
    start_no,
    coalesce(end_no, $never) AS end_no,
    CASE WHEN end_no IS NULL THEN 0 WHEN coalesce(end_type, 'unknown') = 'involuntary' THEN 2 ELSE 1 END AS ending
FROM customers
WHERE customer_no >= $low
    AND customer_no < $high
    AND start_no <= $last
    AND coalesce(end_no, $never) >= $first
