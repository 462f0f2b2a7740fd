"""Time of reading rows in batches, by format: from a file to codes, and to shards.

Rows of three states are drawn at random and written to files in all formats; the table gives
processor time for each entry, in nanoseconds: one entry is a label of one row and variable. Shards
hold as good as every row, since hardly any of them are equal.

    python benchmarks/streams.py --rows 2000000 --variables 20
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from domix.core.space import Space
from domix.data.files import write_frame
from domix.data.marks import MissingMarks
from domix.engine.threads import Threads
from domix.problems.streamed import read_stream
from domix.shards.shard import SHARD_ROWS
from domix.streams.reading import read_batch
from domix.streams.stream import open_stream

STATES = ["low", "mid", "high"]


def make_sources(folder: Path, rows: int, variables: int) -> dict[str, Any]:
    """Write the files; the keys say what the columns are."""
    codes = np.random.default_rng(0).integers(0, 3, (rows, variables), dtype=np.uint8)
    numbers = pl.DataFrame({f"V{i}": codes[:, i] for i in range(variables)})
    labels = np.array(STATES)
    texts = pl.DataFrame({f"V{i}": labels[codes[:, i]] for i in range(variables)})
    frames = {
        "int8.parquet": numbers,
        "int64.parquet": numbers.with_columns(pl.all().cast(pl.Int64)),
        "categories.parquet": texts.with_columns(pl.all().cast(pl.Categorical)),
        "text.parquet": texts,
        "int8.feather": numbers,
        "text.feather": texts,
        "text.csv": texts,
        "text.csv.gz": texts,
    }
    for name, frame in frames.items():
        write_frame(frame, folder / name)
    lazy = pl.scan_parquet(folder / "text.parquet")
    return {**{name: folder / name for name in frames}, "lazy frame of text.parquet": lazy}


def timed(work: Callable[[], object], entries: int, repeats: int = 3) -> float:
    """The least of several times: other programs only add to it."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times) / entries * 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--variables", type=int, default=20)
    args = parser.parse_args()
    entries = args.rows * args.variables
    print(f"{'source':28} {'codes':>8} {'shards':>8}   ns per entry")
    with tempfile.TemporaryDirectory() as name:
        for source, data in make_sources(Path(name), args.rows, args.variables).items():
            first = STATES if "text" in source or "categories" in source else [0, 1, 2]
            space = Space({f"V{i}": first for i in range(args.variables)})

            def read(data: Any = data, space: Space = space) -> None:
                for batch in open_stream(data).batches(space.names, SHARD_ROWS):
                    read_batch(batch, space=space, missing="error", marks=MissingMarks())

            def shard(data: Any = data, space: Space = space) -> None:
                read_stream(Threads(), space, open_stream(data), {})

            print(f"{source:28} {timed(read, entries):8.1f} {timed(shard, entries):8.1f}")


if __name__ == "__main__":
    main()
