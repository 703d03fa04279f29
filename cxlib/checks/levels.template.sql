-- One row is one level of one column: customers, their months at risk, and those of them who left.
-- In braces: a query of `column`, `kind`, `level`, `gone` and `months`, one row a customer and column.
SELECT
    "column",
    kind,
    level,
    count(*) AS customers,
    sum(months) AS months,
    sum(gone) AS gone
FROM ({people})
GROUP BY ALL
ORDER BY ALL
