"""The command line: exit codes, and errors and notes as single lines."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from domix.cli.arguments import BAD_INPUT, build_parser
from domix.cli.commands import COMMANDS
from domix.errors import DomixError, DomixWarning

__all__ = ["main"]

INTERRUPTED, BROKEN_PIPE = 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv
        The arguments after the program's name; None takes those of the process.

    Returns
    -------
    int
        0; 2 for bad input (argparse itself exits with it); 130 for an interrupt; 141 if the reader
        of the output went away.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot show a name shows its escape; a result is never lost to that.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        args = build_parser(COMMANDS).parse_args(argv)
        with _notes_as_lines(args.quiet):
            args.run(args)
        print(end="", flush=True)
    except BrokenPipeError:
        # What is still buffered has no reader, and must not fail again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        print("domix: interrupted", file=sys.stderr)
        return INTERRUPTED
    except MemoryError:
        print("domix: error: not enough memory for this", file=sys.stderr)
        return BAD_INPUT
    except (DomixError, OSError) as error:
        print(f"domix: error: {_one_line(error)}", file=sys.stderr)
        return BAD_INPUT
    return 0


@contextmanager
def _notes_as_lines(quiet: bool) -> Iterator[None]:
    """Show each DomixWarning as one line on stderr, or not at all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if quiet else "always", DomixWarning)
        usual = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, DomixWarning):
                print(f"domix: note: {_one_line(message)}", file=sys.stderr)
            else:
                usual(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        yield


def _one_line(message: object) -> str:
    return " ".join(str(message).splitlines())
