-- One row is one number of negative experiences in a flat table of customers.
SELECT
    CAST(negative_count AS BIGINT) AS experiences,
    count(*) AS customers,
    CAST(sum(CASE WHEN churned THEN 1 ELSE 0 END) AS BIGINT) AS gone
FROM snapshot
WHERE negative_count IS NOT NULL AND churned IS NOT NULL
GROUP BY 1
ORDER BY 1
