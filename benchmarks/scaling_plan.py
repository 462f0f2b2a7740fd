"""What each step over shards costs and sends, and what a cluster would take for more rows.

One estimation runs on the threads of this process, with every step timed and weighed: processor
time per row, and pickled bytes to and from a shard. From these the time with more rows, on workers
of one thread, is predicted as

    time outside of steps
    + sum over steps of seconds / workers + shards * overhead + bytes / bandwidth

The processor time of a step and the bytes from shards grow with rows; the number of steps and of
classes, and the time outside, are taken to stay as they are. Overhead is what Dask takes for an
empty task on this machine, unless --overhead gives it in seconds.

    python benchmarks/scaling_plan.py --variables 100 1000
"""

from __future__ import annotations

import argparse
import pickle
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from unittest import mock

import numpy as np
from scaling import draw_network

from domix import Network, disentangle
from domix.engine.threads import Threads
from domix.shards.shard import SHARD_ROWS
from domix.study.instances.planted import plant
from domix.util.text_tables import aligned

SAMPLES = ("thin",)
"""Steps that return as many rows in all, whatever the number of shards."""


@dataclass
class Step:
    """What all calls of one step took.

    Attributes
    ----------
    calls : int
        Passes over the shards.
    tasks : int
        Calls for one shard each.
    seconds : float
        Processor time of all tasks.
    sent, returned : int
        Bytes of common arguments, and of results that do not stay with their shards.
    """

    calls: int = 0
    tasks: int = 0
    seconds: float = 0.0
    sent: int = 0
    returned: int = 0


@dataclass
class Recorder:
    """Records the steps of an engine."""

    steps: dict[str, Step] = field(default_factory=dict)
    inside: float = 0.0
    lock: Any = field(default_factory=threading.Lock)

    def record(self, method: Callable[..., Any], returns: bool) -> Callable[..., Any]:
        """Return a method of an engine that records what it does."""

        @wraps(method)
        def call(engine: Any, step: Callable[..., Any], *parts: Any, **common: Any) -> Any:
            if getattr(step, "recorded", False):  # one method has called the other
                return method(engine, step, *parts, **common)
            own = self.steps.setdefault(step.__name__, Step())
            own.calls += 1
            own.sent += len(pickle.dumps(common, 5))

            def timed(*values: Any, **shared: Any) -> Any:
                started = time.thread_time()
                result = step(*values, **shared)
                seconds = time.thread_time() - started
                size = len(pickle.dumps(result, 5)) if returns else 0
                with self.lock:
                    own.tasks += 1
                    own.seconds += seconds
                    own.returned += size
                return result

            timed.recorded = True
            started = time.perf_counter()
            try:
                return method(engine, timed, *parts, **common)
            finally:
                self.inside += time.perf_counter() - started

        return call


def record_steps(net: Network, rows: np.ndarray) -> tuple[Recorder, float]:
    """Disentangle rows; return what the steps did, and the seconds spent outside of them."""
    recorder = Recorder()
    collect, hold = recorder.record(Threads.collect, True), recorder.record(Threads.hold, False)
    with mock.patch.multiple(Threads, collect=collect, hold=hold):
        started = time.perf_counter()
        disentangle(net, rows)
        seconds = time.perf_counter() - started
    return recorder, seconds - recorder.inside


def measure_overhead(tasks: int = 2000) -> float:
    """Seconds that Dask takes for an empty task."""
    from distributed import Client, LocalCluster

    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with LocalCluster(n_workers=2, **options) as cluster, Client(cluster) as client:
        client.gather(client.map(abs, range(10), pure=False))
        started = time.perf_counter()
        client.gather(client.map(abs, range(tasks), pure=False))
        return (time.perf_counter() - started) / tasks


def predict(
    recorder: Recorder, here: float, measured: int, rows: int, workers: int, options: Any
) -> tuple[float, str]:
    """Predict the seconds of an estimation, and name the part that takes most of them."""
    shards = -(-rows // SHARD_ROWS)
    parts = {"the driver": here}
    for name, step in recorder.steps.items():
        passes = step.tasks / -(-measured // SHARD_ROWS)
        returned = step.returned * (1 if name in SAMPLES else shards * passes / step.tasks)
        parts[f"work of {name}"] = step.seconds * rows / measured / workers
        parts[f"tasks of {name}"] = passes * shards * options.overhead
        parts[f"bytes of {name}"] = (returned + step.sent * workers) / options.bandwidth
    return sum(parts.values()), max(parts, key=parts.__getitem__)


def print_steps(recorder: Recorder, here: float, rows: int) -> None:
    body = [
        [
            name,
            f"{step.calls}",
            f"{step.tasks}",
            f"{step.seconds / step.calls / rows * 1e9:.1f}",
            f"{step.sent / step.calls:,.0f}",
            f"{step.returned / step.tasks:,.0f}",
        ]
        for name, step in recorder.steps.items()
    ]
    head = ["step", "calls", "tasks", "ns per row", "bytes to each worker", "from each shard"]
    print(aligned(head, body, "<>>>>>"))
    print(f"seconds on the driver: {here:.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variables", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--rows", type=lambda text: int(float(text)), default=4 * SHARD_ROWS)
    parser.add_argument("--workers", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--overhead", type=float, help="seconds for a task")
    parser.add_argument("--bandwidth", type=float, default=1e9, help="bytes a second, of one host")
    options = parser.parse_args()
    if options.overhead is None:
        options.overhead = measure_overhead()
        print(f"Dask takes {options.overhead * 1e3:.2f} ms for an empty task")
    for n in options.variables:
        rng = np.random.default_rng(0)
        net = draw_network(n, rng)
        rows = plant(net, rng, targets=8, sizes=(1, 4)).sample(options.rows, rng)
        learnt = Network.fit(net.parents, net.sample(options.rows, rng=rng), net.states)
        recorder, here = record_steps(learnt, rows)
        print(f"\n{n} variables, {learnt.tables.layout.size:,} entries, {options.rows:,} rows")
        print_steps(recorder, here, options.rows)
        body = []
        for more in (10**9, 10**11):
            for workers in options.workers:
                seconds, most = predict(recorder, here, options.rows, more, workers, options)
                body.append([f"{more:.0e}", f"{workers}", f"{seconds:,.0f}", most])
        print(aligned(["rows", "workers", "seconds", "most of them in"], body, ">>><"), flush=True)


if __name__ == "__main__":
    main()
