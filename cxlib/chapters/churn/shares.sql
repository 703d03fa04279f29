-- One row is one number of months with a recorded negative experience in the window $first to $last,
-- over the customers with at least one month at risk in it.
WITH counted AS (
    SELECT customer_no, count(DISTINCT month_no) AS months
    FROM negative_experiences
    WHERE month_no BETWEEN $first AND $last
    GROUP BY customer_no
)

SELECT
    coalesce(counted.months, 0) AS experiences,
    count(*) AS customers,
    CAST(sum(CASE WHEN coalesce(end_no, $never) <= $last THEN 1 ELSE 0 END) AS BIGINT) AS gone,
    CAST(sum(least(coalesce(end_no, $never), $last) - greatest(start_no + 1, $first) + 1) AS BIGINT) AS months_observed
FROM customers
LEFT JOIN counted ON customers.customer_no = counted.customer_no
WHERE start_no < $last
    AND coalesce(end_no, $never) >= $first
    AND coalesce(end_no, $never) > start_no
GROUP BY 1
ORDER BY 1
