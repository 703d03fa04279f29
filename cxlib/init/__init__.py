"""What ``cx init`` does, and nothing else: look at exports and propose a dataset."""
