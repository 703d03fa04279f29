-- One row: of a table, the rows looked at, those that agree with another in the key, and their times of day.
-- In braces: the table as text and as name, the columns of the key, and the column of the time.
SELECT
    {literal} AS "table",
    sum(n) AS "rows",
    sum(n - 1) AS doubled,
    approx_count_distinct(epoch({time})::BIGINT % 86400) AS times
FROM (
    SELECT {key}, count(*) AS n
    FROM {table}
    WHERE customer_no % {every} = 0 AND {time} IS NOT NULL
    GROUP BY ALL
)
