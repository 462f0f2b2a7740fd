"""Rows in shards have a fingerprint: that of the rows, wherever their steps run."""

from __future__ import annotations

import numpy as np

from domix.engine.threads import Threads
from domix.shards.build import shard_codes
from domix.shards.shard import SHARD_ROWS
from domix.work.fingerprint import fingerprint

CARDS = np.array([3, 4, 4, 3, 4, 4, 4, 4, 4, 4])


def test_rows_decide_and_threads_do_not():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, CARDS, (SHARD_ROWS + 1000, len(CARDS))).astype(np.uint8)
    own = fingerprint(shard_codes(Threads(1), codes, CARDS))
    assert fingerprint(shard_codes(Threads(2), codes, CARDS)) == own
    codes[-1, 0] = (codes[-1, 0] + 1) % 3
    assert fingerprint(shard_codes(Threads(1), codes, CARDS)) != own
