"""Is an estimation of many rows that is killed at any moment resumed to the identical result?

Each run is a process of its own, killed by SIGKILL at a random moment and started again with the
same checkpoint. The folder of the checkpoint must never hold another file. This also prints how
long the rest takes, and what keeping a checkpoint costs, in processor time.

    python benchmarks/kills.py --rows 1e6 --variables 20 --kills 20
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from domix import Network, write_network
from domix.study.instances.generator import random_instance
from domix.util.text_tables import aligned

RUN = """
import json, resource, sys, time
import numpy as np
from domix import disentangle, read_network
net, rows = read_network(sys.argv[1]), np.load(sys.argv[2])
print("ready", flush=True)
start = time.perf_counter()
used = resource.getrusage(resource.RUSAGE_SELF)
result = disentangle(net, rows, checkpoint=sys.argv[3] or None)
seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
print(json.dumps({"seconds": seconds, "cpu": cpu, "result": result.to_json()}))
"""


def write_instance(folder: Path, rows: int, variables: int, seed: int) -> list[str]:
    """Draw eight targets of up to four variables; return the command that disentangles them."""
    rng = np.random.default_rng(seed)
    made = random_instance(variables, rng, targets=(8, 8), min_size=1, max_size=4)
    data = made.mixture.sample(rows, rng)
    controls = made.network.sample(rows, rng=rng)
    learnt = Network.fit(made.network.parents, controls, made.network.states)
    write_network(learnt, folder / "net.json")
    np.save(folder / "rows.npy", data)
    return [sys.executable, "-c", RUN, str(folder / "net.json"), str(folder / "rows.npy")]


def run(command: list[str], checkpoint: Path | None, seconds: float | None = None) -> Any:
    """Run to the end, or kill the process after some seconds of work and return None."""
    words = [*command, "" if checkpoint is None else str(checkpoint)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            printed, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return None
    if process.returncode:
        raise SystemExit(f"a run ended with code {process.returncode}")
    return json.loads(printed)


def main() -> None:
    """Kill and resume, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=1e6)
    parser.add_argument("--variables", type=int, default=20)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as inputs, tempfile.TemporaryDirectory() as kept:
        command = write_instance(Path(inputs), int(args.rows), args.variables, args.seed)
        folder = Path(kept)
        path = folder / "run.ckpt"
        plain, recorded = [], []
        for _ in range(3):
            plain.append(run(command, None))
            recorded.append(run(command, path))
            size = path.stat().st_size
            path.unlink()
        expected = plain[0]["result"]
        usual = first = statistics.median(own["seconds"] for own in plain)
        draws, table, same, stray = random.Random(args.seed), [], 0, set[str]()
        for number in range(args.kills):
            # One moment in each part of the run, so that none is missed by chance. A run that ends
            # before says how long they take now: others may use the machine.
            share = (number + draws.random()) / args.kills
            while (ended := run(command, path, share * usual)) is not None:
                usual = ended["seconds"]
                path.unlink()
            moment = share * usual
            stray |= {own.name for own in folder.iterdir()} - {path.name}
            start = time.perf_counter()
            resumed = run(command, path)
            stray |= {own.name for own in folder.iterdir()} - {path.name}
            identical = resumed["result"] == expected
            same += identical
            table.append(
                [
                    f"{moment:.2f}",
                    f"{resumed['seconds']:.2f}",
                    f"{time.perf_counter() - start:.2f}",
                    "yes" if identical else "NO",
                ]
            )
            path.unlink()
    head = ["killed after s", "resumed for s", "with its start", "identical"]
    print(aligned(head, table, ">>>>"))
    cpu = [statistics.median(own["cpu"] for own in runs) for runs in (plain, recorded)]
    print(f"\n{args.rows:,.0f} rows, {args.variables} variables: {first:.2f} s without a kill")
    print(f"{same} of {args.kills} results identical; other files left: {sorted(stray) or 'none'}")
    print(f"the checkpoint: {size:,} bytes; processor time {cpu[1] / cpu[0]:.3f} x that without")


if __name__ == "__main__":
    main()
