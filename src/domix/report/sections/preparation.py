"""How measurements became states, and what became of rows that miss values."""

from __future__ import annotations

from collections.abc import Iterator

from domix.data.discretizing.discretizer import Discretizer
from domix.report.blocks import Block, Bullets, Section, Table
from domix.report.material import Material
from domix.report.wording import count, sentence

MOST_ROWS = 10
"""Impossible rows that are named."""


def describe_preparation(material: Material) -> Section:
    """Say what was done to the rows before they were searched."""
    blocks: list[Block] = [Bullets(list(map(sentence, _list_steps(material))))]
    if material.discretizer is not None:
        blocks.append(_list_cuts(material.discretizer))
    return Section("preparation", "Preparation of the data", blocks)


def _list_steps(material: Material) -> Iterator[str]:
    result, about = material.result, material.about
    if material.discretizer is None:
        yield "the rows were taken as they are: no measurement was cut into states"
    else:
        cut = len(material.discretizer.edges)
        yield (
            f"the measurements of {count(cut, 'variable')} were cut into states, at the points "
            "below; a value that equals a cut point belongs to the state above it"
        )
    used = {"rows": (about.rows_read, result.rows if material.groups == 1 else None)}
    used["control rows"] = (about.controls_read, about.controls)
    for name, (read, kept) in used.items():
        if read is not None and kept is not None and read > kept:
            yield f"{read - kept:,.0f} of {read:,} {name} miss a value, and were left out"
    if "missing" in result.facts:
        yield f"missing values: {result.facts['missing']}"
    if "labels" in result.facts:
        yield f"interventions were {result.facts['labels']}"
    if "samples" in result.facts:
        yield result.facts["samples"]
    if result.unexplained:
        named = ", ".join(map(str, result.unexplained[:MOST_ROWS]))
        more = ", ..." if len(result.unexplained) > MOST_ROWS else ""
        yield (
            f"{count(len(result.unexplained), 'row')} cannot come from any target, and "
            f"do not count (by number from 0: {named}{more})"
        )


def _list_cuts(discretizer: Discretizer) -> Table:
    body = [
        [name, ", ".join(map(_number, edges)), " | ".join(discretizer.states[name])]
        for name, edges in discretizer.edges.items()
    ]
    head = ["variable", "cut points", "states, from the lowest up"]
    return Table("Cut points", head, body)


def _number(edge: float) -> str:
    return f"{edge:.4g}"
