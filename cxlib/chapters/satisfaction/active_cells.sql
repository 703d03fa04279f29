-- One row is one kind of active customer: how many there are, were invited and answered, and what.
WITH answers AS ({latest}),
invited AS (
    SELECT customer_no
    FROM surveys
    WHERE {net_promoter}
        AND invited_at IS NOT NULL
        AND month_no BETWEEN $first AND $last
    GROUP BY customer_no
)

SELECT
    {levels},
    count(*) AS active,
    count(invited.customer_no) AS invited,
    count(answers.score) AS answered,
    {classes}
FROM customers
LEFT JOIN invited ON invited.customer_no = customers.customer_no
LEFT JOIN answers ON answers.customer_no = customers.customer_no AND answers.invited_at IS NOT NULL
{join}
WHERE start_no <= $last AND (end_no IS NULL OR end_no > $last)
GROUP BY {places}
ORDER BY {places}
