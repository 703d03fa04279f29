SELECT count(*) AS customers, sum(CASE WHEN churned THEN 1 ELSE 0 END) AS left
FROM snapshot
