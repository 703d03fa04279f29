-- One row is one account. The unit of account_length is not documented, so it is no tenure.
SELECT
    _line - 1 AS customer_id,
    churn AS churned,
    number_customer_service_calls AS negative_count,
    state,
    account_length::DOUBLE AS account_length,
    international_plan,
    voice_mail_plan,
    round(
        total_day_charge::DOUBLE + total_eve_charge::DOUBLE
        + total_night_charge::DOUBLE + total_intl_charge::DOUBLE, 2
    ) AS total_charge,
    _file,
    _line
FROM accounts
