-- One row is one customer; bit j is set when usage was known in month $origin + j.
-- The columns usage_1, usage_2, ... (usage at or above each edge) are added by counts.py.
SELECT
    customer_no,
    bit_or(CAST(1 AS BIGINT) << (month_no - $origin)) AS usage_0
FROM billing
WHERE customer_no >= $low
    AND customer_no < $high
    AND month_no BETWEEN $origin AND $last
    AND usage_value IS NOT NULL
GROUP BY customer_no
