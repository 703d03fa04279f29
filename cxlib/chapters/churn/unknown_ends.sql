-- One row: ends in the window of which it is not known whether the customer wanted to leave.
SELECT count(*) AS ends
FROM customers
WHERE end_no BETWEEN $first AND $last
    AND coalesce(end_type, 'unknown') = 'unknown'
