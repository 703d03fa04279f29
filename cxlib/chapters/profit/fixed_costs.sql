-- One row: months with a fixed cost among $first to $last, and their sum.
SELECT
    count(*) AS months,
    sum(amount) AS amount
FROM fixed_costs
WHERE month_no BETWEEN $first AND $last
