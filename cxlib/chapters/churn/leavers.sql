-- One row: customers who left on their own account in the window, how many of them with an experience
-- recorded in the month of leaving, and how many with an unknown kind of end.
WITH experienced AS (
    SELECT DISTINCT customer_no, month_no
    FROM negative_experiences
    WHERE month_no BETWEEN $first AND $last
)

SELECT
    count(*) AS voluntary,
    count(experienced.month_no) AS experienced_at_the_end,
    CAST(sum(CASE WHEN coalesce(end_type, 'unknown') = 'unknown' THEN 1 ELSE 0 END) AS BIGINT) AS unknown_kind
FROM customers
LEFT JOIN experienced
    ON customers.customer_no = experienced.customer_no AND customers.end_no = experienced.month_no
WHERE end_no BETWEEN $first AND $last
    AND coalesce(end_type, 'unknown') <> 'involuntary'
