"""What follows: retention, churn after negative experiences, and profit."""
