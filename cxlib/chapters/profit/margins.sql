-- One row is one tenure month, at risk or not: what its billing rows add up to.
-- Margin is revenue less the direct and the service cost that are known.
select
    tenure,
    at_risk,
    sum(margin) as margin,
    sum(margin * margin) as squares
from (
    select
        b.month_no - c.start_no as tenure,
        b.month_no > c.start_no and b.month_no <= coalesce(c.end_no, b.month_no) as at_risk,
        b.revenue - coalesce(b.direct_cost, 0) - coalesce(b.service_cost, 0) as margin
    from billing as b
    inner join customers as c on c.customer_no = b.customer_no
    where b.month_no between $first and $last
        and c.start_no is not null
) as bill
group by tenure, at_risk
