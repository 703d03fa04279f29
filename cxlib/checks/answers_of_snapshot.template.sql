-- One row is one column of a flat table and one group: how leavers (`gone` 1) and the others had answered.
-- In braces: a query of `column`, `gone` and `good`, one row an answer.
SELECT
    "column",
    gone,
    count(good) AS customers,
    avg(good) AS mean,
    coalesce(var_samp(good), 0) AS variance
FROM ({answers})
WHERE good IS NOT NULL
GROUP BY "column", gone
ORDER BY "column", gone
