-- One row is one question put to people who answered.
SELECT instrument, touchpoint, count(*) AS asked, count(score) AS rated
FROM surveys
WHERE answered_at IS NOT NULL
GROUP BY ALL
ORDER BY ALL
