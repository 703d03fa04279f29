-- One row is one number of months with a recorded negative experience in the window $first to $last,
-- over the customers with at least one month at risk in it.
with counted as (
    select customer_no, count(distinct month_no) as months
    from negative_experiences
    where month_no between $first and $last
    group by customer_no
)

select
    coalesce(counted.months, 0) as experiences,
    count(*) as customers,
    cast(sum(case when coalesce(end_no, $never) <= $last then 1 else 0 end) as bigint) as gone,
    cast(sum(least(coalesce(end_no, $never), $last) - greatest(start_no + 1, $first) + 1) as bigint) as months_observed
from customers
left join counted on customers.customer_no = counted.customer_no
where start_no < $last
    and coalesce(end_no, $never) >= $first
    and coalesce(end_no, $never) > start_no
group by 1
order by 1
