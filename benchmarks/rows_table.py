"""Probabilities and samples of whole rows, compared with C, NumPy and other packages.

Everything is measured in one run, in turns; the table holds medians. One thread is timed by its
processor time, so that a busy machine adds little; two threads are timed by the clock. A second
table holds the cost of importing each package. --write puts both tables into a page, and a figure
beside it.

    python benchmarks/rows_table.py --data ../shared/data --write docs/reference/kernels.md
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

from domix import DomixWarning, Mixture, Network, do, read_network
from domix.query.probability import log_prob_targets
from reference import joint
from reference.sample import sample as sample_reference

NETWORKS = ("sachs", "alarm", "andes", "munin1")
TARGETS = 16
MANY = 4
"""Times as many rows for two threads, which need more work than a few milliseconds."""
HERE = Path(__file__).parent


class Layout(ctypes.Structure):
    """A network as the C program reads it."""

    _fields_ = [
        ("n", ctypes.c_int64),
        *(
            (name, ctypes.c_void_p)
            for name in ("order", "cards", "offsets", "parent_ptr", "parent_index", "parent_stride")
        ),
    ]


class CProgram:
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
        function = self._call.log_prob_rows if by_rows else self._call.log_prob_columns
        self._pass(function, codes, self._logs, out)
        return out

    def sample(self, rows: int) -> np.ndarray:
        out = np.empty((rows, self._layout.n), np.uint8)
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (self._cumulative, out)]
        self._call.sample(ctypes.byref(self._layout), ctypes.c_int64(rows), *pointers)
        return out

    def _pass(
        self, function: Callable, codes: np.ndarray, logs: np.ndarray, out: np.ndarray
    ) -> None:
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (codes, logs, out)]
        rows = ctypes.c_int64(len(codes))
        function(ctypes.byref(self._layout), pointers[0], rows, *pointers[1:])


def medians(ways: dict[str, tuple[Callable[[], object], int]], repeats: int) -> dict[str, float]:
    """Measure nanoseconds per unit of each way, in turns in random order."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    order = list(ways)
    random = np.random.default_rng(0)
    for _ in range(repeats):
        random.shuffle(order)
        for name in order:
            way, units = ways[name]
            clock = time.perf_counter if name.endswith("by the clock") else time.process_time
            start = clock()
            way()
            times[name].append((clock() - start) / units * 1e9)
    return {name: statistics.median(values) for name, values in times.items()}


def pybnesian_ways(net: Network, codes: np.ndarray) -> dict[str, Callable[[], object]]:
    import pyarrow
    import pybnesian

    # It does not accept tables, and learns them from the rows.
    frame = pyarrow.RecordBatch.from_arrays(
        [
            pyarrow.DictionaryArray.from_arrays(
                codes[:, i].astype(np.int8), pyarrow.array([str(s) for s in net.states[v]])
            )
            for i, v in enumerate(net.variables)
        ],
        list(net.variables),
    )
    edges = [(p, v) for v in net.variables for p in net.parents[v]]
    model = pybnesian.DiscreteBN(list(net.variables), edges)
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
    """Draw a mixture of do() and fifteen targets on one to three variables, with equal weights."""
    targets: dict[tuple, dict] = {(): {}}
    while len(targets) < TARGETS:
        names = rng.choice(net.variables, rng.integers(1, 4), replace=False).tolist()
        target = {v: net.states[v][rng.integers(len(net.states[v]))] for v in names}
        targets.setdefault(tuple(sorted(target.items())), target)
    return Mixture(net, {do(t): 1 / TARGETS for t in targets.values()})


