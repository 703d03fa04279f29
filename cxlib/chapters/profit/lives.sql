-- One row is one pattern of being watched: customers who came under watch in tenure month `entry`,
-- were last watched in tenure month `leave` and left in tenure month `ended` (null: still there).
-- The start month is tenure month 0: at risk in it are those who started inside the window. At risk in a
-- later month is who started before it and had not left by its beginning.
SELECT
    entry,
    leave,
    ended,
    count(*) AS customers,
    count(cost) AS costs,
    coalesce(sum(cost), 0) AS cost
FROM (
    SELECT
        greatest($first - start_no, 0) AS entry,
        least(coalesce(end_no, $last), $last) - start_no AS leave,
        CASE WHEN end_no BETWEEN $first AND $last THEN end_no - start_no END AS ended,
        CASE WHEN start_no >= $first THEN acquisition_cost END AS cost
    FROM customers
    WHERE start_no <= $last
        AND coalesce(end_no, $last) >= $first
) AS life
GROUP BY entry, leave, ended
