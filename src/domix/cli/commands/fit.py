"""``domix fit``: learn the tables of a known graph from rows without interventions."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from domix.cli.commands.graph import NETWORK_SUFFIXES
from domix.cli.files.models import read_model
from domix.cli.files.outputs import check_outputs, write_all
from domix.cli.files.rows import explain_numbers, read_rows, row_format
from domix.cli.files.states import warn_of_wide_states
from domix.cli.options import add_discretizing, add_model, add_rows
from domix.cli.terminal import fit_terminal
from domix.core.intervention import Intervention
from domix.core.notation import parse_intervention
from domix.data.marks import is_missing
from domix.errors import InterventionError
from domix.model.io import write_network
from domix.model.network import Network
from domix.util.checks import name_argument
from domix.util.progress import reporting
from domix.util.text_tables import aligned

SUMMARY = "learn the tables of a known graph from rows without interventions"
EXAMPLES = """
domix fit graph.csv control.csv --out network.json
domix fit graph.dot control.parquet --out network.bif --pseudocount 0.5
domix fit calls.csv control.csv --reverse-edges --out network.json
domix fit graph.csv experiments.csv --labels known --out network.json
"""

DEFAULT_PSEUDOCOUNT: float = inspect.signature(Network.fit).parameters["pseudocount"].default


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the graph, the rows, and how tables are learnt."""
    add_model(parser, "GRAPH")
    parser.add_argument(
        "control", type=Path, metavar="CONTROL", help="rows without interventions: .csv, ..."
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="write the network, with its tables: .json (with counts), .bif, .bif.gz",
    )
    parser.add_argument(
        "--pseudocount",
        type=pseudocount,
        default=DEFAULT_PSEUDOCOUNT,
        metavar="N",
        help="added to the count of every table entry (default: %(default)s)",
    )
    parser.add_argument(
        "--labels",
        metavar="COLUMN",
        help="the column of CONTROL with the intervention of a row, name=state,... or do(): the "
        "row does not count for the tables of the variables that were set, nor for cut points",
    )
    add_discretizing(parser)
    add_rows(parser, summed=True)


def pseudocount(text: str) -> float:
    """Read a number of at least 0."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 <= number < np.inf:
        raise argparse.ArgumentTypeError(f"{text} is not at least 0")
    return number


def run(args: argparse.Namespace) -> None:
    """Learn the tables, write the network, and print what it was learnt from."""
    check_outputs(
        {"GRAPH": args.network, "CONTROL": args.control, "--cuts": args.cuts},
        {"--out": (args.out, NETWORK_SUFFIXES)},
    )
    model, form = read_model(
        args, row_format(args), args.control, control=args.control, labels=args.labels
    )
    rows = read_rows(model, args.control, form, labels=args.labels, summed=True)
    with explain_numbers(rows.kept), reporting() as report:
        report("tables", None)
        intervened = None if rows.labels is None else _read_labels(rows.labels)
        net = Network.fit(
            model,
            rows.codes,
            pseudocount=args.pseudocount,
            intervened=intervened,
            missing=args.missing,
        )
    warn_of_wide_states(form, net, args.control, args.labels)
    write_all({args.out: lambda path: write_network(net, path)})
    print(fit_terminal(describe(net, len(rows.codes))))


def describe(net: Network, rows: int) -> str:
    """Say of each variable how many rows its table was learnt from.

    Examples
    --------
    >>> net = Network.fit({"A": [], "B": ["A"]}, [[0, 0], [0, 1], [1, 1]])
    >>> print(describe(net, 3))
    variable  states  parents  rows by configuration of the parents
    --------  ------  -------  ------------------------------------
    A              2                                              3
    B              2  A                                      1 to 2
    <BLANKLINE>
    2 variables, 1 edges from cause to effect, learnt from 3 rows
    """
    assert net.counts is not None
    totals = {name: counts.sum(axis=-1) for name, counts in net.counts.items()}
    head = ["variable", "states", "parents", "rows by configuration of the parents"]
    body = [
        [name, str(len(states)), ", ".join(net.parents[name]), _range(totals[name])]
        for name, states in net.states.items()
    ]
    edges = sum(map(len, net.parents.values()))
    lines = [
        aligned(head, body, "<><>"),
        "",
        f"{len(body)} variables, {edges} edges from cause to effect, learnt from {rows:,} rows",
    ]
    unseen = sum(int((total == 0).sum()) for total in totals.values())
    if unseen:
        configurations = sum(total.size for total in totals.values())
        lines.append(
            f"no row shows {unseen:,} of {configurations:,} configurations of parents: there the "
            "tables are uniform"
        )
    return "\n".join(lines)


def _range(totals: Any) -> str:
    low, high = int(totals.min()), int(totals.max())
    return f"{low:,}" if totals.size == 1 else f"{low:,} to {high:,}"


def _read_labels(labels: Iterable[Any]) -> list[Intervention]:
    """Return the intervention of each row, which must be known."""
    interventions = []
    for row, label in enumerate(labels):
        with name_argument("labels", f"row {row} (counting from 0)"):
            if label is None or is_missing(label):
                raise InterventionError(
                    "no intervention is given; write do() where nothing was set, and leave out "
                    "rows of which it is not known"
                )
            interventions.append(parse_intervention(str(label)))
    return interventions
