"""Records of a study on disk: one Parquet file per method, and parts until they are gathered.

Every finished instance is written at once as a part of its own, whole or not at all, so that a run
that is killed loses only what it was working on. Delete a method's file to have it measured again.
Every row says which version of domix measured it, and one folder holds those of one version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from domix._version import __version__
from domix.data.files import read_frame, write_frame
from domix.data.frame import from_columns
from domix.errors import FormatError
from domix.study.scoring.cost import Cost
from domix.study.scoring.score import Score

__all__ = ["Key", "Record", "Store"]


@dataclass(frozen=True)
class Key:
    """What a record is about: everything it holds follows from this, but for the cost."""

    cell: str
    block: str
    instance: int
    method: str


@dataclass(frozen=True)
class Record:
    """One method on one instance.

    Attributes
    ----------
    seed : int
        The root of the block.
    shown : str
        A 1 or 0 for each true target: whether the rows show it.
    failed : str
        What the method said when it could not answer; empty if it did. Then there is no score.
    """

    key: Key
    seed: int
    shown: str
    failed: str
    cost: Cost
    score: Score | None


VERSION = "version"
OWN = ("seed", "shown", "failed")
SCORES = tuple(field.name for field in fields(Score))
COLUMNS = (*(f.name for f in fields(Key)), *OWN, *(f.name for f in fields(Cost)), *SCORES)


def _values(record: Record) -> dict[str, Any]:
    score = dict.fromkeys(SCORES) if record.score is None else vars(record.score)
    own = {name: getattr(record, name) for name in OWN}
    return {**vars(record.key), **own, **vars(record.cost), **score}


def _record(values: Mapping[str, Any]) -> Record:
    def part(kind: Any) -> Any:
        return kind(**{field.name: values[field.name] for field in fields(kind)})

    score = None if values["failed"] else part(Score)
    own = {name: values[name] for name in OWN}
    return Record(key=part(Key), **own, cost=part(Cost), score=score)


class Store:
    """The records in a folder, which is made if it is not there.

    Parameters
    ----------
    folder

    Raises
    ------
    FormatError
        The folder cannot be made, or what it holds are no records, or those of another version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts = folder / "parts"
        try:
            self.parts.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FormatError(
                f"{folder}: cannot be made: {error.strerror}; name another folder"
            ) from None
        self.records: dict[Key, Record] = {}
        for path in sorted([*folder.glob("*.parquet"), *self.parts.glob("*.parquet")]):
            if path.name.startswith("."):
                continue  # what a killed run was about to write
            for record in _read(path):
                self.records[record.key] = record

    def add(self, records: Sequence[Record]) -> None:
        """Keep records of one instance, on disk before this returns."""
        if records:
            first = records[0].key
            methods = "+".join(record.key.method for record in records)
            name = f"{_file_name(first.cell)}-{first.block}-{first.instance}-{methods}"
            _write(records, self.parts / f"{name}.parquet")
            self.records.update((record.key, record) for record in records)

    def gather(self) -> None:
        """Put all parts into one file per method."""
        by_method: dict[str, list[Record]] = {}
        for record in self.records.values():
            by_method.setdefault(record.key.method, []).append(record)
        for method, records in by_method.items():
            records.sort(key=lambda r: (r.key.cell, r.key.block, r.key.instance))
            _write(records, self.folder / f"{method}.parquet")
        # Only now: killed in between, a record is there twice, which does no harm.
        for path in self.parts.glob("*.parquet"):
            path.unlink()


def _file_name(text: str) -> str:
    return "".join(c if c.isalnum() or c in "^-." else "_" for c in text)


def _read(path: Path) -> Iterable[Record]:
    frame = read_frame(path)
    lacking = [name for name in COLUMNS if name not in frame.columns]
    if lacking:
        raise FormatError(f"{path}: holds no records of a study: there is no column {lacking[0]!r}")
    mend = "delete the file to have it measured again, or give another folder"
    if VERSION not in frame.columns or None in set(frame[VERSION]):
        raise FormatError(f"{path}: does not say which domix measured it; {mend}")
    others = sorted(set(frame[VERSION]) - {__version__})
    if others:
        raise FormatError(
            f"{path}: measured by domix {others[0]}, and this is {__version__}; {mend}"
        )
    return [_record(row) for row in frame.iter_rows(named=True)]


def _write(records: Sequence[Record], path: Path) -> None:
    rows = [_values(record) for record in records]
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    columns[VERSION] = [__version__] * len(rows)
    write_frame(from_columns(columns, "polars"), path)