def measure(net: Network, rows: int, repeats: int, folder: Path) -> dict[str, float]:
    program, plain_program = CProgram(net, folder), CProgram(net, folder, "x86-64")
    n = len(net.variables)
    codes = net.sample(rows, rng=0)
    columns = np.asfortranarray(codes)
    tables = net.tables
    np.testing.assert_allclose(program.log_prob(codes), net.log_prob(codes), atol=1e-10)
    np.testing.assert_allclose(program.log_prob(columns), net.log_prob(codes), atol=1e-10)
    mix = random_targets(net, np.random.default_rng(1))
    mixed = mix.sample(rows, rng=2)
    np.testing.assert_allclose(
        mix.posterior(mixed[:1000]),
        joint.posterior(tables, mixed[:1000], mix.targets, mix.weights),
        atol=1e-10,
    )
    many = np.concatenate([codes] * MANY)
    name = net.variables[n // 2]
    intervention = do({name: net.states[name][0]})
    rng = np.random.default_rng(0)
    few = rows // 10
    total = rows * n
    ways: dict[str, tuple[Callable[[], object], int]] = {
        "domix": (lambda: net.log_prob(codes, threads=1), total),
        "domix columns": (lambda: net.log_prob(columns, threads=1), total),
        "one by the clock": (lambda: net.log_prob(many, threads=1), MANY * total),
        "two by the clock": (lambda: net.log_prob(many, threads=2), MANY * total),
        "C v3": (lambda: program.log_prob(codes), total),
        "C v3 columns": (lambda: program.log_prob(columns), total),
        "C baseline columns": (lambda: plain_program.log_prob(columns), total),
        "NumPy": (lambda: joint.log_prob(tables, codes), total),
        "one target": (lambda: net.log_prob(mixed, threads=1), total),
        "16 targets": (lambda: log_prob_targets(tables, mixed, mix.targets), total),
        "few, one target": (lambda: net.log_prob(mixed[:few], threads=1), few * n),
        "few, 16 targets": (lambda: log_prob_targets(tables, mixed[:few], mix.targets), few * n),
        "NumPy 16 targets": (
            lambda: joint.log_prob_targets(tables, mixed[:few], mix.targets),
            few * n,
        ),
        "posterior": (lambda: mix.posterior(mixed[:few], threads=1), few),
        "NumPy posterior": (
            lambda: joint.posterior(tables, mixed[:few], mix.targets, mix.weights),
            few,
        ),
        "density": (lambda: mix.log_prob(mixed[:few], threads=1), few),
        "sample": (lambda: net.sample(few, rng=rng), few * n),
        "sample do": (lambda: net.sample(few, do=intervention, rng=rng), few * n),
        "C sample": (lambda: program.sample(few), few * n),
        "NumPy sample": (lambda: sample_reference(tables, rng.random((few, n))), few * n),
    }
    for peer, (make, units) in {
        "pybnesian": (pybnesian_ways, total),
        "pyagrum": (pyagrum_ways, 200 * n),
        "pgmpy": (pgmpy_ways, 4 * n),
    }.items():
        if not find_spec(peer):
            print(f"{peer} is not installed and is left out: python -m pip install {peer}")
            continue
        for label, way in make(net, codes).items():
            ways[label] = (way, 2_000 * n if label.endswith("sample") else units)
    return medians(ways, repeats)


TIMES = [
    ("domix log-probability, ns", "domix"),
    ("domix sampling, ns", "sample"),
    ("domix density of 16 components, ns for a row", "density"),
    ("domix posterior of 16 components, ns for a row", "posterior"),
]
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
    ("... a tenth of the rows", "few, 16 targets", "few, one target"),
    ("16 targets: NumPy in blocks", "NumPy 16 targets", "few, 16 targets"),
    ("posterior of 16 components: NumPy in blocks", "NumPy posterior", "posterior"),
    ("sampling: C with a fast generator", "C sample", "sample"),
    ("... NumPy inverse CDF", "NumPy sample", "sample"),
    ("... pybnesian", "pybnesian sample", "sample"),
    ("... pyagrum", "pyagrum sample", "sample"),
    ("... pgmpy", "pgmpy sample", "sample"),
    ("... cost of an intervened network / of the plain one", "sample do", "sample"),
]


