-- One row counts customers by place of the experience (1 the first recorded month, 2 the second), months to
-- the end of the data, months followed and ending (0 still there, 1 left on their own account or unknown,
-- 2 involuntarily). Only experiences known from one of $sources count.
WITH experienced AS (
    SELECT DISTINCT customer_no, month_no
    FROM negative_experiences
    WHERE month_no BETWEEN $first AND $last
        AND list_contains($sources, coalesce(source, 'unknown'))
),

placed AS (
    SELECT
        experienced.month_no,
        customers.end_no,
        customers.end_type,
        row_number() OVER (PARTITION BY experienced.customer_no ORDER BY experienced.month_no) AS place
    FROM experienced
    INNER JOIN customers ON experienced.customer_no = customers.customer_no
    WHERE experienced.month_no >= customers.start_no
        AND experienced.month_no <= coalesce(customers.end_no, $never)
)

SELECT
    place,
    $last - month_no AS seen,
    least(coalesce(end_no, $never), $last) - month_no AS followed,
    CASE WHEN end_no IS NULL THEN 0 WHEN coalesce(end_type, 'unknown') = 'involuntary' THEN 2 ELSE 1 END AS ending,
    count(*) AS customers
FROM placed
WHERE place <= 2
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
