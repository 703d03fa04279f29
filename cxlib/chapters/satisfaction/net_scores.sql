-- One row is one group: its promoters, passives and detractors.
SELECT
    {group} AS "group",
    {classes}
FROM ({latest}) AS answers
{join}
WHERE {group} IS NOT NULL
GROUP BY 1
ORDER BY 1
