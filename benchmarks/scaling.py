"""Time and memory at scale, as ratios in one run; figures are medians, each of several processes.

    python benchmarks/scaling.py rows --before ../old
    python benchmarks/scaling.py passes --before ../old
    python benchmarks/scaling.py growth --out growth
    python benchmarks/scaling.py networks --data ../shared/data
    python benchmarks/scaling.py simulate
    python benchmarks/scaling.py workers

--before names the checkout of another version, with its kernels built; the two are measured in
turns, on the same files.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from domix import DomixWarning, Mixture, Network, disentangle, read_network, write_network
from domix.study.cells import Cell
from domix.study.instances.draw import draw
from domix.study.instances.generator import random_instance
from domix.study.instances.planted import plant
from domix.study.run import run_study
from domix.util.text_tables import aligned

HERE = Path(__file__).resolve().parent
STUDY_OPTIONS = {"alpha": 0.05, "rng": 0, "soft": False}
"""How the studies call :func:`disentangle`."""


@dataclass(frozen=True)
class Case:
    """One line of a table.

    Attributes
    ----------
    name : str
    folder : Path
        The data.
    source : Path
        The checkout that is measured.
    options : dict
        Of :func:`disentangle`.
    workers : int
        Processes of a Dask cluster; 0 is the threads of one process.
    """

    name: str
    folder: Path
    source: Path
    options: dict[str, Any]
    workers: int = 0


def save(folder: Path, net: Network, rows: np.ndarray, truth: Mixture) -> Path:
    """Write the data of a measurement into a new folder."""
    folder.mkdir()
    write_network(net, folder / "net.json")
    np.save(folder / "rows.npy", rows)
    names = [str(target) for target in truth.interventions]
    (folder / "truth.json").write_text(json.dumps(names), encoding="utf-8")
    return folder


def run_once(case: Case) -> dict[str, Any]:
    command = [sys.executable, str(HERE / "scaling_measure.py"), str(case.folder)]
    command += [json.dumps(case.options), *([str(case.workers)] if case.workers else [])]
    environment = {**os.environ, "PYTHONPATH": str(case.source / "src")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{case.name}:\n{done.stderr}")
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if Path(measured["domix"]) != case.source / "src":
        raise SystemExit(f"{case.name}: {measured['domix']} was measured, not {case.source}")
    return measured


def run_cases(cases: Sequence[Case], repeats: int) -> list[dict[str, Any]]:
    """Measure all cases in turns and print their table; return the median of each figure."""
    runs: list[list[dict[str, Any]]] = [[] for _ in cases]
    for _ in range(repeats):
        for case, own in zip(cases, runs, strict=True):
            own.append(run_once(case))
    medians, body = [], []
    for case, own in zip(cases, runs, strict=True):
        median = {
            key: statistics.median(run[key] for run in own)
            for key in own[0]
            if isinstance(own[0][key], (int, float))
        }
        median["passes"] = median["seconds"] / median["pass_seconds"]
        medians.append(median)
        seconds = [run["seconds"] for run in own]
        results = sorted({run["result"] for run in own})
        body.append(
            [
                case.name,
                f"{median['seconds']:.2f} ({min(seconds):.2f} to {max(seconds):.2f})",
                f"{median['cpu_seconds']:.2f}",
                f"{median['peak_mb']:.0f}",
                f"{median['passes']:.0f}",
                f"{median['found']:.0f} / {median['missed']:.0f} / {median['false']:.0f}",
                " ".join(results),
            ]
        )
    head = [
        "",
        "seconds",
        "of processor",
        "MB above data",
        "passes",
        "found/missed/false",
        "result",
    ]
    print(aligned(head, body, "<>>>>><"), flush=True)
    return medians


def list_sources(before: Path | None) -> dict[str, Path]:
    here = {"now": HERE.parent}
    return here if before is None else {**here, "before": before.resolve()}


def print_ratio(name: str, figure: str, of: dict[str, Any], to: dict[str, Any]) -> None:
    print(f"{name}: {of[figure] / to[figure]:.3f}", flush=True)


def draw_rows(rows: int, folder: Path, n: int = 20, seed: int = 0) -> Path:
    """Eight targets of one to four variables; tables learnt from as many rows."""
    rng = np.random.default_rng(seed)
    made = random_instance(n, rng, targets=(8, 8), min_size=1, max_size=4)
    data = made.mixture.sample(rows, rng)
    control = made.network.sample(rows, rng=rng)
    learnt = Network.fit(made.network.parents, control, made.network.states)
    return save(folder / f"{rows}", learnt, data, made.mixture)


def compare_rows(options: argparse.Namespace, folder: Path) -> None:
    """The same rows by this version and another, and ten times as many."""
    sources, medians = list_sources(options.before), {}
    for rows in options.rows:
        data = draw_rows(rows, folder)
        cases = [Case(f"{rows:,} rows, {key}", data, path, {}) for key, path in sources.items()]
        found = run_cases(cases, options.repeats)
        medians[rows] = dict(zip(sources, found, strict=True))
        if "before" in sources:
            print_ratio(f"{rows:,} rows, now / before", "seconds", *medians[rows].values())
    first = options.rows[0]
    for rows in options.rows[1:]:
        name = f"{rows:,} rows / {first:,} rows"
        print_ratio(name, "seconds", medians[rows]["now"], medians[first]["now"])


def compare_passes(options: argparse.Namespace, folder: Path) -> None:
    """Passes of log_prob that an estimation of the study's instances takes."""
    sources, all_passes = list_sources(options.before), []
    for number in range(options.instances):
        sample = draw(Cell(32, 2**20), "development", number)
        data = save(folder / f"{number}", sample.net, sample.rows, sample.truth)
        cases = [
            Case(f"instance {number}, {key}", data, path, STUDY_OPTIONS)
            for key, path in sources.items()
        ]
        medians = dict(zip(sources, run_cases(cases, options.repeats), strict=True))
        all_passes.append(medians["now"]["passes"])
        if "before" in sources:
            print_ratio("now / before", "seconds", *medians.values())
            passes = medians["now"]["seconds"] / medians["before"]["pass_seconds"]
            print(f"passes of the log_prob before: {passes:.0f}")
    print(f"passes, median of instances: {statistics.median(all_passes):.0f}")


