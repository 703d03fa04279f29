-- One row is one stratum of a flat table. The table strata (negative_count, churned, stratum) is put in
-- front.
SELECT
    count(*) FILTER (negative_count > 0) AS exposed,
    count(*) FILTER (negative_count > 0 AND churned) AS exposed_gone,
    count(*) FILTER (negative_count = 0) AS others,
    count(*) FILTER (negative_count = 0 AND churned) AS others_gone
FROM strata
GROUP BY stratum
ORDER BY ALL
