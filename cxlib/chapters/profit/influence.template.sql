-- One row: sums over customers of products of their influences on several functionals (see influence.py).
-- `grid` holds per tenure month -1..$longest, for each functional j: margin_j, the weight of a margin;
-- hazard_j, the weight of leaving; before_j, what being at risk up to that month was expected to add.
-- Month 0 is the start month, in which nothing is earned; month -1 stands for the time before it.
-- The places in braces repeat a term for each functional; they carry no values.
WITH grid AS (
    SELECT
        unnest($tenure) AS tenure,
        {grid}
),
life AS (
    SELECT
        customer_no,
        start_no,
        least(greatest($first - start_no, 0), $longest + 1) AS entry,
        least(least(coalesce(end_no, $last), $last) - start_no, $longest) AS leave,
        CASE
            WHEN end_no BETWEEN $first AND $last AND end_no - start_no BETWEEN 0 AND $longest
            THEN end_no - start_no
        END AS ended,
        CASE WHEN start_no >= $first THEN acquisition_cost END AS cost
    FROM customers
    WHERE customer_no >= $low
        AND customer_no < $high
        AND start_no <= $last
        AND coalesce(end_no, $last) >= $first
),
earned AS (
    SELECT
        l.customer_no,
        {earned}
    FROM billing AS b
    INNER JOIN life AS l ON l.customer_no = b.customer_no
    INNER JOIN grid AS g ON g.tenure = b.month_no - l.start_no
    WHERE b.customer_no >= $low
        AND b.customer_no < $high
        AND b.month_no - l.start_no BETWEEN l.entry AND l.leave
    GROUP BY l.customer_no
),
influence AS (
    SELECT
        {influence}
    FROM life AS l
    INNER JOIN grid AS later ON later.tenure = greatest(l.leave, l.entry - 1)
    INNER JOIN grid AS earlier ON earlier.tenure = l.entry - 1
    LEFT JOIN grid AS g ON g.tenure = l.ended
    LEFT JOIN earned AS e ON e.customer_no = l.customer_no
)
SELECT
    {products}
FROM influence
