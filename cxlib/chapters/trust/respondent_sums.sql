-- One row is one group of customers by what they did with surveys of the months $first to $base: people, and
-- the sums of a person's total x, its months m, their squares and product.
WITH surveyed AS (
    SELECT
        customer_no,
        max(CASE WHEN score IS NOT NULL AND answered_no <= $base THEN 1 ELSE 0 END) AS said
    FROM surveys
    WHERE {condition}
        AND month_no BETWEEN $first AND $base
        AND customer_no IS NOT NULL
    GROUP BY customer_no
),
known AS ({known}),
person AS (
    SELECT
        CASE WHEN said = 1 THEN 'answered' WHEN said = 0 THEN 'silent' ELSE 'not asked' END AS "group",
        CAST(x AS DOUBLE) AS x,
        CAST(m AS DOUBLE) AS m
    FROM known
    LEFT JOIN surveyed ON surveyed.customer_no = known.customer_no
)

SELECT
    "group",
    count(*) AS people,
    sum(x) AS x,
    sum(m) AS m,
    sum(x * x) AS xx,
    sum(x * m) AS xm,
    sum(m * m) AS mm
FROM person
GROUP BY "group"
ORDER BY "group"
