"""What a result does not know of the run that led to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

MOST_HASHED = 2**28
"""Bytes of all files from which on no fingerprints are computed: reading them takes too long."""


@dataclass(frozen=True)
class InputFile:
    """A file that was read.

    Attributes
    ----------
    role : str
        What it holds, such as ``"rows"``.
    name : str
        Its name, as it was given.
    size : int
        Bytes.
    fingerprint : str or None
        SHA-256 of its content; None if the files are too large to be read again.
    """

    role: str
    name: str
    size: int
    fingerprint: str | None = None


def describe_files(files: Sequence[tuple[str, Path]]) -> tuple[InputFile, ...]:
    """Describe files, each given with what it holds.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "rows.csv"
    ...     _ = path.write_text("A,B")
    ...     (file,) = describe_files([("rows", path)])
    >>> file.size, file.fingerprint[:8]
    (3, 'b17c8419')
    """
    sizes = [path.stat().st_size for _, path in files]
    is_hashed = sum(sizes) <= MOST_HASHED
    return tuple(
        InputFile(role, str(path), size, _hash(path) if is_hashed else None)
        for (role, path), size in zip(files, sizes, strict=True)
    )


def _hash(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@dataclass(frozen=True)
class About:
    """What a report says of the run, besides what the result knows.

    Attributes
    ----------
    call : str or None
        The command line, or the Python call, that gives the result again.
    files : tuple of InputFile
        The files that were read.
    options : mapping of str to str
        Options that were given, with their values as text.
    seed : int or None
        The seed of random numbers; None if it is not known.
    rows_read, controls_read : int or None
        Rows and control rows that were given, those that were dropped included.
    ignored : mapping of str to sequence of str
        Columns that were passed over, by what holds them, such as ``"rows"``.
    controls : int or None
        Control rows that were used.
    warnings : tuple of str
        Every :class:`DomixWarning` of the run.
    translate : callable
        Writes what messages say of arguments as the reader knows them, such as options of a
        command.
    limits : tuple of str
        What the report leaves out, and why.
    is_complete : bool
        Whether this is all there is to know of the run: what is not named did not happen.
    date : datetime
        When it was made; now by default.

    Examples
    --------
    >>> About(call="domix disentangle net.json rows.csv", seed=0).options
    {}
    """

    call: str | None = None
    files: tuple[InputFile, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    rows_read: int | None = None
    controls_read: int | None = None
    controls: int | None = None
    ignored: Mapping[str, Sequence[str]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    translate: Callable[[str], str] = str
    limits: tuple[str, ...] = ()
    is_complete: bool = False
    date: datetime = field(default_factory=lambda: datetime.now().astimezone())
