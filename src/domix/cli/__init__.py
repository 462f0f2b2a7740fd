"""The command line: ``program`` runs it, one module holds each command, the others are shared."""

# Shells that complete a word look for the next line here, before they run the program.
# PYTHON_ARGCOMPLETE_OK

from __future__ import annotations

import os
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, or complete its last word for a shell that asks for it.

    Parameters
    ----------
    argv : sequence of str, optional
        As of :func:`domix.cli.program.main`, which returns the exit code.
    """
    if "_ARGCOMPLETE" in os.environ:
        from domix.cli.completion import complete

        complete()
    from domix.cli import program

    return program.main(argv)
