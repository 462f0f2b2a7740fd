"""Run benchmarks and print them as ratios: `python benchmarks/ratios.py [files] [pytest options]`.

Times vary with the machine and its load; ratios within one run vary much less. Each group is a
table: medians, and their ratios to the median of the first row.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

import pytest

ROUNDS = 7


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "benchmarks.json"
        options = [f"--benchmark-json={report}", f"--benchmark-min-rounds={ROUNDS}"]
        code = pytest.main(["-q", *options, "--benchmark-max-time=0.5", *arguments])
        if report.exists():
            print(tables(json.loads(report.read_text(encoding="utf-8"))["benchmarks"]))
    return int(code)


def tables(benchmarks: list[dict]) -> str:
    """Format one Markdown table for each group, in the order in which the benchmarks ran."""
    groups: dict[str, list[dict]] = {}
    for one in benchmarks:
        groups.setdefault(one["group"] or "others", []).append(one)
    return "\n".join(_table(name, rows) for name, rows in groups.items())


def _table(name: str, rows: list[dict]) -> str:
    lines = [f"\n| {name} | median | ratio | rounds |", "|---|---|---|---|"]
    first = statistics.median(rows[0]["stats"]["data"])
    for row in rows:
        median = statistics.median(row["stats"]["data"])
        label = row["param"] or row["name"].removeprefix("test_")
        lines.append(
            f"| {label} | {_time(median)} | {median / first:.3g} | {row['stats']['rounds']} |"
        )
    return "\n".join(lines)


def _time(seconds: float) -> str:
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [str(Path(__file__).parent)]))
