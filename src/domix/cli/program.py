"""The program ``domix``: its commands, exit codes, and errors and notes as single lines."""

from __future__ import annotations

import argparse
import io
import os
import sys
import textwrap
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import NoReturn, Protocol, TextIO, cast

from domix._version import __version__
from domix.cli.options import OptionNames, flag_names, option_names, wants_progress
from domix.errors import DomixError, DomixWarning
from domix.util.progress import clear_progress, showing

BAD_INPUT, INTERRUPTED, BROKEN_PIPE = 2, 130, 141
"""Exit codes; the last two are those of a shell, 128 and the number of the signal."""


class Command(Protocol):
    """A module that holds one command."""

    SUMMARY: str
    """What it does, in the imperative."""
    EXAMPLES: str
    """Lines of a shell."""

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None:
        """Add its arguments to the parser of the command."""

    def run(self, args: argparse.Namespace, /) -> int | None:
        """Do it and print the answer; return the exit code, None for 0."""


COMMANDS = (
    "demo",
    "check",
    "discretize",
    "disentangle",
    "graph",
    "power",
    "fit",
    "simulate",
    "show",
    "convert",
    "study",
)
"""Modules of :mod:`domix.cli.commands`. They are imported when their arguments are needed, as that
takes longer than a shell that completes a word may wait."""

WELCOME = """\
domix finds the hidden interventions behind mixed data. Given the causal graph
of the variables, it says which variables were set in some of the rows, to which
states, in what share of the rows, and how sure that is.

Try it, without any files (this writes a folder domix-demo):
  domix demo

With your own files: edges "cause,effect" in graph.csv; rows of labels, a column
for each variable, in control.csv (nothing was done to these) and in rows.csv:
  domix disentangle graph.csv rows.csv --observational control.csv

How many rows show an intervention on 5 % of them, here one of the demo:
  domix power domix-demo/network.json Tarn=low --weight 0.05

Where to go on:
  domix --help               all commands
  domix disentangle --help   the options of a command, with examples
  https://domix.readthedocs.io
"""
"""What the program prints without arguments: it fits on a terminal of 80 x 24."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the program's name; None takes those of the process.

    Returns
    -------
    int
        0; 1 if ``domix check`` finds that control rows contradict the model, or ``domix
        disentangle --fail-on-intervention`` finds a target; 2 for bad input; 130 for an interrupt;
        141 if the reader of the output has closed it.

    Raises
    ------
    SystemExit
        Words that are not a valid command: code 2. Help or the version is wanted: code 0.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot encode a name shows its escape, so that no result is lost.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if not (sys.argv[1:] if argv is None else argv):
            print(WELCOME, end="", flush=True)
            return 0
        args = build_parser().parse_args(argv)
        args.words = sys.argv[1:] if argv is None else list(argv)
        with showing(wants_progress(args)), _print_notes(args), _name_options(args.names):
            code: int | None = args.run(args)
        print(end="", flush=True)
    except BrokenPipeError:
        # Output that is still buffered has no reader, and must not fail when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        print("domix: interrupted", file=sys.stderr)
        return INTERRUPTED
    except MemoryError:
        print("domix: error: not enough memory", file=sys.stderr)
        return BAD_INPUT
    except (DomixError, OSError) as error:
        print(f"domix: error: {_join_lines(error)}", file=sys.stderr)
        return BAD_INPUT
    return code or 0


class _Parser(argparse.ArgumentParser):
    """A parser that prints an error as one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"domix: error: {message}; see {self.prog} --help\n")


def build_parser(commands: Collection[str] = COMMANDS) -> argparse.ArgumentParser:
    """Build the parser of the command line, with the arguments of these commands."""
    parser = _Parser(
        prog="domix",
        description="Find the hidden interventions behind mixed data.",
        epilog="Start with: domix demo. For the options of a command: domix disentangle --help",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"domix {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    built = {}
    for name in COMMANDS:
        if name not in commands:
            subparsers.add_parser(name)
            continue
        command = cast("Command", import_module(f"domix.cli.commands.{name}"))
        subparser = subparsers.add_parser(
            name,
            help=command.SUMMARY,
            description=command.SUMMARY[0].upper() + command.SUMMARY[1:] + ".",
            epilog="examples:\n" + textwrap.indent(command.EXAMPLES.strip(), "  "),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        subparser.add_argument(
            "--quiet", action="store_true", help="show no progress bar and no notes"
        )
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
        built[name] = subparser
    options = {name: option_names(built_parser) for name, built_parser in built.items()}
    anywhere = {
        argument: f"{option} of domix {name}"
        for name, by_argument in reversed(options.items())
        for argument, option in by_argument.items()
    }
    flags = {flag for built_parser in built.values() for flag in flag_names(built_parser)}
    for name, built_parser in built.items():
        built_parser.set_defaults(names=OptionNames(options[name], anywhere, flags))
    return parser


@contextmanager
def _name_options(names: OptionNames) -> Iterator[None]:
    """Name options in errors where functions name their arguments."""
    try:
        yield
    except DomixError as error:
        if error.argument is not None:
            error.argument = names.own.get(error.argument, error.argument)
        error.message = names.translate(error.message)
        raise


@contextmanager
def _print_notes(args: argparse.Namespace) -> Iterator[None]:
    """Print each DomixWarning as one line on stderr, or none if quiet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if args.quiet else "always", DomixWarning)
        show_other = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            clear_progress()
            if issubclass(category, DomixWarning):
                print(f"domix: note: {args.names.translate(_join_lines(message))}", file=sys.stderr)
            else:
                show_other(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        yield


def _join_lines(message: object) -> str:
    return " ".join(str(message).splitlines())
