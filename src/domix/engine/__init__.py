"""Where work on many rows runs: slices over threads, shards over threads or a cluster."""
