"""The fit that moves start from, on rows in memory and on rows in shards."""
