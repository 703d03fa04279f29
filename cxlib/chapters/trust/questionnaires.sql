-- One row is one kind of person: questionnaires sent by $deadline, those of them answered, all that were
-- answered, and how many such people there are. A questionnaire may ask several things; its questions share
-- customer, invitation and touchpoint.
WITH question AS (
    SELECT
        *,
        CASE WHEN customer_no IS NULL THEN coalesce(response_group, response_id) END AS unnamed
    FROM surveys
    WHERE {condition}
        AND month_no BETWEEN $first AND $last
),
questionnaire AS (
    SELECT
        customer_no,
        unnamed,
        max(CASE WHEN invited_at <= $deadline THEN 1 ELSE 0 END) AS asked,
        max(CASE WHEN score IS NOT NULL THEN 1 ELSE 0 END) AS said
    FROM question
    GROUP BY customer_no, unnamed, invited_at, touchpoint
),
person AS (
    SELECT
        customer_no,
        unnamed,
        sum(asked) AS asked,
        sum(asked * said) AS answered,
        sum(said) AS answers
    FROM questionnaire
    GROUP BY customer_no, unnamed
)

SELECT
    asked,
    answered,
    answers,
    count(*) AS people
FROM person
GROUP BY asked, answered, answers
ORDER BY asked, answered, answers