def print_growth(options: argparse.Namespace, folder: Path) -> None:
    """Exponents of time against rows and variables, and how far instances differ."""
    out = folder if options.out is None else options.out
    print(
        run_study(
            "growth",
            out,
            block=options.block,
            instances=options.instances,
            methods=["domix"],
            cells=options.cells,
        )
    )


def draw_graph(n: int, most: int, rng: np.random.Generator) -> dict[str, list[str]]:
    """Every variable has 0 to ``most`` parents among those before it, uniformly."""
    counts = np.minimum(rng.integers(most, size=n, endpoint=True), np.arange(n))
    return {
        f"V{i}": [f"V{p}" for p in sorted(rng.choice(i, size=k, replace=False).tolist())]
        for i, k in enumerate(counts.tolist())
    }


def draw_network(n: int, rng: np.random.Generator) -> Network:
    """Three states, in-degree at most 3, and Dirichlet(2) rows of CPTs."""
    graph = draw_graph(n, 3, rng)
    cpts = {name: rng.dirichlet([2.0] * 3, size=(3,) * len(ps)) for name, ps in graph.items()}
    return Network(graph, dict.fromkeys(graph, range(3)), cpts)


def compare_networks(options: argparse.Namespace, folder: Path) -> None:
    """A thousand variables: munin with known tables, and a random graph with learnt ones."""
    cases = []
    for name in options.networks:
        rng = np.random.default_rng(options.seed)
        if name == "random":
            net = draw_network(1000, rng)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DomixWarning)
                net = read_network(options.data / "networks" / f"{name}.bif")
        mix = plant(net, rng, targets=10, sizes=(1, 20))
        rows, given = mix.sample(options.rows, rng), net
        if name == "random":
            given = Network.fit(net.parents, net.sample(options.rows, rng=rng), net.states)
        data = save(folder / name, given, rows, mix)
        cases += [
            Case(f"{name}, {key}", data, path, {})
            for key, path in list_sources(options.before).items()
        ]
    run_cases(cases, options.repeats)


