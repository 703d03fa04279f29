-- One row is a customer; without a contract there is a first order and no start or end.
SELECT
    customer_id,
    strftime(min(try_strptime(date, '%Y%m%d')), '%Y-%m-%d') AS first_contact_date,
    any_value(_file) AS _file,
    min(_line) AS _line
FROM orders
GROUP BY customer_id
