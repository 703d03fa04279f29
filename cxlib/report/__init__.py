"""From executed notebooks to a published edition."""
