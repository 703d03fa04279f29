-- One row: customer-months at risk in the calendar months $first to $last.
select
    coalesce(
        sum(greatest(least(coalesce(end_no, $last), $last) - greatest(start_no + 1, $first) + 1, 0)), 0
    ) as months
from customers
where start_no is not null