def table(found: dict[str, dict[str, float]]) -> str:
    lines = [f"| | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]
    for label, key in TIMES:
        entries = " | ".join(f"{times[key]:.2f}" for times in found.values())
        lines.append(f"| {label} | {entries} |")
    for label, above, below in RATIOS:
        entries = " | ".join(
            f"{times[above] / times[below]:.2f}" if above in times else "-"
            for times in found.values()
        )
        lines.append(f"| {label} | {entries} |")
    return "\n".join(lines) + "\n"


IMPORTED = ("domix", "numpy", "polars", "pyagrum", "pybnesian", "pgmpy")
IMPORT = """
import sys, time
start = time.perf_counter()
if sys.argv[1]:
    __import__(sys.argv[1])
print(time.perf_counter() - start)
print(*(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def imports(repeats: int) -> str:
    """Measure the seconds and megabytes that importing each package takes, in its own process."""

    def once(package: str) -> list[float]:
        command = [sys.executable, "-c", IMPORT, package]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        # Some packages print when they are imported.
        return [float(word) for word in done.stdout.split()[-2:]]

    installed = [package for package in IMPORTED if find_spec(package)]
    found: dict[str, list[list[float]]] = {package: [] for package in ("", *installed)}
    for _ in range(repeats):
        for package, measured in found.items():
            measured.append(once(package))
    middle = {p: np.median(times, axis=0) for p, times in found.items()}
    lines = ["| `import` | seconds | MB more than Python's own |", "|---|---|---|"]
    for package in installed:
        seconds, kilobytes = middle[package]
        lines.append(f"| {package} | {seconds:.2f} | {(kilobytes - middle[''][1]) / 1024:.0f} |")
    return "\n".join(lines) + "\n"


PLOTTED = {
    "log-probability": [
        ("C, same array", "C v3", "domix"),
        ("C, fed columns", "C v3 columns", "domix"),
        ("NumPy in blocks", "NumPy", "domix"),
        ("pybnesian", "pybnesian", "domix"),
        ("pyagrum in a loop", "pyagrum loop", "domix"),
        ("pgmpy in a loop", "pgmpy loop", "domix"),
    ],
    "16 components": [
        ("log-probabilities: NumPy", "NumPy 16 targets", "few, 16 targets"),
        ("posterior: NumPy", "NumPy posterior", "posterior"),
    ],
    "sampling": [
        ("C, its own generator", "C sample", "sample"),
        ("NumPy inverse CDF", "NumPy sample", "sample"),
        ("pybnesian", "pybnesian sample", "sample"),
        ("pyagrum", "pyagrum sample", "sample"),
        ("pgmpy", "pgmpy sample", "sample"),
    ],
}


def plot(found: dict[str, dict[str, float]], path: Path) -> None:
    """Plot the time of others as a multiple of that of domix: a dot for each network."""
    from matplotlib.figure import Figure

    heights = [len(rows) for rows in PLOTTED.values()]
    figure = Figure(figsize=(7.2, 0.32 * sum(heights) + 1.6), layout="constrained")
    panels = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    markers = dict(zip(found, "osD^vPX", strict=False))
    for panel, (title, rows) in zip(panels, PLOTTED.items(), strict=True):
        for y, (_, above, below) in enumerate(rows):
            for name, times in found.items():
                if above in times:
                    x = times[above] / times[below]
                    panel.plot(x, y, markers[name], color="#1f4e79", alpha=0.65, ms=6, mew=0)
        panel.axvline(1, color="#c44e1c", lw=1)
        panel.set_xscale("log")
        panel.set_yticks(range(len(rows)), [label for label, *_ in rows])
        panel.set_ylim(len(rows) - 0.5, -0.5)
        panel.set_title(title, loc="left", fontsize=10)
        panel.grid(axis="x", color="#e4e4e4")
        panel.set_axisbelow(True)
        panel.spines[["top", "right"]].set_visible(False)
    for name in found:
        panels[0].plot([], [], markers[name], color="#1f4e79", alpha=0.65, mew=0, label=name)
    panels[0].legend(frameon=False, fontsize=9)
    panels[-1].set_xlabel("time as a multiple of that of domix (line: equal)")
    figure.savefig(path, dpi=110)


def replaced(page: str, mark: str, text: str) -> str:
    """Replace the table between the marks of a page."""
    before, rest = page.split(f"<!-- {mark} -->\n", 1)
    after = rest.split(f"<!-- end of {mark} -->\n", 1)[1]
    return f"{before}<!-- {mark} -->\n{text}<!-- end of {mark} -->\n{after}"


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
    text, imported = table(found), imports(options.repeats)
    print(f"{text}\n{imported}")
    if options.write:
        page = options.write.read_text(encoding="utf-8")
        page = replaced(replaced(page, "rows", text), "imports", imported)
        options.write.write_text(page, encoding="utf-8")
        plot(found, options.write.parent / "figures" / "kernels.png")


if __name__ == "__main__":
    main()
