-- One row is one customer with at least one month at risk in the months $first to $last.
-- ending: 0 still there, 1 left on their own account or for an unknown reason, 2 involuntarily.
select
    customer_no,
    start_no,
    coalesce(end_no, $never) as end_no,
    case when end_no is null then 0 when coalesce(end_type, 'unknown') = 'involuntary' then 2 else 1 end as ending
from customers
where customer_no >= $low
    and customer_no < $high
    and start_no <= $last
    and coalesce(end_no, $never) >= $first
