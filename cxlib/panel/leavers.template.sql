-- One row counts customers who left on their own account in the window and are alike in their
-- combination of control levels (`pattern` in braces), in the months they were seen before leaving
-- (`known`) and in the months with an experience (bit k: k months before leaving, at most $most).
WITH experienced AS (
    SELECT DISTINCT customer_no, month_no
    FROM negative_experiences
    WHERE month_no BETWEEN $first AND $last
),

leavers AS (
    SELECT customer_no, end_no, end_no - greatest(start_no, $first) AS known, {pattern} AS pattern
    FROM customers
    WHERE end_no BETWEEN greatest(start_no + 1, $first) AND $last
        AND coalesce(end_type, 'unknown') <> 'involuntary'
),

before AS (
    SELECT
        leavers.customer_no,
        known,
        pattern,
        bit_or(CASE WHEN month_no BETWEEN end_no - known AND end_no AND end_no - month_no <= $most
                THEN CAST(1 AS BIGINT) << (end_no - month_no) ELSE CAST(0 AS BIGINT) END) AS months
    FROM leavers
    LEFT JOIN experienced ON leavers.customer_no = experienced.customer_no
    GROUP BY ALL
)

SELECT pattern, least(known, $most) AS known, months, count(*) AS customers
FROM before
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
