"""``domix simulate``: draw rows from a mixture of interventions."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from domix.cli.files.outputs import check_outputs
from domix.cli.options import add_network, add_seed, row_count
from domix.core.intervention import Intervention
from domix.core.notation import parse_intervention, split_plain
from domix.data.files import SUFFIXES, batch_size, write_batches
from domix.errors import InterventionError
from domix.model.io import read_network
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.util.arrays import Codes
from domix.util.checks import name_argument
from domix.util.progress import Report, reporting

SUMMARY = "draw rows from a mixture of interventions"
EXAMPLES = r"""
domix simulate network.bif --do "PKC=high,Raf=low@0.3" --do "@0.7" --rows 500 --out rows.csv
domix simulate network.bif --do "PKC~{high: 0.8, low: 0.2}@1" --rows 500 --out soft.csv
domix simulate network.bif --rows 5000 --seed 1 --out control.csv
domix simulate network.bif --do "dose\, mg=2@1" --rows 100 --out rows.parquet
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the network, the components and the output."""
    add_network(parser)
    parser.add_argument(
        "--do",
        action="append",
        metavar="TARGET@WEIGHT",
        help="a component, name=state,...@weight; nothing before the @ is do(). Weights sum to 1. "
        "name~{state: probability, ...} draws a value. "
        "A backslash takes a comma, an equals sign or an @ as it is. Default: only do()",
    )
    parser.add_argument("--rows", type=row_count, required=True, metavar="N", help="number of rows")
    add_seed(parser, default=None)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the rows: .csv, .parquet, ..."
    )


def run(args: argparse.Namespace) -> None:
    """Draw the rows and write them, a batch at a time."""
    check_outputs({"NETWORK": args.network}, {"--out": (args.out, SUFFIXES)})
    net = read_network(args.network, normalize=args.normalize)
    with name_argument("--do"):
        mixture = Mixture(net, [_read_component(net, text) for text in args.do or ["@1"]])
    with reporting() as report:
        write_batches(net.space, _draw(mixture, args.rows, args.seed, report), args.out)


def _draw(mixture: Mixture, rows: int, seed: int | None, report: Report) -> Iterator[Codes]:
    drawn = 0
    for codes in mixture.sample_batches(rows, batch_size(len(mixture.network.variables)), seed):
        report("drawing rows", drawn / rows)
        yield codes
        drawn += len(codes)


def _read_component(net: Network, text: str) -> tuple[Intervention, float]:
    """Parse a component, and name its text if the network lacks a variable or state."""
    intervention, weight = parse_component(text)
    try:
        net.any_target(intervention)
    except InterventionError as error:
        raise InterventionError(f"{text!r}: {error}") from None
    return intervention, weight


def parse_component(text: str) -> tuple[Intervention, float]:
    r"""Parse an intervention with its weight.

    Parameters
    ----------
    text : str
        ``name=state,...@weight``. Nothing before the ``@`` is do(). The weight is a decimal or a
        fraction such as 1/3. A backslash takes the next character as it is, so that names and
        states can contain ``,``, ``=``, ``@`` and backslashes; blanks around them do not count.

    Raises
    ------
    InterventionError
        The text does not have this form; the message quotes it.

    Examples
    --------
    >>> parse_component("PKC=high, Raf=low @ 0.3")
    (do(PKC='high', Raf='low'), 0.3)
    >>> parse_component("@1/4")
    (do(), 0.25)
    >>> parse_component(r"a\,b=c\=d@1")
    (do({'a,b': 'c=d'}), 1.0)
    """
    assignment, *weights = split_plain(text, "@")
    if len(weights) != 1:
        problem = r"more than one @ (write \@ for one in a name)" if weights else "no weight"
        raise InterventionError(f"{text!r}: {problem}; write name=state,...@weight")
    try:
        weight = float(Fraction(weights[0].strip()))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise InterventionError(
            f"{text!r}: the weight {weights[0]!r} is not a number; write for example @0.3 or @1/3"
        ) from None
    try:
        return parse_intervention(assignment), weight
    except InterventionError as error:
        raise InterventionError(f"{text!r}: {error}") from None
