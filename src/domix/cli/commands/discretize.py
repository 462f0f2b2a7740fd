"""``domix discretize``: cut measurements into states, at points that control rows show."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from domix.cli.files.outputs import check_outputs, write_all
from domix.cli.files.rows import name_source, row_format
from domix.cli.options import add_rows, whole_number
from domix.cli.terminal import fit_terminal
from domix.core.notation import parse_pairs
from domix.data.discretizing.discretizer import CHOICES, Discretizer
from domix.data.discretizing.learning import AUTO, Strategy
from domix.data.files import SUFFIXES, write_frame
from domix.errors import DataError

SUMMARY = "cut measurements into states, at points that control rows show"
EXAMPLES = """
domix discretize control.csv --save-cuts cuts.json
domix discretize control.csv screen.csv --out states
domix discretize control.parquet rows.parquet --by plate --strategy IL6=counts --out states
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the rows, how they are cut, and the outputs."""
    parser.add_argument(
        "control",
        type=Path,
        metavar="CONTROL",
        help="rows without interventions, which show the cut points: .csv, .parquet, ...",
    )
    parser.add_argument(
        "rows", type=Path, nargs="*", metavar="ROWS", help="other rows, with the same columns"
    )
    parser.add_argument(
        "--strategy",
        action="append",
        default=[],
        metavar="NAME",
        help=f"how columns are cut, all or by name, COLUMN=NAME,...: {', '.join(CHOICES)} "
        f"(default: {AUTO})",
    )
    parser.add_argument(
        "--bins",
        type=whole_number(1),
        metavar="N",
        help="number of states without the outer ones (default: that of the strategy)",
    )
    parser.add_argument(
        "--by",
        metavar="COLUMN",
        help="the batch of each row, such as its run or plate: values are scaled to a typical one",
    )
    parser.add_argument(
        "--depth",
        metavar="COLUMN",
        help="the number of all counts of each row: columns of counts are scaled to a typical one",
    )
    parser.add_argument(
        "--save-cuts",
        type=Path,
        metavar="FILE",
        help="write the cut points to this .json file, for --cuts of other commands",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="write CONTROL and ROWS, in states, to files of the same names in this folder",
    )
    add_rows(parser, extra=False, missing=False)


def run(args: argparse.Namespace) -> None:
    """Learn the cut points, write the files that are wanted, and print the states."""
    paths = [args.control, *args.rows]
    outputs = _name_outputs(paths, args.out)
    check_outputs(
        {str(path): path for path in paths},
        {
            "--save-cuts": (args.save_cuts, (".json",)),
            **{f"--out, {path.name}": (output, SUFFIXES) for path, output in outputs.items()},
        },
    )
    form = row_format(args)
    discretizer = Discretizer(_read_strategy(args.strategy), args.bins, args.depth)
    with name_source("control", args.control):
        table = form.read_table(args.control)
        discretizer.fit(table, by=args.by, missing_values=form.missing_values)
    form = replace(form, discretizer=discretizer)
    writers: dict[Path, Callable[[Path], object]] = {
        output: partial(write_frame, form.read(path)) for path, output in outputs.items()
    }
    if args.save_cuts is not None:
        writers[args.save_cuts] = lambda path: path.write_text(discretizer.to_json(), "utf-8")
    write_all(writers)
    print(fit_terminal(str(discretizer)))


def _name_outputs(paths: Sequence[Path], folder: Path | None) -> dict[Path, Path]:
    """Return the output of each file of rows; none without a folder."""
    if folder is None:
        if len(paths) > 1:
            raise DataError("name the folder that ROWS are written to", argument="out")
        return {}
    names = [path.name for path in paths]
    duplicates = [name for name in names if names.count(name) > 1]
    if duplicates:
        raise DataError(f"two files are called {duplicates[0]!r}; rename one", argument="out")
    return {path: folder / path.name for path in paths}


def _read_strategy(texts: Sequence[str]) -> Strategy:
    """Read one strategy for all columns, or some by name.

    Examples
    --------
    >>> _read_strategy([]), _read_strategy(["counts"]), _read_strategy(["IL6=counts,IL2=keep"])
    ('auto', 'counts', {'IL6': 'counts', 'IL2': 'keep'})
    """
    if not any("=" in text for text in texts):
        if len(texts) > 1:
            raise DataError(
                "one strategy for all columns is possible, or COLUMN=NAME,...", argument="strategy"
            )
        return texts[0] if texts else AUTO
    return {column: str(name) for text in texts for column, name in parse_pairs(text)}
