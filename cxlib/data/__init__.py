"""From exports to checked, typed tables that every measure and model reads."""
