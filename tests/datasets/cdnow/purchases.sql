-- One row is one order. Days are written 19970131; an order may be worth nothing.
SELECT
    _line AS purchase_id,
    customer_id,
    coalesce(strftime(try_strptime(date, '%Y%m%d'), '%Y-%m-%d'), date) AS occurred_at,
    dollar_value AS amount,
    _file,
    _line
FROM orders
