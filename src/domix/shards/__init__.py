"""Rows in shards, for data that are passed over as a whole: pure steps, and sums over shards."""
