-- One row: one more than the largest number of a customer.
SELECT max(customer_no) + 1 AS customers
FROM customers
