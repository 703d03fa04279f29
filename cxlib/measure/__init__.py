"""What is: how far the data may be trusted, satisfaction, and what else can be counted."""
