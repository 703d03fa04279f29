-- One row: rows of the months $first to $last that say both times, the delay from event to record in days
-- that half and nine in ten of them keep, and those recorded more than $late_days after their month's end.
SELECT
    count(*) AS "rows",
    quantile_cont(days, 0.5) AS median,
    quantile_cont(days, 0.9) AS high,
    sum(late) AS late
FROM (
    SELECT
        epoch(recorded_at - {event}) / 86400 AS days,
        CASE
            WHEN recorded_at >= (
                (CAST(make_date(month_no // 12, month_no % 12 + 1, 1) AS TIMESTAMP) + to_days($late_days))
                AT TIME ZONE $zone
            ) AT TIME ZONE 'UTC'
            THEN 1
            ELSE 0
        END AS late
    FROM {table}
    WHERE recorded_at IS NOT NULL
        AND {event} IS NOT NULL
        AND month_no BETWEEN $first AND $last
) AS timed
