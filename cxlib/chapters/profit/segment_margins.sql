-- One row is one segment in one calendar month: margin of the customers at risk in it.
select
    {keys},
    b.month_no,
    sum(b.revenue - coalesce(b.direct_cost, 0) - coalesce(b.service_cost, 0)) as margin
from billing as b
inner join customers as c on c.customer_no = b.customer_no
where b.month_no between $first and $last
    and b.month_no > c.start_no
    and b.month_no <= coalesce(c.end_no, b.month_no)
group by {keys}, b.month_no
