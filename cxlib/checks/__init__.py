"""Is it believable? What is strange about a dataset, for the analyst."""
