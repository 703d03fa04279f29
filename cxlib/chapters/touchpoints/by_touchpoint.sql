-- One row is one kind of person at one touchpoint: contacts of the month, those with a recorded outcome,
-- and those that ended without a solution.
SELECT touchpoint, contacts, known, failed, count(*) AS people
FROM (
    SELECT touchpoint, customer_id, count(*) AS contacts, count(outcome) AS known,
        sum(CASE WHEN outcome IN ('unresolved', 'abandoned') THEN 1 ELSE 0 END) AS failed
    FROM interactions
    WHERE month_no = $month
    GROUP BY touchpoint, customer_id
) AS person
GROUP BY touchpoint, contacts, known, failed
ORDER BY touchpoint, contacts, known, failed
