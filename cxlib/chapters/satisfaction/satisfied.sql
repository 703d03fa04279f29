-- One row is one kind of person of one group: answers and satisfied answers of such a person, and how many
-- such people there are. Satisfied is $top or more, or without it one of the two best points of the scale.
SELECT
    "group",
    answers,
    successes,
    count(*) AS people
FROM (
    SELECT
        {group} AS "group",
        answers.customer_no,
        {unnamed} AS unnamed,
        count(*) AS answers,
        sum({satisfied}) AS successes
    FROM surveys AS answers
    {join}
    WHERE {condition}
        AND answers.score IS NOT NULL
        AND answers.month_no BETWEEN $first AND $last
        AND {group} IS NOT NULL
    GROUP BY 1, 2, 3
) AS person
GROUP BY "group", answers, successes
ORDER BY "group", answers, successes
