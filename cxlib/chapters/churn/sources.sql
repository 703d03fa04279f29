-- One row counts months with an experience by place (1 the first of a customer in the observed months, 2 the
-- second, 3 any later one), by source, and by whether one of its sources records them for everybody. A month
-- stands once under each of its sources, and once under 'any'.
WITH experienced AS (
    SELECT
        customer_no,
        month_no,
        list_distinct(list(coalesce(source, 'unknown'))) AS sources
    FROM negative_experiences
    WHERE month_no BETWEEN $first AND $last
    GROUP BY customer_no, month_no
),

placed AS (
    SELECT
        experienced.sources,
        list_has_any(experienced.sources, $everybody) AS everybody,
        least(row_number() OVER (PARTITION BY experienced.customer_no ORDER BY experienced.month_no), 3) AS place
    FROM experienced
    INNER JOIN customers ON experienced.customer_no = customers.customer_no
    WHERE experienced.month_no >= customers.start_no
        AND experienced.month_no <= coalesce(customers.end_no, $never)
)

SELECT
    place,
    source,
    everybody,
    count(*) AS months
FROM (SELECT place, everybody, unnest(list_append(sources, 'any')) AS source FROM placed)
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
