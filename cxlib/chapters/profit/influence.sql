-- One row: sums over customers of products of their influences on several functionals (see tenure.py).
-- `grid` holds per tenure month 0..$longest, for each functional j: margin_j, the weight of a margin;
-- hazard_j, the weight of leaving; before_j, what being at risk up to that month was expected to add.
-- The places in braces repeat a term for each functional; they carry no values.
with grid as (
    select
        unnest($tenure) as tenure,
        {grid}
),
life as (
    select
        customer_no,
        start_no,
        least(greatest($first - start_no, 1), $longest + 1) as entry,
        least(least(coalesce(end_no, $last), $last) - start_no, $longest) as leave,
        case
            when end_no between $first and $last and end_no - start_no between 1 and $longest
            then end_no - start_no
        end as ended,
        case when start_no >= $first then acquisition_cost end as cost
    from customers
    where customer_no >= $low
        and customer_no < $high
        and start_no <= $last
        and coalesce(end_no, $last) >= $first
),
earned as (
    select
        l.customer_no,
        {earned}
    from billing as b
    inner join life as l on l.customer_no = b.customer_no
    inner join grid as g on g.tenure = b.month_no - l.start_no
    where b.customer_no >= $low
        and b.customer_no < $high
        and b.month_no - l.start_no between l.entry and l.leave
    group by l.customer_no
),
influence as (
    select
        {influence}
    from life as l
    inner join grid as later on later.tenure = greatest(l.leave, l.entry - 1)
    inner join grid as earlier on earlier.tenure = l.entry - 1
    left join grid as g on g.tenure = l.ended
    left join earned as e on e.customer_no = l.customer_no
)
select
    {products}
from influence
