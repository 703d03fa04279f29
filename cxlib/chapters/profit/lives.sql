-- One row is one pattern of being watched: customers who came under watch in tenure month `entry`,
-- were last watched in tenure month `leave` and left in tenure month `ended` (null: still there).
-- A customer is at risk in a month who started before it and had not left by its beginning.
-- The start month is tenure month 0, never at risk. `leave` < `entry`: never at risk in the window.
SELECT
    entry,
    leave,
    ended,
    count(*) AS customers,
    count(cost) AS costs,
    coalesce(sum(cost), 0) AS cost
FROM (
    SELECT
        greatest($first - start_no, 1) AS entry,
        least(coalesce(end_no, $last), $last) - start_no AS leave,
        CASE WHEN end_no BETWEEN $first AND $last AND end_no > start_no THEN end_no - start_no END AS ended,
        CASE WHEN start_no >= $first THEN acquisition_cost END AS cost
    FROM customers
    WHERE start_no <= $last
        AND coalesce(end_no, $last) >= $first
) AS life
GROUP BY entry, leave, ended
