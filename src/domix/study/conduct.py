"""A named study from its name to its table: what ``domix study`` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from domix.core.space import listing
from domix.disentangle.progress import reporting
from domix.errors import DataError
from domix.formats.atomic import atomic_write
from domix.study.cells import STUDIES, only
from domix.study.records import Store
from domix.study.run import run
from domix.study.table import as_csv, as_json, as_markdown, as_text, summarise

__all__ = ["conduct"]

RECORDS = "records"
TABLES = {"table.csv": as_csv, "table.json": as_json, "table.md": as_markdown}


def conduct(
    name: str,
    folder: Path,
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
        The table as text.

    Raises
    ------
    DataError
        No such study, cell, block or method.
    """
    if name not in STUDIES:
        raise DataError(f"there is no study {name!r}; there is {listing(STUDIES)}")
    study = STUDIES[name]
    chosen = study.cells if cells is None else only(study.cells, cells)
    count = study.instances if instances is None else instances
    wanted = tuple(study.methods if methods is None else dict.fromkeys(methods))
    store = Store(folder / RECORDS)
    with reporting(progress) as report:
        run(
            chosen,
            store,
            block=block,
            instances=count,
            methods=wanted,
            jobs=jobs,
            report=report,
        )
    lines = summarise(store.records, chosen, wanted, block, count)
    for file, write in TABLES.items():
        with atomic_write(folder / file) as path:
            path.write_text(write(lines), encoding="utf-8")
    return as_text(lines)
