"""Figures that ``domix disentangle`` writes, by kind."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from domix.cli.files.rows import FileRows
from domix.cli.files.streams import RowFiles, StreamedRows
from domix.cli.results import Results
from domix.core.space import listing
from domix.errors import DataError
from domix.plots import FIGURE_SUFFIXES, plot_graph, plot_groups, plot_result
from domix.results.result import Disentanglement
from domix.streams.stream import RowStream
from domix.util.figures import FIGURE_DPI, require_matplotlib

FIGURES = ("targets", "network", "weights", "posterior", "lifting", "graph")
"""Kinds of figures of one mixture that every result has."""


@dataclass(frozen=True)
class FigureFile:
    """A file for a figure, as the option names it.

    Examples
    --------
    >>> FigureFile.read("network:net.svg").kind, FigureFile.read("figure.png").kind
    ('network', None)
    """

    text: str
    kind: str | None
    path: Path

    @classmethod
    def read(cls, text: str) -> FigureFile:
        """Read ``FILE`` or ``KIND:FILE``."""
        kind, colon, path = text.partition(":")
        # Another prefix than a word is a part of the path; a single letter is its drive.
        if not colon or not kind.isidentifier() or len(kind) == 1:
            return cls(text, None, Path(text))
        if kind not in FIGURES:
            raise argparse.ArgumentTypeError(
                f"{text}: {kind!r} is not a kind of figure; choose from {listing(FIGURES)}; "
                f"a file of this name is written ./{text}"
            )
        return cls(text, kind, Path(path))


def add_figures(parser: argparse.ArgumentParser) -> None:
    """Add the option for figures."""
    parser.add_argument(
        "--plot",
        type=FigureFile.read,
        action="append",
        default=[],
        metavar="[KIND:]FILE",
        help=f"write a figure: .png, .svg or .pdf; KIND is {', '.join(FIGURES[:-1])} or "
        f"{FIGURES[-1]} (default: {FIGURES[0]}; with --groups: groups by variables); several times",
    )


def list_outputs(figures: Sequence[FigureFile]) -> dict[str, tuple[Path, tuple[str, ...]]]:
    """Return the files of figures by the text of their options, with the suffixes they can have."""
    if len(figures) == 1:
        return {"--plot": (figures[0].path, FIGURE_SUFFIXES)}
    return {f"--plot {figure.text}": (figure.path, FIGURE_SUFFIXES) for figure in figures}


def check_figures(figures: Sequence[FigureFile], grouped: bool) -> None:
    """Refuse figures that cannot be drawn, before the work.

    Raises
    ------
    DataError
        The figure of one mixture is wanted where there are groups.
    MissingExtraError
        matplotlib is not installed.
    """
    for figure in figures:
        require_matplotlib()
        if grouped and figure.kind is not None:
            raise DataError(
                f"{figure.text} shows one mixture, and --groups makes several; write --plot "
                f"{figure.path} for groups by variables",
                argument="--plot",
            )


def check_time(figures: Sequence[FigureFile], has_report: bool, grouped: bool) -> None:
    """Refuse the times of rows where nothing would show them, before the work.

    Raises
    ------
    DataError
        There is no report and no figure of rows, or there are groups.
    """
    if not has_report and not has_rows(figures):
        raise DataError(
            "has no effect without a figure of the posterior or a report; add --plot "
            "posterior:FILE, or --report FILE",
            argument="--time",
        )
    if grouped:
        raise DataError(
            "is of one mixture, and --groups makes several; leave one of the two out",
            argument="--time",
        )


def has_rows(figures: Sequence[FigureFile]) -> bool:
    """Return whether there is a figure of rows."""
    return any(figure.kind == "posterior" for figure in figures)


def require_rows(figures: Sequence[FigureFile], rows: RowFiles) -> None:
    """Refuse a figure of rows that are read in batches.

    Raises
    ------
    DataError
        There is one.
    """
    if isinstance(rows, RowStream) and has_rows(figures):
        raise DataError(
            "the posterior is computed from rows in memory, and these are read in batches; name "
            "one file of rows, without --memory-limit",
            argument="--plot",
        )


def draw_figures(
    figures: Sequence[FigureFile], results: Results, rows: FileRows | StreamedRows
) -> dict[Path, Callable[[Path], object]]:
    """Draw figures, and return for each file what writes it."""
    return {
        figure.path: partial(_draw(figure.kind, results, rows).savefig, dpi=FIGURE_DPI)
        for figure in figures
    }


def _draw(kind: str | None, results: Results, rows: FileRows | StreamedRows) -> Any:
    if not isinstance(results, Disentanglement):
        return plot_groups(results)
    if kind == "graph":
        return plot_graph(results.network, results.graph)
    options: dict[str, Any] = {}
    if kind == "posterior":
        options = {"data": rows.data, "labels": rows.labels, "time": rows.time}
        options["missing"] = "marginalize" if np.ma.is_masked(rows.data) else "error"
    return plot_result(results, kind or FIGURES[0], **options)
