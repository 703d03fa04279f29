-- Who bought again on a later day than the first; within 90 or 180 days among those followed that long.
WITH days AS (
    SELECT customer_id, CAST(occurred_at AT TIME ZONE 'UTC' AT TIME ZONE $zone AS DATE) AS day
    FROM purchases
    WHERE NOT coalesce(is_return, FALSE)
    GROUP BY 1, 2
),
starts AS (SELECT customer_id, min(day) AS first_day FROM days GROUP BY customer_id),
people AS (
    SELECT
        date_diff('day', first_day, CAST($end AS DATE)) AS followed,
        date_diff('day', first_day, min(CASE WHEN day > first_day THEN day END)) AS gap
    FROM days JOIN starts ON starts.customer_id = days.customer_id
    GROUP BY starts.customer_id, first_day
)
SELECT
    count(*) AS everybody, count(gap) AS again,
    sum(CASE WHEN followed >= 90 THEN 1 ELSE 0 END) AS followed_90,
    sum(CASE WHEN followed >= 90 AND gap <= 90 THEN 1 ELSE 0 END) AS again_90,
    sum(CASE WHEN followed >= 180 THEN 1 ELSE 0 END) AS followed_180,
    sum(CASE WHEN followed >= 180 AND gap <= 180 THEN 1 ELSE 0 END) AS again_180
FROM people
