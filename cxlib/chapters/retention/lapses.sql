-- Month by month: who had bought in the $days days before it, and who of them had not in the $days days
-- before its end. A purchase counts on its day in the dataset's zone.
WITH days AS (
    SELECT DISTINCT customer_id, CAST(occurred_at AT TIME ZONE 'UTC' AT TIME ZONE $zone AS DATE) AS day
    FROM purchases
    WHERE NOT coalesce(is_return, FALSE)
),
months AS (
    SELECT
        month_no,
        make_date(CAST((month_no - 1) // 12 AS INTEGER), CAST((month_no - 1) % 12 AS INTEGER) + 1, 1) AS first,
        make_date(CAST(month_no // 12 AS INTEGER), CAST(month_no % 12 AS INTEGER) + 1, 1) AS next
    FROM (SELECT unnest(generate_series($first, $last)) AS month_no) AS numbers
),
active AS (
    SELECT month_no, next, customer_id, max(day) AS latest
    FROM days JOIN months ON day >= first - CAST($days AS INTEGER) AND day < next
    GROUP BY month_no, first, next, customer_id
    HAVING min(day) < first
)
SELECT
    month_no, count(*) AS at_risk,
    sum(CASE WHEN latest < next - CAST($days AS INTEGER) THEN 1 ELSE 0 END) AS left
FROM active
GROUP BY month_no
ORDER BY month_no
