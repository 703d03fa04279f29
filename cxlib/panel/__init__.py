"""Customer-months, counted in the engine to cells of like exposure, usage, tenure and ends."""
