"""Draw the figures of paper.md from the committed records, and write its table.

``python docs/figures/paper.py``. The records are those of ``domix study paper --block reporting
--out docs/reference/paper-study``, which measures what is missing of them.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from domix.study.records import Store
from domix.study.reporting import figures
from domix.study.reporting.table import Line, compute_figures, summarise
from domix.study.studies import STUDIES

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))

RECORDS = FOLDER.parent / "reference" / "paper-study" / "records"
PAGE = FOLDER.parent / "reference" / "paper.md"
DPI, COLOURS = 70, 32
BLOCK = "reporting"
METHODS = ("domix", "plug-in", "oracle", "all-targets")
SHOWN = (4, 10, 13, 16, 20)
"""Powers of two of the rows in the table."""


def read_lines() -> list[Line]:
    """Summarise the committed records; a copy is read, because a store merges what it finds."""
    with tempfile.TemporaryDirectory() as folder:
        for path in RECORDS.glob("*.parquet"):
            (Path(folder) / path.name).write_bytes(path.read_bytes())
        records = Store(Path(folder)).records
    instances = 1 + max(key.instance for key in records)
    return summarise(records, STUDIES["paper"].cells, METHODS, BLOCK, instances, compute_figures)


def draw(folder: Path = FOLDER) -> None:
    """Draw Figures 1 to 3 of the paper with domix added."""
    lines = read_lines()
    for name, plot in (
        ("by-rows", figures.by_rows),
        ("by-variables", figures.by_variables),
        ("by-graph", figures.by_graph),
    ):
        figure = plot(lines)
        assert figure is not None
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI)
        # A palette of a few colours: a third of the bytes.
        image = Image.open(buffer).convert("RGB").quantize(COLOURS)
        image.save(folder / f"{name}.png", optimize=True)


def tabulate(lines: Sequence[Line]) -> str:
    """Return recall and precision by variables and rows, on scale-free graphs."""
    powers = " | ".join(f"2^{power}" for power in SHOWN)
    out = [f"| variables | method | {powers} |", "|---|---|" + "---|" * len(SHOWN)]
    cells = {(line.cell.n, line.cell.rows, line.method): line for line in lines[::-1]}
    cells |= {
        (line.cell.n, line.cell.rows, line.method): line
        for line in lines
        if line.cell.graph == "scale-free"
    }
    sizes = sorted({line.cell.n for line in lines})
    for n in sizes:
        for method in ("domix", "plug-in"):
            entries = []
            for power in SHOWN:
                line = cells.get((n, 2**power, method))
                entries.append("" if line is None else _entry(line))
            out.append(f"| {n} | {figures.NAMES.get(method, method)} | {' | '.join(entries)} |")
    return "\n".join(out)


def _entry(line: Line) -> str:
    recall, precision = line.figures["recall"].mean, line.figures["precision"].mean
    return f"{recall:.2f} / {precision:.2f}"


def write_page() -> None:
    """Write the number of instances and the table between their marks."""
    lines, text = read_lines(), PAGE.read_text(encoding="utf-8")
    count = min(line.instances for line in lines)
    parts = {"instances": f"{count} instances per cell.", "paper": tabulate(lines)}
    for name, new in parts.items():
        pattern = re.compile(f"(<!-- {name} -->\n).*?(\n?<!-- end of {name} -->)", re.DOTALL)
        text = pattern.sub(lambda found, new=new: f"{found[1]}{new}\n{found[2].lstrip()}", text)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    draw()
    write_page()
