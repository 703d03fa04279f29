"""From exports to typed Parquet: sources, SELECTs, casts, rows set aside."""
