"""The report of a command: what the result does not know of the run, and its warnings."""

from __future__ import annotations

import argparse
import shlex
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from domix.cli.files.rows import FileRows, RowFormat
from domix.cli.files.streams import StreamedRows, list_files
from domix.cli.results import Results
from domix.core.intervention import EMPTY
from domix.errors import DomixWarning
from domix.model.graphs import is_graph_file
from domix.model.network import Network
from domix.report import About, describe_files, write_report
from domix.results.result import Disentanglement

NOT_ASKED = {"observational", "seed", "out", "assign", "plot", "fit", "report", "time", "format"}
"""Options that are in the report elsewhere, or do not change the answer."""

OUT_OF_MEMORY = (
    "How well the fitted mixture explains the rows, and how probable each target is for single "
    "rows: that needs all rows in memory, and these were read in batches."
)


@contextmanager
def recording(args: argparse.Namespace) -> Iterator[list[str]]:
    """Record every DomixWarning of a block, in the words of the command line; show it as before."""
    notes: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always", DomixWarning)
        show_before = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            is_note = issubclass(category, DomixWarning)
            if is_note:
                notes.append(args.names.translate(str(message)))
            if not (is_note and args.quiet):
                show_before(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        yield notes


def write_run(
    results: Results,
    path: Path,
    *,
    args: argparse.Namespace,
    add_arguments: Callable[[argparse.ArgumentParser], None],
    form: RowFormat,
    rows: FileRows | StreamedRows,
    controls: FileRows | StreamedRows | None,
    observations: Callable[[], Network | None],
    notes: Sequence[str],
) -> None:
    """Write the report of a run of ``domix disentangle``.

    Parameters
    ----------
    results : Disentanglement or GroupResults
    path : path
    args : argparse.Namespace
    add_arguments : callable
        Adds the arguments of the command to a parser.
    form : RowFormat
        How rows were read.
    rows, controls : FileRows or StreamedRows
        The rows, and those without interventions.
    observations : callable
        Returns a network with the counts from which the tables are learnt; None if they are known.
    notes : sequence of str
        The warnings of the run.
    """
    data: dict[str, Any] = {}
    if isinstance(rows, FileRows) and not isinstance(controls, StreamedRows):
        data = {
            "data": rows.codes,
            "labels": rows.labels if isinstance(results, Disentanglement) else None,
            "groups": rows.groups,
            "time": rows.time,
            "observational": observations(),
        }
    about = About(
        call=shlex.join(["domix", *args.words]),
        files=describe_files(
            [(role, path) for role, paths in _list_inputs(args).items() for path in paths]
        ),
        options=_list_options(args, add_arguments),
        seed=args.seed,
        controls=len(controls.codes) if isinstance(controls, FileRows) else None,
        controls_read=len(controls.table) if isinstance(controls, FileRows) else None,
        rows_read=len(rows.table) if isinstance(rows, FileRows) else None,
        ignored=_list_ignored(results, args, {"rows": rows, "control rows": controls}),
        warnings=tuple(notes),
        translate=args.names.translate,
        limits=() if data else (OUT_OF_MEMORY,),
        is_complete=True,
    )
    write_report(
        results,
        path,
        discretizer=form.discretizer,
        about=about,
        missing="marginalize",
        **data,
    )


def _list_inputs(args: argparse.Namespace) -> dict[str, list[Path]]:
    """Return the files that were read, by what they hold."""
    control = [] if args.observational is None else [args.observational]
    return {
        "graph" if is_graph_file(args.network) else "network": [args.network],
        "rows": list(list_files("ROWS", args.rows).values()),
        "control rows": list(list_files("--observational", control).values()),
        "cut points": [] if args.cuts is None else [args.cuts],
    }


def _list_ignored(
    results: Results,
    args: argparse.Namespace,
    read: Mapping[str, FileRows | StreamedRows | None],
) -> dict[str, list[str]]:
    """Return the columns that were passed over, by what holds them."""
    first = results if isinstance(results, Disentanglement) else next(iter(results.values()))
    used = {*first.network.variables, args.labels, args.groups, args.time}
    columns = {
        role: [name for name in rows.columns if name not in used]
        for role, rows in read.items()
        if rows is not None
    }
    return {role: names for role, names in columns.items() if names}


def _list_options(
    args: argparse.Namespace, add_arguments: Callable[[argparse.ArgumentParser], None]
) -> dict[str, str]:
    """Return the options that are not at their defaults, as they are written."""
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)
    return {
        action.option_strings[-1]: _value_text(getattr(args, action.dest))
        for action in parser._actions
        if action.option_strings
        and action.dest not in NOT_ASKED
        and getattr(args, action.dest) != action.default
    }


def _value_text(value: Any) -> str:
    if value is True:
        return "yes"
    return ("; ".join(map(str, value)) if isinstance(value, list) else str(value)) or EMPTY
