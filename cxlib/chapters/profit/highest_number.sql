-- One row: the highest number of a customer.
SELECT coalesce(max(customer_no), 0) AS highest
FROM customers
