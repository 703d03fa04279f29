-- Month by month: who had bought in the $days days before it, and who of them had not in the $days days
-- before its end; and who bought in it only, but not in the $days days before its end (at_once). A purchase
-- counts on its day in the dataset's zone.
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
    SELECT
        month_no,
        customer_id,
        min(day) < first AS there,
        max(day) < next - CAST($days AS INTEGER) AS lapsed
    FROM days JOIN months ON day >= first - CAST($days AS INTEGER) AND day < next
    GROUP BY month_no, first, next, customer_id
)
SELECT
    month_no,
    count(*) FILTER (WHERE there) AS at_risk,
    count(*) FILTER (WHERE there AND lapsed) AS left,
    count(*) FILTER (WHERE NOT there AND lapsed) AS at_once
FROM active
GROUP BY month_no
ORDER BY month_no
