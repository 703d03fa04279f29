-- One row is one segment in one calendar month: margin of the customers at risk in it.
-- The place in braces is the expression that joins the columns which make the segments.
SELECT
    {segment} AS segment,
    b.month_no,
    sum(b.revenue - coalesce(b.direct_cost, 0) - coalesce(b.service_cost, 0)) AS margin
FROM billing AS b
INNER JOIN customers AS c ON c.customer_no = b.customer_no
WHERE b.month_no BETWEEN $first AND $last
    AND b.month_no > c.start_no
    AND b.month_no <= coalesce(c.end_no, b.month_no)
    AND {segment} IS NOT NULL
GROUP BY {segment}, b.month_no
