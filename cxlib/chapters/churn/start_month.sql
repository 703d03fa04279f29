-- One row: customers who left on their own account in the month in which they started.
SELECT count(*) AS customers
FROM customers
WHERE end_no BETWEEN $first AND $last
    AND end_no = start_no
    AND coalesce(end_type, 'unknown') <> 'involuntary'
