"""The program ``domix``: its commands, exit codes, and errors and notes as single lines."""

from __future__ import annotations

import argparse
import io
import os
import sys
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn, Protocol, TextIO

from domix._version import __version__
from domix.cli.commands import (
    check,
    convert,
    demo,
    discretize,
    disentangle,
    fit,
    graph,
    power,
    show,
    simulate,
    study,
)
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


COMMANDS: dict[str, Command] = {
    "demo": demo,
    "check": check,
    "discretize": discretize,
    "disentangle": disentangle,
    "graph": graph,
    "power": power,
    "fit": fit,
    "simulate": simulate,
    "show": show,
    "convert": convert,
    "study": study,
}


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
        args = _build_parser().parse_args(argv)
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


def _build_parser() -> argparse.ArgumentParser:
    """Build the parser of the whole command line."""
    parser = _Parser(
        prog="domix",
        description="Find the hidden interventions behind mixed data.",
        epilog="Start with: domix demo. For the options of a command: domix disentangle --help",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"domix {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    built = {}
    for name, command in COMMANDS.items():
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
