"""Options that several commands have, and the types of their values."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

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