def time_simulation(options: argparse.Namespace, folder: Path) -> None:
    """Rows per second and peak memory of ``domix simulate`` to Parquet."""
    made = random_instance(20, 0, targets=(8, 8), min_size=1, max_size=4)
    write_network(made.network, folder / "net.json")
    command = [sys.executable, "-m", "domix", "simulate", str(folder / "net.json")]
    components = zip(made.mixture.interventions, made.mixture.weights.tolist(), strict=True)
    for target, weight in components:
        pairs = ",".join(f"{name}={state}" for name, state in target.items())
        command += ["--do", f"{pairs}@{weight!r}"]
    command += ["--rows", str(options.rows), "--seed", "1", "--out", str(folder / "rows.parquet")]
    rates = []
    for _ in range(options.repeats):
        started = time.perf_counter()
        subprocess.run(command, check=True)
        rates.append(options.rows / (time.perf_counter() - started))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
    size = (folder / "rows.parquet").stat().st_size / 1e6
    print(
        f"{options.rows:,} rows of 20 variables to Parquet: {statistics.median(rates):,.0f} rows/s "
        f"({min(rates):,.0f} to {max(rates):,.0f}), peak {peak:.0f} MB, file {size:.0f} MB"
    )


def compare_workers(options: argparse.Namespace, folder: Path) -> None:
    """The same rows on threads of one process and on workers of a cluster."""
    if "client" not in inspect.signature(disentangle).parameters:
        raise SystemExit("this version has no client=")
    data, source = draw_rows(options.rows, folder), HERE.parent
    cases = [
        Case(f"{count} workers" if count else "threads", data, source, {}, count)
        for count in (0, *options.workers)
    ]
    medians = run_cases(cases, options.repeats)
    for case, median in zip(cases[1:], medians[1:], strict=True):
        print_ratio(f"{case.name} / threads", "seconds", median, medians[0])


def parse(arguments: Iterable[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sections = parser.add_subparsers(required=True)

    def add(name: str, run: Any, repeats: int, rows: Any = None) -> argparse.ArgumentParser:
        section = sections.add_parser(name, help=run.__doc__.splitlines()[0])
        section.set_defaults(run=run)
        section.add_argument("--repeats", type=int, default=repeats)
        if rows is not None:
            many = {"nargs": "+"} if isinstance(rows, list) else {}
            section.add_argument("--rows", type=lambda text: int(float(text)), default=rows, **many)
        return section

    rows = add("rows", compare_rows, 5, [10**6, 10**7])
    passes = add("passes", compare_passes, 5)
    passes.add_argument("--instances", type=int, default=5)
    networks = add("networks", compare_networks, 1, 10**5)
    networks.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    networks.add_argument("--networks", nargs="+", default=["munin", "random"])
    networks.add_argument("--seed", type=int, default=0)
    for section in (rows, passes, networks):
        section.add_argument("--before", type=Path, metavar="CHECKOUT")
    add("simulate", time_simulation, 5, 10**7)
    workers = add("workers", compare_workers, 5, 10**7)
    workers.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    growth = sections.add_parser("growth", help=print_growth.__doc__)
    growth.set_defaults(run=print_growth)
    growth.add_argument("--out", type=Path, help="a folder to continue the study in")
    growth.add_argument("--block", default="development")
    growth.add_argument("--instances", type=int, default=5)
    growth.add_argument("--cells", nargs="+", help="as in domix study")
    return parser.parse_args(arguments)


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory() as folder:
        options.run(options, Path(folder))


if __name__ == "__main__":
    main()
