-- One row is one tenure month, at risk or not: what its billing rows add up to.
-- Margin is revenue less the direct and the service cost that are known.
SELECT
    tenure,
    at_risk,
    sum(margin) AS margin,
    sum(margin * margin) AS squares
FROM (
    SELECT
        b.month_no - c.start_no AS tenure,
        b.month_no > c.start_no AND b.month_no <= coalesce(c.end_no, b.month_no) AS at_risk,
        b.revenue - coalesce(b.direct_cost, 0) - coalesce(b.service_cost, 0) AS margin
    FROM billing AS b
    INNER JOIN customers AS c ON c.customer_no = b.customer_no
    WHERE b.month_no BETWEEN $first AND $last
        AND c.start_no IS NOT NULL
) AS bill
GROUP BY tenure, at_risk
