"""Charts: each takes a result, draws on one Axes in the current language, and returns it."""
