-- One row is one month of the window in which anybody's usage is known.
SELECT DISTINCT month_no
FROM billing
WHERE month_no BETWEEN $first AND $last
    AND usage_value IS NOT NULL
ORDER BY month_no
