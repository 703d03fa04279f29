-- One row: sums over customers of how margin moves with tenure inside each customer's billed months.
-- xt: sum of margin x tenure about the customer's own means; tt: sum of squares of tenure about its mean.
select
    count(*) as customers,
    coalesce(sum(xt), 0) as xt,
    coalesce(sum(tt), 0) as tt,
    coalesce(sum(xt * xt), 0) as xt_xt,
    coalesce(sum(xt * tt), 0) as xt_tt,
    coalesce(sum(tt * tt), 0) as tt_tt
from (
    select
        customer_no,
        sum(margin * tenure) - sum(margin) * sum(tenure) / count(*) as xt,
        sum(tenure * tenure) - sum(tenure) * sum(tenure) / count(*) as tt
    from (
        select
            b.customer_no,
            cast(b.month_no - c.start_no as double) as tenure,
            b.revenue - coalesce(b.direct_cost, 0) - coalesce(b.service_cost, 0) as margin
        from billing as b
        inner join customers as c on c.customer_no = b.customer_no
        where b.customer_no >= $low
            and b.customer_no < $high
            and b.month_no between $first and $last
            and b.month_no - c.start_no between 1 and $longest
            and b.month_no <= coalesce(c.end_no, b.month_no)
    ) as bill
    group by customer_no
    having count(*) > 1
) as customer
