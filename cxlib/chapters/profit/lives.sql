-- One row is one pattern of being watched: customers who came under watch in tenure month `entry`,
-- were last watched in tenure month `leave` and left in tenure month `ended` (null: still there).
-- A customer is at risk in a month who started before it and had not left by its beginning.
-- The start month is tenure month 0, never at risk. `leave` < `entry`: never at risk in the window.
select
    entry,
    leave,
    ended,
    count(*) as customers,
    count(cost) as costs,
    coalesce(sum(cost), 0) as cost
from (
    select
        greatest($first - start_no, 1) as entry,
        least(coalesce(end_no, $last), $last) - start_no as leave,
        case when end_no between $first and $last and end_no > start_no then end_no - start_no end as ended,
        case when start_no >= $first then acquisition_cost end as cost
    from customers
    where start_no <= $last
        and coalesce(end_no, $last) >= $first
) as life
group by entry, leave, ended
