-- One row: the last month in which the table has rows.
SELECT max(month_no) AS last
FROM {table}
