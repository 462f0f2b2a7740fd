"""Records of a study on disk: one Parquet file per method.

Each finished instance is written at once to a file of its own in the folder ``parts``, completely
or not at all, so that a run that is killed loses only the instances in progress. At the end the
parts are merged into one file per method; delete that file to measure the method again. Every row
names the version of domix that measured it, and all records of a folder have the same version.
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
from domix.study.scoring.claims_score import ClaimsScore
from domix.study.scoring.cost import Cost
from domix.study.scoring.instance_score import InstanceScore
from domix.study.scoring.misfit_score import MisfitScore
from domix.study.scoring.set_score import SetScore


@dataclass(frozen=True)
class Key:
    """The identity of a record, which determines everything in it except the cost."""

    cell: str
    block: str
    instance: int
    method: str


@dataclass(frozen=True)
class Record:
    """The result of one method on one instance.

    Attributes
    ----------
    key : Key
    seed : int
        The root of the block of seeds.
    shown : str
        One character per true target: 1 if it is detectable, else 0. Empty if the cell has a
        setting.
    failed : str
        The error message if the method refused the instance; else empty.
    cost : Cost
    score : InstanceScore or None
        None if the method refused, or the cell has a setting.
    misfit : MisfitScore or None
        None if the method refused, or the cell has no setting.
    claims : ClaimsScore or None
        None if there is no score, or the estimate is not a result of rows.
    sets : SetScore or None
        None if the method does not say what its targets could be instead.
    """

    key: Key
    seed: int
    shown: str
    failed: str
    cost: Cost
    score: InstanceScore | None
    misfit: MisfitScore | None = None
    claims: ClaimsScore | None = None
    sets: SetScore | None = None


VERSION = "version"
OWN = ("seed", "shown", "failed")
SCORES = tuple(field.name for field in fields(InstanceScore))
COLUMNS = (*(f.name for f in fields(Key)), *OWN, *(f.name for f in fields(Cost)), *SCORES)
MISFIT = {f"misfit_{field.name}": field.name for field in fields(MisfitScore)}
CLAIMS = {f"claims_{field.name}": field.name for field in fields(ClaimsScore)}
SETS = {f"sets_{field.name}": field.name for field in fields(SetScore)}
"""Columns of records of cells with a setting, of claims and of sets; files need not have them."""


def _to_row(record: Record) -> dict[str, Any]:
    score = dict.fromkeys(SCORES) if record.score is None else vars(record.score)
    own = {name: getattr(record, name) for name in OWN}
    misfit = {column: getattr(record.misfit, name, None) for column, name in MISFIT.items()}
    claims = {column: getattr(record.claims, name, None) for column, name in CLAIMS.items()}
    sets = {column: getattr(record.sets, name, None) for column, name in SETS.items()}
    return {**vars(record.key), **own, **vars(record.cost), **score, **misfit, **claims, **sets}


def _from_row(values: Mapping[str, Any]) -> Record:
    def part(kind: Any) -> Any:
        return kind(**{field.name: values[field.name] for field in fields(kind)})

    def optional(kind: Any, columns: Mapping[str, str]) -> Any:
        if all(values.get(column) is None for column in columns):
            return None
        return kind(**{name: values[column] for column, name in columns.items()})

    return Record(
        key=part(Key),
        **{name: values[name] for name in OWN},
        cost=part(Cost),
        score=optional(InstanceScore, {name: name for name in SCORES}),
        misfit=optional(MisfitScore, MISFIT),
        claims=optional(ClaimsScore, CLAIMS),
        sets=optional(SetScore, SETS),
    )


class Store:
    """The records in a folder.

    Parameters
    ----------
    folder : Path
        Created if it does not exist.

    Raises
    ------
    FormatError
        The folder cannot be created, or it holds other files or records of another version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts = folder / "parts"
        try:
            self.parts.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FormatError(
                f"{folder}: cannot be created: {error.strerror}; name another folder"
            ) from None
        self.records: dict[Key, Record] = {}
        for path in sorted([*folder.glob("*.parquet"), *self.parts.glob("*.parquet")]):
            if path.name.startswith("."):
                continue  # an unfinished file of a killed run
            for record in _read(path):
                self.records[record.key] = record

    def add(self, records: Sequence[Record]) -> None:
        """Add records of one instance, and write them to disk before returning."""
        if records:
            first = records[0].key
            methods = "+".join(record.key.method for record in records)
            name = f"{_file_name(first.cell)}-{first.block}-{first.instance}-{methods}"
            _write(records, self.parts / f"{name}.parquet")
            self.records.update((record.key, record) for record in records)

    def merge_parts(self) -> None:
        """Merge all parts into one file per method."""
        by_method: dict[str, list[Record]] = {}
        for record in self.records.values():
            by_method.setdefault(record.key.method, []).append(record)
        for method, records in by_method.items():
            records.sort(key=lambda r: (r.key.cell, r.key.block, r.key.instance))
            _write(records, self.folder / f"{method}.parquet")
        # Last: if the run is killed before, some records are duplicates, which does no harm.
        for path in self.parts.glob("*.parquet"):
            path.unlink()


def _file_name(text: str) -> str:
    return "".join(c if c.isalnum() or c in "^-." else "_" for c in text)


def _read(path: Path) -> Iterable[Record]:
    frame = read_frame(path)
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise FormatError(f"{path}: not records of a study: column {missing[0]!r} is missing")
    fix = "delete the file to measure it again, or name another folder"
    if VERSION not in frame.columns or None in set(frame[VERSION]):
        raise FormatError(f"{path}: the version of domix is missing; {fix}")
    others = sorted(set(frame[VERSION]) - {__version__})
    if others:
        raise FormatError(
            f"{path}: measured by domix {others[0]}, but this is {__version__}; {fix}"
        )
    return [_from_row(row) for row in frame.iter_rows(named=True)]


def _write(records: Sequence[Record], path: Path) -> None:
    rows = [_to_row(record) for record in records]
    misfit = tuple(MISFIT) if any(record.misfit for record in records) else ()
    claims = tuple(CLAIMS) if any(record.claims for record in records) else ()
    sets = tuple(SETS) if any(record.sets for record in records) else ()
    columns = {name: [row[name] for row in rows] for name in (*COLUMNS, *misfit, *claims, *sets)}
    columns[VERSION] = [__version__] * len(rows)
    write_frame(from_columns(columns, "polars"), path)
