-- One row is one customer; bit j is set when a negative experience was recorded in month $origin + j.
select
    customer_no,
    bit_or(cast(1 as bigint) << (month_no - $origin)) as months
from negative_experiences
where customer_no >= $low
    and customer_no < $high
    and month_no between $origin and $last
group by customer_no
