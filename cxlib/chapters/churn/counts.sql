-- One row is one number of negative experiences in a flat table of customers.
select
    cast(negative_count as bigint) as experiences,
    count(*) as customers,
    cast(sum(case when churned then 1 else 0 end) as bigint) as gone
from snapshot
where negative_count is not null and churned is not null
group by 1
order by 1
