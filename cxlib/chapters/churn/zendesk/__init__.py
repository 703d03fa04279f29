"""The claim 50/80: the rule fixed before the run, and the card that says what these data make of it."""
