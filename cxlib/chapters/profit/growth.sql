-- One row: sums over customers of how margin moves with tenure inside each customer's billed months.
-- xt: sum of margin x tenure about the customer's own means; tt: sum of squares of tenure about its mean.
SELECT
    count(*) AS customers,
    coalesce(sum(xt), 0) AS xt,
    coalesce(sum(tt), 0) AS tt,
    coalesce(sum(xt * xt), 0) AS xt_xt,
    coalesce(sum(xt * tt), 0) AS xt_tt,
    coalesce(sum(tt * tt), 0) AS tt_tt
FROM (
    SELECT
        customer_no,
        sum(margin * tenure) - sum(margin) * sum(tenure) / count(*) AS xt,
        sum(tenure * tenure) - sum(tenure) * sum(tenure) / count(*) AS tt
    FROM (
        SELECT
            b.customer_no,
            CAST(b.month_no - c.start_no AS DOUBLE) AS tenure,
            b.revenue - coalesce(b.direct_cost, 0) - coalesce(b.service_cost, 0) AS margin
        FROM billing AS b
        INNER JOIN customers AS c ON c.customer_no = b.customer_no
        WHERE b.customer_no >= $low
            AND b.customer_no < $high
            AND b.month_no BETWEEN $first AND $last
            AND b.month_no - c.start_no BETWEEN 1 AND $longest
            AND b.month_no <= coalesce(c.end_no, b.month_no)
    ) AS bill
    GROUP BY customer_no
    HAVING count(*) > 1
) AS customer
