"""``domix power``: how many rows and control rows show a target."""

from __future__ import annotations

import argparse
import inspect
from pathlib import Path

from domix.cli.commands.simulate import parse_component
from domix.cli.files.outputs import check_outputs, write_all
from domix.cli.options import add_network, probability, row_count, whole_number
from domix.cli.terminal import fit_terminal
from domix.core.intervention import Intervention
from domix.design.power import power
from domix.design.question import NEEDED
from domix.errors import InterventionError
from domix.model.io import read_network
from domix.plots import FIGURE_SUFFIXES, plot_power
from domix.util.checks import name_argument
from domix.util.figures import FIGURE_DPI, require_matplotlib
from domix.util.progress import reporting

SUMMARY = "compute how many rows and control rows show a target"
EXAMPLES = """
domix power network.bif PKC=high --weight 0.05
domix power network.bif PKC=high --weight 0.05 --controls needed --plot power.png
domix power network.bif PKC=high --weight 0.05 --beside Raf=low@0.3 --rows 2000 --controls 500
domix power network.bif PKC=high --rows 2000 --controls 500
"""

DEFAULTS = inspect.signature(power).parameters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the network, the target, and options named after the arguments of the function."""
    add_network(parser)
    parser.add_argument("target", metavar="TARGET", help="what is to be found: name=state,...")
    parser.add_argument(
        "--weight",
        type=probability,
        metavar="W",
        help="share of the rows that come from it (default: the smallest that --rows show)",
    )
    parser.add_argument(
        "--beside",
        action="append",
        default=[],
        metavar="TARGET@WEIGHT",
        help="another target of the mixture, as in domix simulate; do() has the rest",
    )
    parser.add_argument(
        "--rows", type=row_count, metavar="N", help="rows of the mixture (default: the fewest)"
    )
    parser.add_argument(
        "--controls",
        type=_read_controls,
        metavar="M",
        help="rows without interventions, from which the tables are learnt, or 'needed' for the "
        "fewest (default: those behind the counts of the network; without counts, tables are "
        "known)",
    )
    for name, text in (
        ("power", "probability of reporting the target that is asked for"),
        ("alpha", "level of the test"),
    ):
        parser.add_argument(
            f"--{name}",
            type=probability,
            default=DEFAULTS[name].default,
            metavar=name[0].upper(),
            help=f"{text} (default: %(default)s)",
        )
    parser.add_argument(
        "--groups",
        type=whole_number(1),
        default=DEFAULTS["groups"].default,
        metavar="G",
        help="mixtures that are disentangled together (default: %(default)s)",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="write a figure: .png, .svg or .pdf"
    )
    parser.add_argument(
        "--format", choices=["table", "json"], default="table", help="what to print"
    )


def run(args: argparse.Namespace) -> None:
    """Compute what is left out, write the figure if it is wanted, and print the answer."""
    check_outputs({"NETWORK": args.network}, {"--plot": (args.plot, FIGURE_SUFFIXES)})
    if args.plot is not None:
        require_matplotlib()
    net = read_network(args.network, normalize=args.normalize)
    with name_argument("--beside"):
        beside = _read_beside(args.beside)
    with reporting() as report:
        report("power", None)
        analysis = power(
            net,
            args.target,
            args.weight,
            beside=beside,
            rows=args.rows,
            controls=args.controls,
            power=args.power,
            alpha=args.alpha,
            groups=args.groups,
        )
    if args.plot is not None:
        with reporting() as report:
            report("figure", None)
            figure = plot_power(analysis)
        write_all({args.plot: lambda path: figure.savefig(path, dpi=FIGURE_DPI)})
    print(analysis.to_json().rstrip() if args.format == "json" else fit_terminal(str(analysis)))


def _read_beside(texts: list[str]) -> dict[Intervention, float]:
    """Parse components; a mapping could not say that one is a duplicate."""
    beside: dict[Intervention, float] = {}
    for text in texts:
        intervention, weight = parse_component(text)
        if intervention in beside:
            raise InterventionError(f"{text!r}: duplicate target {intervention}")
        beside[intervention] = weight
    return beside


def _read_controls(text: str) -> int | str:
    return NEEDED if text == NEEDED else row_count(text)
