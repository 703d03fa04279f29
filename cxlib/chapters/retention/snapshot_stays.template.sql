-- Customers of a snapshot by begun months of tenure and state; {group} is the column that tells them apart.
SELECT CAST(ceil(tenure_months) AS INTEGER) AS tenure, churned, {group} AS "group", count(*) AS customers
FROM snapshot
WHERE tenure_months IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
