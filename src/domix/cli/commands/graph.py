"""``domix graph``: learn a graph from rows without interventions."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from domix.cli.files.outputs import check_outputs, write_all
from domix.cli.files.rows import note_comments, row_format
from domix.cli.files.states import learn_states, warn_of_wide_states
from domix.cli.options import (
    EDGE_KNOWLEDGE,
    add_discretizing,
    add_edge_knowledge,
    add_rows,
    read_edge_knowledge,
)
from domix.cli.terminal import fit_terminal
from domix.errors import DomixError
from domix.estimation.learn_graph import learn_with_report
from domix.model.io import write_network
from domix.plots import FIGURE_SUFFIXES, plot_graph
from domix.results.graph import GraphReport
from domix.util.figures import FIGURE_DPI, require_matplotlib
from domix.util.text_tables import aligned

SUMMARY = "learn a graph from rows without interventions"
EXAMPLES = """
domix graph control.csv --out network.json
domix graph control.csv --tiers PKC,PKA --tiers Raf,Mek,Erk --plot graph.png
domix graph control.parquet --required-edges PKC,Raf --forbidden-edges Erk,Mek
"""

NETWORK_SUFFIXES = (".json", ".bif", ".bif.gz")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the rows, what is known of the edges, and the outputs."""
    parser.add_argument(
        "control",
        type=Path,
        metavar="CONTROL",
        help="rows without interventions, a column for each variable: .csv, .parquet, ...",
    )
    add_edge_knowledge(parser.add_argument_group("background knowledge"))
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the network, with its learnt tables: .json (with counts), .bif, .bif.gz",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="write a figure: .png, .svg or .pdf"
    )
    add_discretizing(parser)
    add_rows(parser, extra=False)


def run(args: argparse.Namespace) -> None:
    """Learn the graph, write the files that are wanted, and print the edges."""
    check_outputs(
        {"CONTROL": args.control, "--cuts": args.cuts},
        {"--out": (args.out, NETWORK_SUFFIXES), "--plot": (args.plot, FIGURE_SUFFIXES)},
    )
    if args.plot is not None:
        require_matplotlib()
    form = learn_states(args, row_format(args), args.control)
    frame = form.read(args.control)
    note_comments(frame, args.control, form)
    with _name_inputs(args.control):
        net, report = learn_with_report(
            frame,
            missing=form.missing,
            missing_values=form.missing_values,
            **read_edge_knowledge(args),
        )
    warn_of_wide_states(form, net, args.control)
    writers: dict[Path, Callable[[Path], object]] = {}
    if args.out is not None:
        writers[args.out] = lambda path: write_network(net, path)
    if args.plot is not None:
        figure = plot_graph(net)
        writers[args.plot] = lambda path: figure.savefig(path, dpi=FIGURE_DPI)
    write_all(writers)
    print(fit_terminal(describe(report)))


def describe(report: GraphReport) -> str:
    """Return a line for each edge of a learnt graph.

    Examples
    --------
    >>> from domix.results.graph import EdgeChange, EdgeDirection, GraphEdge
    >>> edge = GraphEdge("A", "B", EdgeChange.ADDED, EdgeDirection.OPEN, 41.5)
    >>> print(describe(GraphReport("learn", (edge,))))
    edge    directed by     support
    ------  --------------  -------
    A -> B  not determined     41.5
    """
    if not report.edges:
        return "no edges: all variables are independent"
    body = [
        [f"{e.cause} -> {e.effect}", e.direction or "", f"{e.support:.1f}"] for e in report.edges
    ]
    return aligned(["edge", "directed by", "support"], body, "<<>")


@contextmanager
def _name_inputs(control: Path) -> Iterator[None]:
    """Name the file in errors that are not of an option."""
    try:
        yield
    except DomixError as error:
        if error.argument not in EDGE_KNOWLEDGE:
            error.argument, error.source = None, str(control)
        raise
