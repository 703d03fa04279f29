-- One row: customer-months at risk in the calendar months $first to $last.
SELECT
    coalesce(
        sum(greatest(least(coalesce(end_no, $last), $last) - greatest(start_no + 1, $first) + 1, 0)), 0
    ) AS months
FROM customers
WHERE start_no IS NOT NULL
