"""The demonstration: simulate the embedded screen, disentangle it, put the truth beside it."""

from __future__ import annotations

import shlex
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from domix import example
from domix.cli.outputs import check_outputs, labelled
from domix.data.files import write_frame
from domix.errors import FormatError, MissingExtraError
from domix.estimation.disentangle import disentangle
from domix.model.io import write_network
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.plots import plot
from domix.results.result import Disentanglement
from domix.util.text_tables import aligned, p_text

__all__ = ["ROWS", "run"]

ROWS = 8000

Codes = npt.NDArray[np.uint8]

COMMAND, INPUTS = ("domix", "disentangle"), ("network.json", "screen.csv")

CONTENTS = """\
  network.json  the graph, with the tables learnt from control.csv
  control.csv   cells that no edit was tried on
  screen.csv    the screen: which edit a cell got is not in there
  result.json   what was found
  labels.csv    the screen, each cell with its most probable intervention
  picture.png   what was found beside what is true"""


def run(out: Path, rows: int = ROWS, seed: int = 0, progress: bool = False) -> str:
    """Simulate, disentangle, write everything to a new folder, and report.

    Parameters
    ----------
    out
        The folder; it must not be there yet.
    rows
        Cells in the screen, and as many controls.
    seed
        For the simulation and the search.
    progress
        Show a progress bar on stderr.

    Returns
    -------
    str
        The report: truth beside estimate, what was written, and the command that does the same.

    Raises
    ------
    FormatError
        ``out`` is there, or cannot be made.
    MissingExtraError
        polars or matplotlib is not installed.
    """
    for package in ("polars", "matplotlib"):
        if find_spec(package) is None:
            raise MissingExtraError("the demo", package, "app")
    if out.exists():
        raise FormatError(f"{out} is there already: remove it, or name another with --out")
    check_outputs({}, {"--out": (out, ())})

    rng = np.random.default_rng(seed)
    truth = example.planted()
    true_net = truth.network
    controls = true_net.sample(rows, rng=rng)
    cells, origins = truth.sample(rows, rng=rng, return_components=True)
    net = Network.fit(true_net.parents, controls, true_net.states)
    result = disentangle(net, cells, rng=seed, progress=progress)
    seeded = ["--seed", str(seed)] if seed else []

    with TemporaryDirectory(prefix=".domix-", dir=out.parent) as hidden:
        folder = Path(hidden) / out.name
        folder.mkdir()
        _write(folder, net, controls, cells, result, truth)
        folder.rename(out)

    genes = len(net.variables)
    return "\n".join(
        [
            f"A simulated gene-editing screen: {rows:,} cells, {genes} genes, {rows:,} controls.",
            "",
            _comparison(result, truth),
            "",
            _agreement(result, truth, cells, origins),
            "",
            f"Written to the new folder {out}:",
            CONTENTS,
            "",
            "The same from the command line:",
            "  " + shlex.join([*COMMAND, *(str(out / name) for name in INPUTS), *seeded]),
        ]
    )


def _write(
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
    write_frame(labelled(screen, result.assign(cells), None), folder / "labels.csv")
    plot(result, truth).savefig(folder / "picture.png", dpi=150)


def _comparison(result: Disentanglement, truth: Mixture) -> str:
    """Truth beside estimate: the targets found by falling weight, then those that were missed."""
    true = dict(zip(truth.interventions, truth.weights, strict=True))
    body = []
    for c in result.components:
        weight = true.pop(c.intervention, None)
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
    missed = [[f"{weight:.3f}", "-", "", "", str(target)] for target, weight in true.items()]
    head = ["true", "estimate", "95 % interval", "p-value", "target"]
    return aligned(head, body + missed, ">>>><")


def _agreement(
    result: Disentanglement, truth: Mixture, cells: Codes, origins: npt.NDArray[np.int64]
) -> str:
    """How often a cell gets its true target, from what was found and from the truth itself."""
    # Filled, not built: numpy would take an intervention for a sequence of its variables.
    names = np.empty(len(truth.interventions), dtype=object)
    names[:] = truth.interventions
    right = result.assign(cells).interventions == names[origins]
    best = truth.posterior(cells).argmax(axis=1) == origins
    return (
        f"Cells given the right target: {right.mean():.1%} "
        f"(knowing targets, weights and tables: {best.mean():.1%})"
    )
