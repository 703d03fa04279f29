-- One row is one score on a scale from 1 to 7, 7 always being the good end; other scales are stretched to it.
SELECT
    {ease} AS score,
    count(*) AS answers
FROM surveys AS answers
WHERE instrument = 'ces'
    AND score IS NOT NULL
    AND month_no BETWEEN $first AND $last
GROUP BY 1
ORDER BY 1
