-- One row is one customer in one month; the first, partial month is free.
SELECT
    account AS customer_id,
    month,
    revenue,
    direct_cost,
    service_cost,
    units,
    _file,
    _line
FROM invoicing
