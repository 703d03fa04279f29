-- One row is one answer to the relational question of recommending, invited in the months $first to $last
-- (or answered, where nobody was invited): each customer's latest one, and every answer of nobody known.
SELECT *
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY customer_no ORDER BY answered_at DESC, response_id DESC) AS place
    FROM surveys
    WHERE {net_promoter}
        AND score IS NOT NULL
        AND month_no BETWEEN $first AND $last
) AS answered
WHERE place = 1 OR customer_no IS NULL
