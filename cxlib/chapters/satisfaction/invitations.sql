-- One row is one kind of person: invitations of the months $first to $last sent by $deadline, those of them
-- answered, and how many such people there are.
SELECT
    invited,
    answered,
    count(*) AS people
FROM (
    SELECT
        customer_no,
        {unnamed} AS unnamed,
        count(*) AS invited,
        count(score) AS answered
    FROM surveys AS answers
    WHERE {net_promoter}
        AND month_no BETWEEN $first AND $last
        AND invited_at <= $deadline
    GROUP BY 1, 2
) AS person
GROUP BY invited, answered
ORDER BY invited, answered
