-- One row: full months of customers in the time of billing, and their bills.
WITH people AS (
    SELECT
        customer_no,
        end_no,
        greatest(start_no + 1, (SELECT min(month_no) FROM billing)) AS since,
        least(coalesce(end_no - 1, $last), $last) AS until
    FROM customers
    WHERE start_no IS NOT NULL AND customer_no % $every = 0
),
bills AS (
    SELECT
        count(*) FILTER (month_no BETWEEN since AND until) AS billed,
        count(*) FILTER (month_no BETWEEN since AND until AND revenue = 0) AS zero,
        count(DISTINCT customer_no) FILTER (month_no > end_no AND revenue > 0) AS after
    FROM billing
    JOIN people USING (customer_no)
)
SELECT
    sum(greatest(0, until - since + 1)) AS months,
    any_value(billed) AS billed,
    any_value(zero) AS zero,
    count(end_no) AS ended,
    any_value(after) AS after
FROM people, bills
