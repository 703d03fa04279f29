-- One row is one customer. TotalCharges is blank for customers in their first month.
SELECT
    customerID AS customer_id,
    Churn AS churned,
    tenure AS tenure_months,
    MonthlyCharges AS value,
    gender,
    SeniorCitizen,
    Partner,
    Dependents,
    PhoneService,
    InternetService,
    OnlineSecurity,
    TechSupport,
    Contract,
    PaperlessBilling,
    PaymentMethod,
    try_cast(TotalCharges AS DOUBLE) AS TotalCharges,
    _file,
    _line
FROM customers_flat
