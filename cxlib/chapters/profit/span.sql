-- One row: first and last calendar month with billing.
SELECT
    min(month_no) AS first_no,
    max(month_no) AS last_no
FROM billing
