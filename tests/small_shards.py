"""Few rows as if they were many: in several shards, and searched on a sample."""

from __future__ import annotations

from domix.options.search import SearchOptions
from domix.problems import inputs

ROOMS = ("problems.mixture_rows", "problems.row_input", "problems.streamed")


def cut_shards(patch, rows):
    """Let shards have so many rows."""
    for module in (*ROOMS, "shards.build", "shards.shard"):
        patch.setattr(f"domix.{module}.SHARD_ROWS", rows)


def search_on_sample(patch, rows):
    """Let searches begin on so many distinct rows where there are twice as many."""
    small = SearchOptions(sample_rows=rows)
    patch.setattr(inputs, "SearchOptions", lambda: small)
