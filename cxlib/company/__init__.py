"""The simulated company whose truth is known."""
