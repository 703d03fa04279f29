-- One row is one group of customers of a segment with the same first and last calendar month at risk.
-- The place in braces is the expression that joins the columns which make the segments; null: one is not known.
-- `ended` is 1 where they left in the month `leave`.
SELECT
    {segment} AS segment,
    greatest($first, c.start_no + 1) AS entry,
    least(coalesce(c.end_no, $last), $last) AS leave,
    CASE WHEN c.end_no <= $last THEN 1 ELSE 0 END AS ended,
    count(*) AS customers
FROM customers AS c
WHERE c.start_no < $last
    AND coalesce(c.end_no, $last) >= $first
    AND coalesce(c.end_no, $last) > c.start_no
GROUP BY {segment}, entry, leave, ended
