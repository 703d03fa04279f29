-- One row: customers who left on their own account in the window, how many of them with an experience
-- recorded in the month of leaving, and how many with an unknown kind of end.
with experienced as (
    select distinct customer_no, month_no
    from negative_experiences
    where month_no between $first and $last
)

select
    count(*) as voluntary,
    count(experienced.month_no) as experienced_at_the_end,
    cast(sum(case when coalesce(end_type, 'unknown') = 'unknown' then 1 else 0 end) as bigint) as unknown_kind
from customers
left join experienced
    on customers.customer_no = experienced.customer_no and customers.end_no = experienced.month_no
where end_no between $first and $last
    and coalesce(end_type, 'unknown') <> 'involuntary'
