-- One row is one group of customers with the same first and last calendar month at risk in the window.
-- The places in braces are the columns that make the segments; `ended` is 1 where they left in the month `leave`.
select
    {keys},
    greatest($first, start_no + 1) as entry,
    least(coalesce(end_no, $last), $last) as leave,
    case when end_no <= $last then 1 else 0 end as ended,
    count(*) as customers
from customers
where start_no < $last
    and coalesce(end_no, $last) >= $first
    and coalesce(end_no, $last) > start_no
group by {keys}, entry, leave, ended
