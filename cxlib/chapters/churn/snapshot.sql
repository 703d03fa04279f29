-- One row is one number of negative experiences in a flat table of customers, NULL where it is not known:
-- customers of whom it is known whether they left, those who left, and the others.
SELECT
    CAST(negative_count AS BIGINT) AS experiences,
    count(churned) AS customers,
    CAST(sum(CASE WHEN churned THEN 1 ELSE 0 END) AS BIGINT) AS gone,
    count(*) - count(churned) AS unmarked
FROM snapshot
GROUP BY 1
ORDER BY 1
