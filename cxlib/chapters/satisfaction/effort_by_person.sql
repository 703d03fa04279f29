-- One row is one kind of person: how many answers on effort such a person gave, their sum on a scale from 1 to
-- 7, and how many such people there are.
SELECT
    answers,
    total,
    count(*) AS people
FROM (
    SELECT
        customer_no,
        {unnamed} AS unnamed,
        count(*) AS answers,
        sum({ease}) AS total
    FROM surveys AS answers
    WHERE instrument = 'ces'
        AND score IS NOT NULL
        AND month_no BETWEEN $first AND $last
    GROUP BY 1, 2
) AS person
GROUP BY answers, total
ORDER BY answers, total
