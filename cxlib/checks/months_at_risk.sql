-- One row: all months at risk since the first bill, and the ends in them.
SELECT
    sum(greatest(0, least(end_no, $last) - greatest(start_no, first))) AS months,
    count(*) FILTER (end_no > greatest(start_no, first) AND end_no <= $last) AS gone
FROM (
    SELECT start_no, coalesce(end_no, 99999) AS end_no
    FROM customers
    WHERE start_no IS NOT NULL AND customer_no % $every = 0
), (SELECT min(month_no) AS first FROM billing)
