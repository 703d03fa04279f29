-- One row is one scale of the answers that satisfaction is counted from.
SELECT
    answers.scale_low AS low,
    answers.scale_high AS high
FROM surveys AS answers
WHERE {condition}
    AND answers.score IS NOT NULL
    AND answers.month_no BETWEEN $first AND $last
GROUP BY 1, 2
ORDER BY 1, 2
