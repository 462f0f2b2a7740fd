"""A study from its name to its table: what ``domix study`` does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from domix.core.space import listing
from domix.errors import DataError
from domix.study.cells import Cell, select_cells
from domix.study.instances.seeds import root_of
from domix.study.measure import measure_cells
from domix.study.records import Store
from domix.study.reporting import figures, table
from domix.study.reporting.growth import describe_growth
from domix.study.reporting.misfit_table import MISFIT_COLUMNS, compute_misfit_figures
from domix.study.reporting.reference import compare_with_reference
from domix.study.reporting.rows_needed import Need, find_rows_needed, format_needs
from domix.study.reporting.sets_table import (
    SET_COLUMNS,
    compute_set_figures,
    describe_calibration,
)
from domix.study.reporting.table import Columns, Line, as_csv, as_json, as_markdown, as_text
from domix.study.studies import STUDIES
from domix.util.figures import FIGURE_DPI, require_matplotlib
from domix.util.files import atomic_write
from domix.util.progress import reporting

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RECORDS = "records"
"""Name of the folder of records."""


def run_study(
    name: str,
    folder: str | os.PathLike[str],
    *,
    block: str = "development",
    instances: int | None = None,
    methods: Sequence[str] | None = None,
    jobs: int = 1,
    scheduler: str | None = None,
    cells: Sequence[str] | None = None,
    progress: bool = False,
) -> str:
    """Run a study, or continue it, and write its tables and figures into a folder.

    Parameters
    ----------
    name : str
        A key of ``domix.study.STUDIES``.
    folder : str or path-like
        Created if it does not exist. Instances that have a record in it are not measured again.
    block : {"development", "reporting"}
        Block of seeds.
    instances : int, optional
        Number of instances per cell; None is the study's default.
    methods : sequence of str, optional
        Methods to compare; None is the study's default.
    jobs : int
        Number of processes.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers measure the instances then.
    cells : sequence of str, optional
        Patterns of the cells to measure, such as ``"8"``, ``"8x2^14"`` or ``"x2^14"``; None is all.
    progress : bool
        Whether to show a progress bar on stderr (needs the extra ``app``).

    Returns
    -------
    str
        The table, further findings of the study, and the seeds.

    Raises
    ------
    DataError
        The study, a cell, the block or a method is unknown, or processes or workers fail.
    FormatError
        The folder cannot be created, or holds records of another version of domix.
    MissingExtraError
        matplotlib or polars is not installed, or Dask, with a scheduler.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     text = run_study("accuracy", folder, instances=1, cells=["4x2^12"])
    >>> text.splitlines()[2].split()[:4]
    ['4', '2^12', 'domix', '1']
    """
    if name not in STUDIES:
        raise DataError(f"unknown study {name!r}; choose from {listing(STUDIES)}")
    study = STUDIES[name]
    selected = study.cells if cells is None else select_cells(study.cells, cells)
    count = study.instances if instances is None else instances
    compared = tuple(study.methods if methods is None else dict.fromkeys(methods))
    require_matplotlib()
    folder = Path(folder)
    store = Store(folder / RECORDS)
    needs: list[Need] = []
    misfit = any(cell.setting is not None for cell in selected)
    columns: Columns = table.SHOWN
    compute: table.Figures = table.compute_figures
    if misfit:
        columns, compute = MISFIT_COLUMNS, compute_misfit_figures
    elif study.sets:
        columns, compute = SET_COLUMNS, compute_set_figures
    with reporting(progress) as report:

        def measure(cells: Sequence[Cell], methods: Sequence[str]) -> list[Line]:
            measure_cells(
                cells,
                store,
                block=block,
                instances=count,
                methods=methods,
                jobs=jobs,
                scheduler=scheduler,
                report=report,
            )
            return table.summarise(store.records, cells, methods, block, count, compute)

        if study.bisect:
            needs = find_rows_needed(selected, compared, lambda cells, m: measure(cells, [m]))
            lines = table.summarise(store.records, selected, compared, block, count, compute)
        else:
            lines = measure(selected, compared)
    findings = _describe_findings(name, lines, needs, store, block)
    if study.sets:
        findings = describe_calibration(store.records.values())
    root, last = root_of(block), count - 1
    seeds = f"{name}: seeds of the block {block} (root {root}), instances 0 to {last} of each cell"
    _write_tables(folder, lines, columns, seeds, findings)
    for file, figure in _draw_figures(name, lines, needs).items():
        if figure is not None:
            with atomic_write(folder / file) as path:
                figure.savefig(path, dpi=FIGURE_DPI)
    return "\n\n".join(filter(None, [as_text(lines, columns), findings, seeds]))


def _describe_findings(
    name: str, lines: Sequence[Line], needs: Sequence[Need], store: Store, block: str
) -> str:
    """Return the findings of a study that its table does not show."""
    if needs:
        return format_needs(needs)
    if name == "growth":
        return describe_growth(lines, store.records, block)
    if name == "plug-in":
        return compare_with_reference(lines)
    return ""


def _draw_figures(
    name: str, lines: Sequence[Line], needs: Sequence[Need]
) -> dict[str, Figure | None]:
    """Draw the figures of a study by file name; None where records are missing."""
    if needs:
        return {"rows-needed.png": figures.rows_needed(needs)}
    if name == "growth":
        return {"growth.png": figures.growth(lines)}
    if name == "paper":
        return {
            "by-rows.png": figures.by_rows(lines),
            "by-variables.png": figures.by_variables(lines),
            "by-graph.png": figures.by_graph(lines),
        }
    return {}


def _write_tables(
    folder: Path, lines: Sequence[Line], columns: Columns, seeds: str, findings: str
) -> None:
    texts = {
        "table.csv": as_csv(lines),
        "table.json": as_json(lines),
        "table.md": f"{as_markdown(lines, columns)}\n{seeds}\n",
    }
    if findings:
        texts["findings.txt"] = f"{findings}\n\n{seeds}\n"
    for file, text in texts.items():
        with atomic_write(folder / file) as path:
            path.write_text(text, encoding="utf-8")
