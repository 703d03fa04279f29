-- One row is one design weight above zero: the answers that have it.
SELECT
    weight,
    {classes}
FROM ({latest}) AS answers
WHERE weight > 0
GROUP BY weight
ORDER BY weight
