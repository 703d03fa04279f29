"""Estimators on plain arrays and frames: no dataset, no words for readers."""
