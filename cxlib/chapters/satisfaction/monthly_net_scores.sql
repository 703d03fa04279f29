-- One row is one month with answers, as it was known at its own end.
SELECT
    month_no,
    {classes}
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY month_no, customer_no ORDER BY answered_at DESC, response_id DESC
        ) AS place
    FROM surveys
    WHERE {net_promoter}
        AND score IS NOT NULL
        AND month_no BETWEEN $first AND $last
        AND answered_no <= month_no
) AS answers
WHERE place = 1 OR customer_no IS NULL
GROUP BY month_no
ORDER BY month_no
