"""Options that several commands have, and the types of their values."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from domix.core.notation import parse_names

EDGE_KNOWLEDGE = ("required_edges", "forbidden_edges", "tiers")
"""Arguments of :func:`disentangle` and :func:`learn_graph` that :func:`add_edge_knowledge` adds."""

MOST_ROWS = 10**9
"""Most rows that a command simulates, far more than fit in memory."""


def add_network(parser: argparse.ArgumentParser) -> None:
    """Add the file of the network."""
    parser.add_argument(
        "network", type=Path, metavar="NETWORK", help="a network: .bif, .bif.gz, .json, ..."
    )


def add_seed(parser: argparse.ArgumentParser, default: int | None = 0) -> None:
    """Add the seed of random numbers; None is a new one each time."""
    shown = "a new one each time" if default is None else default
    parser.add_argument(
        "--seed",
        type=whole_number(0),
        default=default,
        metavar="S",
        help=f"random seed (default: {shown})",
    )


def add_missing(parser: argparse.ArgumentParser) -> None:
    """Add what to do with missing values."""
    parser.add_argument(
        "--missing",
        choices=["error", "drop"],
        default="error",
        help="what to do with rows that miss a value (default: error)",
    )


def add_extra(parser: argparse.ArgumentParser) -> None:
    """Add what to do with columns that are not variables."""
    parser.add_argument(
        "--extra",
        choices=["error", "ignore"],
        default="error",
        help="what to do with columns that are not variables (default: error)",
    )


def add_edge_knowledge(group: argparse._ArgumentGroup) -> None:
    """Add what is known of the edges of a graph; :func:`read_edge_knowledge` reads it."""
    group.add_argument(
        "--required-edges",
        action="append",
        default=[],
        metavar="CAUSE,EFFECT",
        help="an edge that the graph has",
    )
    group.add_argument(
        "--forbidden-edges",
        action="append",
        default=[],
        metavar="CAUSE,EFFECT",
        help="an edge that the graph lacks",
    )
    group.add_argument(
        "--tiers",
        action="append",
        metavar="NAME,...",
        help="the variables of a tier, the earliest tier first: no edge leads to an earlier tier",
    )


def read_edge_knowledge(args: argparse.Namespace) -> dict[str, Any]:
    """Return what is known of the edges as keyword arguments, in names."""
    return {
        name: None if texts is None else [parse_names(text) for text in texts]
        for name in EDGE_KNOWLEDGE
        for texts in [getattr(args, name)]
    }


def wants_progress(args: argparse.Namespace) -> bool:
    """Whether to show a progress bar: on a terminal, unless ``--quiet`` is given."""
    return not args.quiet and sys.stderr is not None and sys.stderr.isatty()


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a function that reads a whole number within limits."""
    limits = f"at least {least}" if most is None else f"between {least} and {most:,}"

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if number < least or (most is not None and number > most):
            raise argparse.ArgumentTypeError(f"{number} is not {limits}")
        return number

    return read


row_count = whole_number(1, MOST_ROWS)


def probability(text: str) -> float:
    """Read a number between 0 and 1, both excluded."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number
