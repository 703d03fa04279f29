-- One row counts customers by place of the experience (1 the first recorded month, 2 the second), months
-- followed since and ending (0 still there, 1 left on their own account or unknown, 2 involuntarily).
with experienced as (
    select distinct customer_no, month_no
    from negative_experiences
    where month_no between $first and $last
),

placed as (
    select
        experienced.month_no,
        customers.end_no,
        customers.end_type,
        row_number() over (partition by experienced.customer_no order by experienced.month_no) as place
    from experienced
    inner join customers on experienced.customer_no = customers.customer_no
    where experienced.month_no >= customers.start_no
        and experienced.month_no <= coalesce(customers.end_no, $never)
)

select
    place,
    least(coalesce(end_no, $never), $last) - month_no as followed,
    case when end_no is null then 0 when coalesce(end_type, 'unknown') = 'involuntary' then 2 else 1 end as ending,
    count(*) as customers
from placed
where place <= 2
group by 1, 2, 3
order by 1, 2, 3
