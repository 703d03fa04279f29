-- One row is two groups that people have in common, or a group with itself: these people, their answers and
-- satisfied answers in the first, and the sums of the products of both by person. Satisfied as in satisfied.
WITH person AS (
    SELECT
        {group} AS "group",
        coalesce(CAST(answers.customer_no AS VARCHAR), '') AS customer,
        coalesce({unnamed}, '') AS unnamed,
        CAST(count(*) AS DOUBLE) AS answers,
        CAST(sum({satisfied}) AS DOUBLE) AS successes
    FROM surveys AS answers
    {join}
    WHERE {condition}
        AND answers.score IS NOT NULL
        AND answers.month_no BETWEEN $first AND $last
        AND {group} IS NOT NULL
    GROUP BY 1, 2, 3
)

SELECT
    one."group" AS first,
    other."group" AS second,
    count(*) AS people,
    sum(one.answers) AS a_first,
    sum(one.successes) AS s_first,
    sum(one.answers * other.answers) AS aa,
    sum(one.answers * other.successes) AS "as",
    sum(one.successes * other.answers) AS sa,
    sum(one.successes * other.successes) AS ss
FROM person AS one
JOIN person AS other ON other.customer = one.customer AND other.unnamed = one.unnamed
GROUP BY 1, 2
ORDER BY 1, 2
