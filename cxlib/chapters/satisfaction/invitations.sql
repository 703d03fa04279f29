-- One row: invitations of the months $first to $last sent by $deadline, and those of them answered.
SELECT
    count(*) AS invited,
    count(score) AS answered
FROM surveys
WHERE {net_promoter}
    AND month_no BETWEEN $first AND $last
    AND invited_at <= $deadline
