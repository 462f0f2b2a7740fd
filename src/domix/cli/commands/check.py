"""``domix check``: whether a model fits its control rows."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from pathlib import Path

from domix.cli.files.models import read_model
from domix.cli.files.outputs import check_outputs, write_all
from domix.cli.files.rows import read_rows, row_format
from domix.cli.files.states import warn_of_wide_states
from domix.cli.options import (
    add_discretizing,
    add_model,
    add_rows,
    add_seed,
    probability,
    whole_number,
)
from domix.cli.terminal import fit_terminal
from domix.model_check import check_model
from domix.plots import FIGURE_SUFFIXES, plot_model_check
from domix.util.figures import FIGURE_DPI, require_matplotlib

SUMMARY = "check whether a model fits rows without interventions"
EXAMPLES = """
domix check network.json control.csv
domix check graph.csv control.csv rows.csv --out check.json --plot figure.png
"""

CONTRADICTED = 1
"""Exit code if the control rows contradict the model."""

DEFAULTS = inspect.signature(check_model).parameters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the network, the rows, and options named after the arguments of the function."""
    add_model(parser)
    parser.add_argument(
        "control", type=Path, metavar="CONTROL", help="rows without interventions: .csv, ..."
    )
    parser.add_argument(
        "rows",
        type=Path,
        nargs="?",
        metavar="ROWS",
        help="mixed rows: negative controls have as many, as far as half of CONTROL allows",
    )
    parser.add_argument(
        "--alpha",
        type=probability,
        default=DEFAULTS["alpha"].default,
        metavar="A",
        help="probability of rejecting any independence of a right graph (default: %(default)s)",
    )
    parser.add_argument(
        "--splits",
        type=whole_number(0),
        default=DEFAULTS["splits"].default,
        metavar="N",
        help="splits of CONTROL, each for two negative controls (default: %(default)s)",
    )
    add_seed(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the check to this .json file"
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="write a figure: .png, .svg or .pdf"
    )
    parser.add_argument(
        "--format", choices=["table", "json"], default="table", help="what to print"
    )
    add_discretizing(parser)
    add_rows(parser)


def run(args: argparse.Namespace) -> int:
    """Check the model, write the files that are wanted, and print the tests and the verdict."""
    inputs = {
        "NETWORK": args.network,
        "CONTROL": args.control,
        "ROWS": args.rows,
        "--cuts": args.cuts,
    }
    check_outputs(inputs, {"--out": (args.out, (".json",)), "--plot": (args.plot, FIGURE_SUFFIXES)})
    if args.plot is not None:
        require_matplotlib()
    net, form = read_model(args, row_format(args), args.control, args.rows, control=args.control)
    warn_of_wide_states(form, net, args.control)
    control = read_rows(net, args.control, form).codes
    rows = None if args.rows is None else read_rows(net, args.rows, form).codes
    form.forget()
    check = check_model(net, control, rows, alpha=args.alpha, splits=args.splits, rng=args.seed)
    writers: dict[Path, Callable[[Path], object]] = {}
    if args.out is not None:
        writers[args.out] = lambda path: path.write_text(check.to_json(), "utf-8")
    if args.plot is not None:
        figure = plot_model_check(check)
        writers[args.plot] = lambda path: figure.savefig(path, dpi=FIGURE_DPI)
    write_all(writers)
    text = fit_terminal(args.names.translate(str(check)))
    print(check.to_json().rstrip() if args.format == "json" else text)
    return 0 if check.fits else CONTRADICTED
