"""Options that several commands have, and the types of their values."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from domix.core.notation import parse_names, parse_pairs
from domix.core.space import Label
from domix.errors import DataError
from domix.util.checks import name_argument
from domix.util.sizes import byte_count

EDGE_KNOWLEDGE = ("required_edges", "forbidden_edges", "tiers")
"""Arguments of :func:`disentangle` and :func:`learn_graph` that :func:`add_edge_knowledge` adds."""

MOST_ROWS = 10**9
"""Most rows that a command simulates, or that it computes the power of."""

TEXT = r'"[^"\\\x00-\x1f]*"'
VALUE = rf"{TEXT}|\.\.\.|\[(?:{TEXT}(?:, {TEXT})*)?\]|\{{{TEXT}: {TEXT}\}}"
"""What messages set arguments to; the states of users, as in do(alpha=[low]), are other texts."""


@dataclass(frozen=True)
class OptionNames:
    """What the arguments of functions are called on the command line.

    Attributes
    ----------
    own : mapping of str to str
        Argument to option, of the command that runs.
    others : mapping of str to str
        Argument to option and command, of the other commands.
    flags : collection of str
        Arguments whose options take no value.
    """

    own: Mapping[str, str]
    others: Mapping[str, str]
    flags: Collection[str] = ()

    def translate(self, text: str) -> str:
        """Write arguments of functions in a message as options.

        A message sets an argument as a call does, and names it without a value only if the name
        has an underscore, so that words are left alone. Names and states of the user are in single
        quotes, or have other values, and stay as they are.

        Examples
        --------
        >>> names = OptionNames({"missing": "--missing", "tiers": "--tiers"}, {})
        >>> names.translate('leave out the rows that have any with missing="drop"')
        'leave out the rows that have any with --missing drop'
        >>> OptionNames({"strategy": "--strategy"}, {}).translate('strategy={"A": "keep"}')
        '--strategy A=keep'
        >>> others = {"graph": "--graph of domix study"}
        >>> names = OptionNames({"normalize": "--normalize"}, others, {"normalize"})
        >>> names.translate('a graph: normalize=True, or graph="repair"')
        'a graph: --normalize, or --graph repair of domix study'
        """
        known = {**self.others, **self.own}
        for name in sorted(known, key=len, reverse=True):
            value = "True" if name in self.flags else VALUE
            setting = rf"\b{name}=({value})" + rf"|(?<!')\b{name}\b(?![='])" * ("_" in name)
            text = re.sub(setting, partial(self._write, name), text)
        return text

    def _write(self, argument: str, setting: re.Match[str]) -> str:
        """Write an option with the value that it has in a message, if any."""
        option, *command = (self.own.get(argument) or self.others[argument]).split(maxsplit=1)
        if setting[1] == "...":
            option += " ..."
        elif setting[1] not in (None, "True"):
            value = json.loads(setting[1])
            if isinstance(value, dict):
                value = [f"{name}={text}" for name, text in value.items()]
            text = value if isinstance(value, str) else ",".join(value)
            # After a blank, argparse takes a text such as -9 for an option.
            option += f"{'=' if text.startswith('-') else ' '}{shlex.quote(text)}"
        return " ".join([option, *command])


def option_names(parser: argparse.ArgumentParser) -> dict[str, str]:
    """Return the options of a command by the names of the arguments that they stand for."""
    return {
        action.dest: action.option_strings[-1]
        for action in parser._actions
        if action.option_strings
    }


def flag_names(parser: argparse.ArgumentParser) -> set[str]:
    """Return the arguments of a command whose options take no value."""
    return {action.dest for action in parser._actions if action.nargs == 0}


def add_network(parser: argparse.ArgumentParser) -> None:
    """Add the file of the network, and how to read it."""
    parser.add_argument(
        "network", type=Path, metavar="NETWORK", help="a network: .bif, .bif.gz, .json, ..."
    )
    add_normalize(parser)


def add_model(parser: argparse.ArgumentParser, metavar: str = "NETWORK") -> None:
    """Add the file of a network or graph; :func:`domix.cli.files.models.read_model` reads it."""
    parser.add_argument(
        "network",
        type=Path,
        metavar=metavar,
        help="a network (.bif, .json, ...), or a graph, its edges from cause to effect: DOT (.dot, "
        ".gv), or a line for each edge (.csv, .tsv, .txt)",
    )
    parser.add_argument(
        "--reverse-edges",
        action="store_true",
        help="turn the edges of the graph round, as those from caller to callee must be",
    )
    add_normalize(parser)


def add_normalize(parser: argparse.ArgumentParser) -> None:
    """Add what to do with rows of tables that do not sum to 1."""
    parser.add_argument(
        "--normalize",
        action="store_const",
        const=True,
        help="divide each row of the network's tables by its sum (default: only if the sum is "
        "within 1e-5 of 1)",
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


def add_rows(
    parser: argparse.ArgumentParser,
    *,
    extra: bool = True,
    missing: bool = True,
    summed: bool = False,
) -> None:
    """Add how rows are read from files; :func:`domix.cli.files.rows.row_format` reads it.

    Without ``extra``, every column is a variable; without ``missing``, missing values are left.
    ``summed`` is whether the command sums missing values out of the likelihood.
    """
    group = parser.add_argument_group("files of rows")
    if missing:
        group.add_argument(
            "--missing",
            choices=["error", "drop", *(["marginalize"] if summed else [])],
            default="error",
            help="what to do with rows that miss a value"
            + "; marginalize sums it out of the likelihood" * summed
            + " (default: error)",
        )
    group.add_argument(
        "--missing-values",
        type=_read_marks,
        metavar="MARK,...",
        help='more marks of missing values than empty fields, NA, NaN, nan, null and N/A; "" is '
        "none, where marks such as ? are states",
    )
    if extra:
        group.add_argument(
            "--extra",
            choices=["error", "ignore"],
            default="error",
            help="what to do with columns that are not variables (default: error)",
        )
    group.add_argument(
        "--separator",
        metavar="SIGN",
        help="what separates the fields of text files: a character, or tab (default: by suffix)",
    )
    group.add_argument(
        "--comment", metavar="SIGN", help="leave out lines of text files that begin with this"
    )


def add_discretizing(parser: argparse.ArgumentParser) -> None:
    """Add how measurements become states; :mod:`domix.cli.files.states` reads it."""
    group = parser.add_argument_group("measurements")
    group.add_argument(
        "--discretize",
        action="store_true",
        help="cut measurements into states, at points that the control rows show",
    )
    group.add_argument(
        "--cuts",
        type=Path,
        metavar="FILE",
        help="cut measurements into states, at the points that domix discretize has saved",
    )


def _read_marks(text: str) -> list[str]:
    return [mark for mark in parse_names(text) if mark]


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


def read_excluded(
    texts: Sequence[str], of: Mapping[str, Sequence[Label]]
) -> dict[str, list[Label]]:
    """Read states by variable from texts such as ``PKC=high,Raf=low`` and ``*=usual``.

    ``of`` are the states of all variables. ``*`` stands for the variables that have the state.
    """
    states: dict[str, list[Label]] = {}
    for text in texts:
        with name_argument("excluded_values"):
            pairs = parse_pairs(text)
        for name, state in pairs:
            named = [name]
            if name == "*" and name not in of:
                named = [other for other, own in of.items() if state in map(str, own)]
                if not named:
                    raise DataError(
                        f"no variable has the state {state!r}", argument="excluded_values"
                    )
            for one in named:
                states.setdefault(one, []).append(state)
    return states


def read_edge_knowledge(args: argparse.Namespace) -> dict[str, Any]:
    """Return what is known of the edges as keyword arguments, in names."""
    return {
        name: None if texts is None else [parse_names(text) for text in texts]
        for name in EDGE_KNOWLEDGE
        for texts in [getattr(args, name)]
    }


def wants_progress(args: argparse.Namespace) -> bool:
    """Whether to show progress: on a terminal where tqdm is, unless ``--quiet`` is given."""
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    return on_terminal and not args.quiet and find_spec("tqdm") is not None


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


def byte_size(text: str) -> int:
    """Read a size in bytes, such as 4GB."""
    try:
        return byte_count(text, "size")
    except DataError as error:
        raise argparse.ArgumentTypeError(error.message) from None


def probability(text: str) -> float:
    """Read a number between 0 and 1, both excluded."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number
