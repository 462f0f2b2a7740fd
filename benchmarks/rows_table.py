"""Whole rows: probabilities and samples, beside C, NumPy and the peers, as a table of ratios.

Everything is measured in one run, by turns; medians. One thread is timed by the processor time that
it took, so that a busy machine adds little; two threads are timed by the clock.

    python benchmarks/rows_table.py --data ../shared/data --write docs/kernels.md
"""

from __future__ import annotations

import argparse
import ctypes
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import twins
from domix import DomixWarning, Mixture, Network, do, read_network
from domix.query.probability import log_prob_targets

NETWORKS = ("sachs", "alarm", "andes")
TARGETS = 16
HERE = Path(__file__).parent


class Layout(ctypes.Structure):
    """The reference's view of a network."""

    _fields_ = [
        ("n", ctypes.c_int64),
        *(
            (name, ctypes.c_void_p)
            for name in ("order", "cards", "offsets", "parent_ptr", "parent_index", "parent_stride")
        ),
    ]


class Reference:
    """The C program, compiled for one kind of processor."""

    def __init__(self, net: Network, folder: Path, march: str = "x86-64-v3") -> None:
        library = folder / f"reference-{march}.so"
        if not library.exists():
            source = str(HERE / "rows_reference.c")
            flags = ["-O3", f"-march={march}", "-shared", "-fPIC"]
            subprocess.run(["gcc", *flags, "-o", str(library), source], check=True)
        self._call = ctypes.CDLL(str(library))
        layout = net.tables.layout
        self._kept = [np.array(layout.order, np.int64), layout.cards, layout.offsets]
        self._kept += [layout.parent_ptr, layout.parent_index, layout.parent_stride]
        self._layout = Layout(layout.n, *(array.ctypes.data for array in self._kept))
        self._logs = net.tables.log_values
        self._cumulative = net.tables.cumulative

    def log_prob(self, codes: np.ndarray) -> np.ndarray:
        out = np.empty(len(codes))
        by_rows = codes.flags.c_contiguous
        ask = self._call.log_prob_rows if by_rows else self._call.log_prob_columns
        self._pass(ask, codes, self._logs, out)
        return out

    def sample(self, rows: int) -> np.ndarray:
        out = np.empty((rows, self._layout.n), np.uint8)
        at = ctypes.c_void_p(self._cumulative.ctypes.data)
        where = ctypes.c_void_p(out.ctypes.data)
        self._call.sample(ctypes.byref(self._layout), ctypes.c_int64(rows), at, where)
        return out

    def _pass(self, ask: Callable, codes: np.ndarray, logs: np.ndarray, out: np.ndarray) -> None:
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (codes, logs, out)]
        rows = ctypes.c_int64(len(codes))
        ask(ctypes.byref(self._layout), pointers[0], rows, *pointers[1:])


