"""Files that a command writes: checked before the work, put in place together after it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from domix.core.space import listing
from domix.errors import DataError, FormatError
from domix.results.assignment import assignment_columns
from domix.util.arrays import Bools
from domix.util.files import atomic_write
from domix.util.progress import reporting


def check_outputs(
    inputs: Mapping[str, Path | None],
    outputs: Mapping[str, tuple[Path | None, Sequence[str]]],
) -> None:
    """Refuse outputs that cannot be written, before the work that leads to them.

    Parameters
    ----------
    inputs : mapping of str to path or None
        The name of each input on the command line, and its path; None if it is not given.
    outputs : mapping of str to (path or None, sequence of str)
        The same for outputs, each with the suffixes that its name can have (none: any).

    Raises
    ------
    FormatError
        The suffix is another one, the folder is missing or not writable, the path is not that of a
        file, or two of the paths are the same.
    """
    taken = {path.resolve(): name for name, path in inputs.items() if path is not None}
    for name, (path, suffixes) in outputs.items():
        if path is None:
            continue
        other = taken.setdefault(path.resolve(), name)
        problem = _find_problem(path, suffixes) or (
            f"is the same file as {other}; name another" if other != name else None
        )
        if problem is not None:
            raise FormatError(f"{path} {problem}", argument=name)


def _find_problem(path: Path, suffixes: Sequence[str]) -> str | None:
    """Return why a file cannot be written, without its name, or None."""
    folder = path.resolve().parent
    if suffixes and not path.name.lower().endswith(tuple(suffixes)):
        return f"must end in {'one of ' if len(suffixes) > 1 else ''}{listing(suffixes)}"
    if path.is_dir():
        return "is a folder; name a file"
    if path.exists() and not path.is_file():
        return "is not a regular file; name another"
    if not folder.is_dir():
        return f"cannot be written: there is no folder {folder}; make it first"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"cannot be written: the folder {folder} is not writable"
    return None


def write_all(writers: Mapping[Path, Callable[[Path], object]]) -> None:
    """Write several files, all of them or none.

    Parameters
    ----------
    writers : mapping of path to callable
        For each path, a function that writes the content to the temporary path that it is given.
        The temporary files are renamed when all of them are complete.
    """
    with ExitStack() as stack, reporting() as report:
        for path, write in writers.items():
            report(f"writing {path.name}", None)
            write(stack.enter_context(atomic_write(path)))


def add_labels(frame: Any, labels: Any, kept: Bools | None = None) -> Any:
    """Add the columns of :meth:`Disentanglement.assign` to rows as they were read.

    Parameters
    ----------
    frame : data frame
        The rows, in any eager data frame.
    labels : data frame
        What was assigned to each row that was kept.
    kept : ndarray of bool, shape (rows,), or None
        Which rows were kept; None if all were. The columns are empty in rows that were dropped.
    """
    import narwhals as nw

    rows, assigned = (nw.from_native(f, eager_only=True) for f in (frame, labels))
    added = [assigned[name] for name in assigned.columns]
    if kept is not None:
        empty = [None] * len(rows)
        numbers = np.flatnonzero(kept).tolist()
        added = [
            nw.new_series(own.name, empty, own.dtype, backend=rows.implementation).scatter(
                numbers, own
            )
            for own in added
        ]
    return rows.with_columns(*added).to_native()


def check_label_columns(columns: Sequence[str], variables: Sequence[str], path: object) -> None:
    """Raise DataError if the rows already have a column that :func:`add_labels` adds."""
    duplicates = [name for name in assignment_columns(variables) if name in columns]
    if duplicates:
        raise DataError(
            f"would overwrite the columns {listing(duplicates)} of {path}; rename them",
            argument="--assign",
        )
