"""A named study from its name to its table: what ``domix study`` does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from domix.core.space import listing
from domix.errors import DataError
from domix.plots import require_matplotlib
from domix.study.cells import STUDIES, Cell, only
from domix.study.instances.draw import blocks
from domix.study.records import Store
from domix.study.reporting import figures
from domix.study.reporting.bisect import Need, needs_as_text, rows_needed
from domix.study.reporting.growth import exponents
from domix.study.reporting.reference import beside_reference
from domix.study.reporting.table import Line, as_csv, as_json, as_markdown, as_text, summarise
from domix.study.run import run
from domix.util.files import atomic_write
from domix.util.progress import reporting

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["run_study"]

DOTS = 150  # per inch

RECORDS = "records"


def run_study(
    name: str,
    folder: str | os.PathLike[str],
    *,
    block: str = "development",
    instances: int | None = None,
    methods: Sequence[str] | None = None,
    jobs: int = 1,
    cells: Sequence[str] | None = None,
    progress: bool = False,
) -> str:
    """Run a study, or what is left of it, and write its table into ``folder``.

    Parameters
    ----------
    name
        One of :data:`~domix.study.cells.STUDIES`.
    folder
        Made if it is not there. Records that it holds are not measured again.
    block
        Of seeds: ``"development"`` or ``"reporting"``.
    instances, methods
        None is what the study itself says.
    jobs
        Processes.
    cells
        Only those that match, as :func:`~domix.study.cells.only` reads them; None is all.
    progress
        Show a progress bar on stderr (needs the extra ``app``).

    Returns
    -------
    str
        The table as text, what else the study says, and the seeds.

    Raises
    ------
    DataError
        No such study, cell, block or method.
    MissingExtraError
        matplotlib or polars is not installed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     text = run_study("accuracy", folder, instances=1, cells=["4x2^12"])
    >>> text.splitlines()[2].split()[:4]
    ['4', '2^12', 'domix', '1']
    """
    if name not in STUDIES:
        raise DataError(f"there is no study {name!r}; there is {listing(STUDIES)}")
    study = STUDIES[name]
    chosen = study.cells if cells is None else only(study.cells, cells)
    count = study.instances if instances is None else instances
    wanted = tuple(study.methods if methods is None else dict.fromkeys(methods))
    require_matplotlib()
    folder = Path(folder)
    store = Store(folder / RECORDS)
    needs: list[Need] = []
    with reporting(progress) as report:

        def measure(cells: Sequence[Cell], methods: Sequence[str]) -> list[Line]:
            run(
                cells,
                store,
                block=block,
                instances=count,
                methods=methods,
                jobs=jobs,
                report=report,
            )
            return summarise(store.records, cells, methods, block, count)

        if study.bisect:
            needs = rows_needed(chosen, wanted, lambda cells, method: measure(cells, [method]))
            lines = summarise(store.records, chosen, wanted, block, count)
        else:
            lines = measure(chosen, wanted)
    findings = _findings(name, lines, needs)
    root, last = blocks()[block], count - 1
    seeds = f"{name}: seeds of the block {block} (root {root}), instances 0 to {last} of each cell"
    _write(folder, lines, seeds, findings)
    for file, picture in _pictures(name, lines, needs).items():
        if picture is not None:
            with atomic_write(folder / file) as path:
                picture.savefig(path, dpi=DOTS)
    return "\n\n".join(filter(None, [as_text(lines), findings, seeds]))


def _findings(name: str, lines: Sequence[Line], needs: Sequence[Need]) -> str:
    """What a study says beyond its table."""
    if needs:
        return needs_as_text(needs)
    if name == "growth":
        return exponents(lines)
    if name == "plug-in":
        return beside_reference(lines)
    return ""


def _pictures(name: str, lines: Sequence[Line], needs: Sequence[Need]) -> dict[str, Figure | None]:
    """Those that a study has the records for, by file name."""
    if needs:
        return {"rows-needed.png": figures.needs(needs)}
    if name == "growth":
        return {"growth.png": figures.growth(lines)}
    if name == "paper":
        return {
            "by-rows.png": figures.by_rows(lines),
            "by-variables.png": figures.by_variables(lines),
            "by-graph.png": figures.by_graph(lines),
        }
    return {}


def _write(folder: Path, lines: Sequence[Line], seeds: str, findings: str) -> None:
    texts = {
        "table.csv": as_csv(lines),
        "table.json": as_json(lines),
        "table.md": f"{as_markdown(lines)}\n{seeds}\n",
    }
    if findings:
        texts["findings.txt"] = f"{findings}\n\n{seeds}\n"
    for file, text in texts.items():
        with atomic_write(folder / file) as path:
            path.write_text(text, encoding="utf-8")
