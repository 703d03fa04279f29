-- One row is one customer; bit j is set when a negative experience was recorded in month $origin + j.
SELECT
    customer_no,
    bit_or(CAST(1 AS BIGINT) << (month_no - $origin)) AS months
FROM negative_experiences
WHERE customer_no >= $low
    AND customer_no < $high
    AND month_no BETWEEN $origin AND $last
GROUP BY customer_no
