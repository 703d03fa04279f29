-- One row is one customer; bit j is set when usage was known in month $origin + j.
-- The columns usage_1, usage_2, ... (usage at or above each edge) are added by histories.py.
select
    customer_no,
    bit_or(cast(1 as bigint) << (month_no - $origin)) as usage_0
from billing
where customer_no >= $low
    and customer_no < $high
    and month_no between $origin and $last
    and usage_value is not null
group by customer_no