def medians(ways: dict[str, tuple[Callable[[], object], int]], repeats: int) -> dict[str, float]:
    """Nanoseconds per unit of each way, by turns, so that what disturbs one disturbs all."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, (way, units) in ways.items():
            now = time.perf_counter if name.endswith("by the clock") else time.process_time
            start = now()
            way()
            times[name].append((now() - start) / units * 1e9)
    return {name: statistics.median(values) for name, values in times.items()}


def pybnesian_ways(net: Network, codes: np.ndarray) -> dict[str, Callable[[], object]]:
    import pyarrow
    import pybnesian

    # It has no way to be given tables: it learns them from the rows. It wants narrow strings.
    frame = pyarrow.RecordBatch.from_arrays(
        [
            pyarrow.DictionaryArray.from_arrays(
                codes[:, i].astype(np.int8), pyarrow.array([str(s) for s in net.states[v]])
            )
            for i, v in enumerate(net.variables)
        ],
        list(net.variables),
    )
    arcs = [(p, v) for v in net.variables for p in net.parents[v]]
    model = pybnesian.DiscreteBN(list(net.variables), arcs)
    model.fit(frame)
    return {
        "pybnesian": lambda: model.logl(frame),
        "pybnesian sample": lambda: model.sample(2_000, seed=0),
    }


def pyagrum_ways(net: Network, codes: np.ndarray) -> dict[str, Callable[[], object]]:
    import pyagrum

    model = net.to_pyagrum()
    row = model.completeInstantiation()
    places = [(v, i) for i, v in enumerate(net.variables)]

    def one_by_one() -> None:
        for values in codes[:200].tolist():
            for name, i in places:
                row.chgVal(name, values[i])
            model.log2JointProbability(row)

    generator = pyagrum.BNDatabaseGenerator(model)
    return {
        "pyagrum loop": one_by_one,
        "pyagrum sample": lambda: generator.drawSamples(2_000),
    }


def pgmpy_ways(net: Network, codes: np.ndarray) -> dict[str, Callable[[], object]]:
    model = net.to_pgmpy()
    rows = [
        {v: net.states[v][code] for v, code in zip(net.variables, row, strict=True)}
        for row in codes[:4].tolist()
    ]
    return {
        "pgmpy loop": lambda: [model.get_state_probability(row) for row in rows],
        "pgmpy sample": lambda: model.simulate(2_000, seed=0, show_progress=False),
    }


def random_targets(net: Network, rng: np.random.Generator) -> Mixture:
    """do() and fifteen distinct targets on one to three variables each, equally likely."""
    made: dict[tuple, dict] = {(): {}}
    while len(made) < TARGETS:
        names = rng.choice(net.variables, rng.integers(1, 4), replace=False).tolist()
        target = {v: net.states[v][rng.integers(len(net.states[v]))] for v in names}
        made.setdefault(tuple(sorted(target.items())), target)
    return Mixture(net, {do(t): 1 / TARGETS for t in made.values()})


def measure(net: Network, rows: int, repeats: int, folder: Path) -> dict[str, float]:
    reference, plain = Reference(net, folder), Reference(net, folder, "x86-64")
    n = len(net.variables)
    codes = net.sample(rows, rng=0)
    columns = np.asfortranarray(codes)
    tables = net.tables
    np.testing.assert_allclose(reference.log_prob(codes), net.log_prob(codes), atol=1e-10)
    np.testing.assert_allclose(reference.log_prob(columns), net.log_prob(codes), atol=1e-10)
    mix = random_targets(net, np.random.default_rng(1))
    mixed = mix.sample(rows, rng=2)
    name = net.variables[n // 2]
    intervention = do({name: net.states[name][0]})
    rng = np.random.default_rng(0)
    few = rows // 10
    cells = rows * n
    ways: dict[str, tuple[Callable[[], object], int]] = {
        "domix": (lambda: net.log_prob(codes, threads=1), cells),
        "domix columns": (lambda: net.log_prob(columns, threads=1), cells),
        "one by the clock": (lambda: net.log_prob(codes, threads=1), cells),
        "two by the clock": (lambda: net.log_prob(codes, threads=2), cells),
        "C v3": (lambda: reference.log_prob(codes), cells),
        "C v3 columns": (lambda: reference.log_prob(columns), cells),
        "C baseline columns": (lambda: plain.log_prob(columns), cells),
        "NumPy": (lambda: twins.log_prob(tables, codes), cells),
        "one target": (lambda: net.log_prob(mixed, threads=1), cells),
        "16 targets": (lambda: log_prob_targets(tables, mixed, mix.targets), cells),
        "sample": (lambda: net.sample(few, rng=rng), few * n),
        "sample do": (lambda: net.sample(few, do=intervention, rng=rng), few * n),
        "C sample": (lambda: reference.sample(few), few * n),
        "NumPy sample": (lambda: twins.sample(tables, rng.random((few, n))), few * n),
    }
    for peer, (make, units) in {
        "pybnesian": (pybnesian_ways, cells),
        "pyagrum": (pyagrum_ways, 200 * n),
        "pgmpy": (pgmpy_ways, 4 * n),
    }.items():
        if not find_spec(peer):
            print(f"{peer} is not installed and is left out: python -m pip install {peer}")
            continue
        for label, way in make(net, codes).items():
            ways[label] = (way, 2_000 * n if label.endswith("sample") else units)
    return medians(ways, repeats)


RATIOS = [
    ("log-probability: blocked C, x86-64-v3, same array", "C v3", "domix"),
    ("... blocked C, x86-64-v3, fed columns", "C v3 columns", "domix"),
    ("... blocked C, plain x86-64, fed columns", "C baseline columns", "domix"),
    ("... NumPy in blocks", "NumPy", "domix"),
    ("... pybnesian `logl`", "pybnesian", "domix"),
    ("... pyagrum in a loop", "pyagrum loop", "domix"),
    ("... pgmpy in a loop", "pgmpy loop", "domix"),
    ("... one thread / two threads, by the clock", "one by the clock", "two by the clock"),
    ("cost of rows / of columns", "domix", "domix columns"),
    ("cost of 16 targets / of one", "16 targets", "one target"),
    ("sampling: C with a fast generator", "C sample", "sample"),
    ("... NumPy inverse CDF", "NumPy sample", "sample"),
    ("... pybnesian", "pybnesian sample", "sample"),
    ("... pyagrum", "pyagrum sample", "sample"),
    ("... pgmpy", "pgmpy sample", "sample"),
    ("... cost of an intervened network / of the plain one", "sample do", "sample"),
]


def table(found: dict[str, dict[str, float]]) -> str:
    lines = [f"| | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]
    for label, key in (("domix log-probability, ns", "domix"), ("domix sampling, ns", "sample")):
        cells = " | ".join(f"{times[key]:.2f}" for times in found.values())
        lines.append(f"| {label} | {cells} |")
    for label, above, below in RATIOS:
        cells = " | ".join(
            f"{times[above] / times[below]:.2f}" if above in times else "-"
            for times in found.values()
        )
        lines.append(f"| {label} | {cells} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    parser.add_argument("--codes", type=int, default=7_400_000, help="rows times variables")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--write", type=Path, help="a page whose table is replaced")
    options = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        for name in options.networks:
            net = read_network(options.data / "networks" / f"{name}.bif")
            rows = options.codes // len(net.variables)
            found[name] = measure(net, rows, options.repeats, Path(folder))
    text = table(found)
    print(text)
    if options.write:
        page = options.write.read_text(encoding="utf-8")
        before, rest = page.split("<!-- rows -->\n", 1)
        after = rest.split("<!-- end of rows -->\n", 1)[1]
        marked = f"<!-- rows -->\n{text}<!-- end of rows -->\n"
        options.write.write_text(before + marked + after, encoding="utf-8")


if __name__ == "__main__":
    main()
