-- One row is one customer at risk in the window: _months at risk in it, _gone (0 or 1).
SELECT
    *,
    coalesce(CAST(end_no BETWEEN $first AND $last AS INTEGER), 0) AS _gone,
    least(coalesce(end_no, $last), $last) - greatest(start_no, $first - 1) AS _months
FROM customers
WHERE start_no < least(coalesce(end_no, $last), $last)
    AND coalesce(end_no, $last) >= $first
    AND customer_no % $every = 0
