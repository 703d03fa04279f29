-- One row is one level of usage: months at risk with a bill in the month before, and ends after them.
-- The table usage (customer_no, month_no, level) is put in front.
SELECT level, count(*) AS months, count(*) FILTER (end_no = month_no + 1) AS gone
FROM usage
JOIN (
    SELECT customer_no, start_no, coalesce(end_no, 99999) AS end_no
    FROM customers
    WHERE start_no IS NOT NULL AND customer_no % $every = 0
) USING (customer_no)
WHERE month_no < $last AND start_no <= month_no AND end_no > month_no
GROUP BY level
ORDER BY level
