"""``domix demo``: simulate the embedded screen, disentangle it, and compare with the truth."""

from __future__ import annotations

import argparse
import shlex
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from domix import example
from domix.cli.files.outputs import add_labels, check_outputs
from domix.cli.options import add_seed, row_count, wants_progress
from domix.cli.terminal import fit_terminal
from domix.data.files import write_frame
from domix.errors import FormatError, MissingExtraError
from domix.estimation.disentangle import disentangle
from domix.model.io import write_network
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.plots import plot_targets
from domix.results.result import Disentanglement
from domix.util.arrays import Codes, Ints
from domix.util.figures import FIGURE_DPI
from domix.util.text_tables import aligned, p_text
from domix.work.interrupt import stopping_at_once

SUMMARY = "simulate a gene-editing screen, disentangle it and compare with the truth"
EXAMPLES = """
domix demo
domix demo --rows 20000 --seed 7 --out another-screen
"""

ROWS = 8000
"""Cells of the screen, and controls: enough to find every target."""

COMMAND, INPUTS = ("domix", "disentangle"), ("network.json", "screen.csv")

CONTENTS = """\
  network.json  the graph, with the tables learnt from control.csv
  control.csv   cells without any edit
  screen.csv    the screen, without the edits of its cells
  result.json   the result
  labels.csv    the screen, each cell with its most probable intervention
  picture.png   estimates and truth"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the folder, the number of cells and the seed."""
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("domix-demo"),
        metavar="DIR",
        help="the new folder for the files (default: domix-demo)",
    )
    parser.add_argument(
        "--rows",
        type=row_count,
        default=ROWS,
        metavar="N",
        help="number of cells in the screen, and of controls (default: %(default)s)",
    )
    add_seed(parser)


def run(args: argparse.Namespace) -> None:
    """Demonstrate the method and print the report."""
    progress = wants_progress(args)
    text = demonstrate(args.out, rows=args.rows, seed=args.seed, progress=progress)
    print(fit_terminal(text))


def demonstrate(out: Path, rows: int = ROWS, seed: int = 0, progress: bool = False) -> str:
    """Simulate and disentangle ``rows`` cells and controls, and write everything to a new folder.

    The report states truth and estimates, the files, and the command that gives the same result.

    Raises
    ------
    FormatError
        ``out`` exists, or cannot be made.
    MissingExtraError
        polars or matplotlib is not installed.
    """
    for package in ("polars", "matplotlib"):
        if find_spec(package) is None:
            raise MissingExtraError("the demo", package, "app")
    if out.exists():
        raise FormatError(f"{out} exists: remove it, or name another folder", argument="--out")
    check_outputs({}, {"--out": (out, ())})

    rng = np.random.default_rng(seed)
    truth = example.planted()
    true_net = truth.network
    controls = true_net.sample(rows, rng=rng)
    cells, origins = truth.sample(rows, rng=rng, return_components=True)
    net = Network.fit(true_net.parents, controls, true_net.states)
    with stopping_at_once():
        result = disentangle(net, cells, rng=seed, progress=progress)
    seed_options = ["--seed", str(seed)] if seed else []

    with TemporaryDirectory(prefix=".domix-", dir=out.parent) as temporary:
        folder = Path(temporary) / out.name
        folder.mkdir()
        _write_files(folder, net, controls, cells, result, truth)
        folder.rename(out)

    genes = len(net.variables)
    return "\n".join(
        [
            f"A simulated gene-editing screen: {rows:,} cells, {genes} genes, {rows:,} controls.",
            "",
            _compare_targets(result, truth),
            "",
            _compare_cells(result, truth, cells, origins),
            "",
            f"Written to the new folder {out}:",
            CONTENTS,
            "",
            "The same from the command line:",
            "  " + shlex.join([*COMMAND, *(str(out / name) for name in INPUTS), *seed_options]),
        ]
    )


def _write_files(
    folder: Path,
    net: Network,
    controls: Codes,
    cells: Codes,
    result: Disentanglement,
    truth: Mixture,
) -> None:
    screen = net.decode(cells)
    write_network(net, folder / "network.json")
    write_frame(net.decode(controls), folder / "control.csv")
    write_frame(screen, folder / "screen.csv")
    (folder / "result.json").write_text(result.to_json(), encoding="utf-8")
    write_frame(add_labels(screen, result.assign(cells, as_frame=True)), folder / "labels.csv")
    plot_targets(result, truth).savefig(folder / "picture.png", dpi=FIGURE_DPI)


def _compare_targets(result: Disentanglement, truth: Mixture) -> str:
    """Return a table of true and estimated weights: components first, then missed targets."""
    missed = dict(zip(truth.interventions, truth.weights, strict=True))
    body = []
    for c in result.components:
        weight = missed.pop(c.intervention, None)
        low, high = c.interval or (np.nan, np.nan)
        body.append(
            [
                "-" if weight is None else f"{weight:.3f}",
                f"{c.weight:.3f}",
                f"{low:.3f} to {high:.3f}",
                "" if c.p_value is None else p_text(c.p_value),
                str(c.intervention),
            ]
        )
    body += [[f"{weight:.3f}", "-", "", "", str(target)] for target, weight in missed.items()]
    head = ["true", "estimate", "95 % interval", "p-value", "target"]
    return aligned(head, body, ">>>><")


def _compare_cells(result: Disentanglement, truth: Mixture, cells: Codes, origins: Ints) -> str:
    """State how often the most probable target is the true one, for the result and the truth."""
    # Assigned in place: numpy would read an intervention as a sequence of its variables.
    targets = np.empty(len(truth.interventions), dtype=object)
    targets[:] = truth.interventions
    correct = result.assign(cells).interventions == targets[origins]
    correct_by_truth = truth.posterior(cells).argmax(axis=1) == origins
    return (
        f"Cells assigned to the right target: {correct.mean():.1%} "
        f"(with known targets, weights and tables: {correct_by_truth.mean():.1%})"
    )
