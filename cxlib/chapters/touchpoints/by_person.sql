-- One row is one kind of person, all touchpoints together: contacts of the month; recorded outcomes and
-- failures only at touchpoints that record the outcome of at least the share $least of their contacts.
WITH judged AS (
    SELECT touchpoint
    FROM interactions
    WHERE month_no = $month
    GROUP BY touchpoint
    HAVING count(outcome) > 0 AND count(outcome) >= $least * count(*)
)
SELECT contacts, known, failed, count(*) AS people
FROM (
    SELECT customer_id, count(*) AS contacts,
        sum(CASE WHEN judged.touchpoint IS NOT NULL AND outcome IS NOT NULL THEN 1 ELSE 0 END) AS known,
        sum(CASE WHEN judged.touchpoint IS NOT NULL AND outcome IN ('unresolved', 'abandoned')
            THEN 1 ELSE 0 END) AS failed
    FROM interactions
    LEFT JOIN judged ON judged.touchpoint = interactions.touchpoint
    WHERE month_no = $month
    GROUP BY customer_id
) AS person
GROUP BY contacts, known, failed
ORDER BY contacts, known, failed
