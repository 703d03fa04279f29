"""What the analyst holds: canonical tables up to one month, for one part of the customers."""
