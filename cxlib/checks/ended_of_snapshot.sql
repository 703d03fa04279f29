-- One row: the customers of a flat table, and those who left.
SELECT count(*) AS n, count(*) FILTER (churned) AS gone
FROM snapshot
