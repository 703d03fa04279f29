-- One row is one scale on which an instrument was answered.
SELECT instrument, scale_low, scale_high, high_is_good, count(*) AS answers
FROM surveys
WHERE score IS NOT NULL AND instrument IN ('nps', 'csat', 'ces')
GROUP BY ALL
ORDER BY ALL
