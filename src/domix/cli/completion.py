"""Completion of words for shells, by argcomplete: commands, options, their values, and files."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from domix.cli.program import COMMANDS, build_parser

ROWS = ("rows", "control", "observational", "assign", "fit")
"""Arguments that name files of rows."""


def complete() -> None:
    """Print what can stand at the cursor and end the process; return if argcomplete is missing.

    Only the command of the line is imported, as the shell waits.
    """
    try:
        import argcomplete
        from argcomplete.completers import ChoicesCompleter
    except ImportError:
        return
    words = os.environ.get("COMP_LINE", "").split()
    command = next((word for word in words[1:] if word in COMMANDS), None)
    parser = build_parser([] if command is None else [command])
    if command is not None:
        _add_completers(parser, command)
    nothing = ChoicesCompleter({})
    argcomplete.autocomplete(parser, always_complete_options=False, default_completer=nothing)


def _add_completers(parser: argparse.ArgumentParser, command: str) -> None:
    """Let the arguments of a command that are paths complete files with their suffixes."""
    from argcomplete.completers import FilesCompleter

    from domix.cli.files.figures import FigureFile
    from domix.data import files
    from domix.model import graphs, io
    from domix.plots import FIGURE_SUFFIXES
    from domix.report import REPORT_SUFFIXES

    (commands,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    actions = {action.dest: action for action in commands.choices[command]._actions}
    takes_graphs = "reverse_edges" in actions
    suffixes = {
        **dict.fromkeys(ROWS, files.SUFFIXES),
        "network": io.SUFFIXES + graphs.SUFFIXES * takes_graphs,
        "source": io.SUFFIXES,
        "cuts": (".json",),
        "plot": FIGURE_SUFFIXES,
        "report": REPORT_SUFFIXES,
    }
    for name, action in actions.items():
        if action.type in (Path, FigureFile.read):
            allowed = suffixes.get(name, ())
            action.completer = FilesCompleter(allowed)
