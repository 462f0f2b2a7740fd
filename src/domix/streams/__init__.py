"""Data rows from files and frames that are larger than memory: batches of them, read when used."""
