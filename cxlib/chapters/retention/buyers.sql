-- Customers who bought k months after the month of their first purchase (month 0: all of them).
WITH bought AS (
    SELECT customer_id, month_no
    FROM purchases
    WHERE NOT coalesce(is_return, FALSE)
    GROUP BY customer_id, month_no
),
starts AS (SELECT customer_id, min(month_no) AS start_no FROM bought GROUP BY customer_id)
SELECT start_no, month_no - start_no AS months, count(*) AS there
FROM bought JOIN starts ON starts.customer_id = bought.customer_id
WHERE start_no >= $first
GROUP BY 1, 2
ORDER BY 1, 2
