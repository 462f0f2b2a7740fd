"""Files that a command writes: checked before the work, put in place together after it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.space import listing
from domix.errors import DataError, FormatError
from domix.results.result import Assignment
from domix.util.files import atomic_write

__all__ = ["check_label_columns", "check_outputs", "labelled", "write_all"]

LABEL_COLUMNS = ("intervention", "probability")


def check_outputs(
    inputs: Mapping[str, Path | None],
    outputs: Mapping[str, tuple[Path | None, Sequence[str]]],
) -> None:
    """Refuse outputs that could not be written, before the work that leads to them.

    Parameters
    ----------
    inputs
        What the command line calls each file that is read, to its path; None if not asked for.
    outputs
        The same for those to be written, each with the endings that its name may have (none: any).

    Raises
    ------
    FormatError
        An ending that is none of them, a folder that is missing or not writable, a folder in the
        place of a file, or two of the files are one.
    """
    taken = {path.resolve(): name for name, path in inputs.items() if path is not None}
    for name, (path, suffixes) in outputs.items():
        if path is None:
            continue
        folder = path.resolve().parent
        one_of = "one of " if len(suffixes) > 1 else ""
        if suffixes and not path.name.lower().endswith(tuple(suffixes)):
            raise FormatError(f"{name} {path}: the name must end in {one_of}{listing(suffixes)}")
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "no regular file"
            raise FormatError(f"{name} {path}: is {kind}; name a file")
        if not folder.is_dir():
            raise FormatError(f"{name} {path}: there is no folder {folder}; make it first")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise FormatError(f"{name} {path}: the folder {folder} is not writable")
        other = taken.setdefault(path.resolve(), name)
        if other != name:
            raise FormatError(f"{name} {path}: is the same file as {other}; name another")


def write_all(writers: Mapping[Path, Callable[[Path], object]]) -> None:
    """Write several files, all of them or none.

    Parameters
    ----------
    writers
        Each path, to a function that writes its content to the path that it is given. What they
        write takes its place only when all are done, one rename each.
    """
    with ExitStack() as stack:
        for path, write in writers.items():
            write(stack.enter_context(atomic_write(path)))


def labelled(frame: Any, assigned: Assignment, kept: npt.NDArray[np.bool_] | None) -> Any:
    """The rows as they were read, with the columns ``intervention`` and ``probability``.

    Parameters
    ----------
    frame
        The rows, any eager data frame.
    assigned
        The most probable target of each row that was kept.
    kept
        A bool for each row of ``frame``, None if all were kept. Rows that were not, and rows that
        no target can produce, have both cells empty.
    """
    import narwhals as nw

    rows = nw.from_native(frame, eager_only=True)
    where = np.arange(len(rows)) if kept is None else np.flatnonzero(kept)
    texts = {target: None if target is None else str(target) for target in set(assigned[0])}
    names: list[str | None] = [None] * len(rows)
    chances: list[float | None] = [None] * len(rows)
    for row, target, chance in zip(where.tolist(), *assigned, strict=True):
        names[row] = texts[target]
        chances[row] = None if target is None else float(chance)
    kind = rows.implementation
    return rows.with_columns(
        nw.new_series(LABEL_COLUMNS[0], names, nw.String, backend=kind),
        nw.new_series(LABEL_COLUMNS[1], chances, nw.Float64, backend=kind),
    ).to_native()


def check_label_columns(columns: Sequence[str], path: Path) -> None:
    """Raise DataError if the rows already have a column that :func:`labelled` would add."""
    clash = [name for name in LABEL_COLUMNS if name in columns]
    if clash:
        raise DataError(
            f"{path}: --assign would overwrite the columns {listing(clash)}; rename them"
        )
