-- One row: customers who are there at the end of the month $last and have a row of the table since $first.
SELECT count(*) AS n
FROM customers
WHERE start_no <= $last
    AND (end_no IS NULL OR end_no > $last)
    AND customer_no IN (
        SELECT customer_no
        FROM {table}
        WHERE {condition}
            AND month_no BETWEEN $first AND $last
    )
