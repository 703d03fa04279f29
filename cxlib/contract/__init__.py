"""What a dataset is: its description, tables, columns, months and engine."""
