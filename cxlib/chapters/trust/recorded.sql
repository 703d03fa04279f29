-- One row is one customer who was there at the end of the month $base: what is recorded of them since $first
-- (x), and the months it belongs to (m).
WITH recorded AS (
    SELECT
        customer_no,
        {total} AS total,
        count(*) AS "rows"
    FROM {table}
    WHERE month_no BETWEEN $first AND $base
    GROUP BY customer_no
)

SELECT
    customers.customer_no,
    coalesce(recorded.total, 0) AS x,
    {months} AS m
FROM customers
LEFT JOIN recorded ON recorded.customer_no = customers.customer_no
WHERE start_no <= $base AND (end_no IS NULL OR end_no > $base)
