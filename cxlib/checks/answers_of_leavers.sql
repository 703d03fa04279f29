-- One row is one instrument and group: how those who left within a year of their latest answer, and the
-- others, had answered (0-1 of the scale, high is good). Involuntary ends are left out.
WITH answers AS (
    SELECT
        customer_no,
        instrument,
        max(answered_no) AS asked,
        arg_max(
            CASE WHEN high_is_good THEN score - scale_low ELSE scale_high - score END
            / nullif(scale_high - scale_low, 0),
            answered_at
        ) AS good
    FROM surveys
    WHERE score IS NOT NULL
        AND customer_no % $every = 0
        AND instrument IN ('nps', 'csat', 'ces')
    GROUP BY customer_no, instrument
)
SELECT
    instrument AS "column",
    coalesce(CAST(end_no <= asked + 12 AS INTEGER), 0) AS gone,
    count(*) AS customers,
    avg(good) AS mean,
    coalesce(var_samp(good), 0) AS variance
FROM answers
JOIN customers USING (customer_no)
WHERE coalesce(end_no, 99999) > asked
    AND coalesce(end_type, '') <> 'involuntary'
    AND good IS NOT NULL
GROUP BY 1, 2
ORDER BY 1, 2
