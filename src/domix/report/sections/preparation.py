"""How measurements became states, and what became of rows that miss values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from domix.data.discretizing.cuts import edge_texts
from domix.data.discretizing.discretizer import Discretizer
from domix.report.blocks import Block, Bullets, Section, Table
from domix.report.material import Material
from domix.report.wording import sentence, shortened
from domix.util.text_tables import count

MOST_ROWS = 10
"""Impossible rows that are named."""

MOST_COLUMNS = 20
"""Columns without effect that are named."""


def describe_preparation(materials: Sequence[Material]) -> Section:
    """Say what was done to the rows of one or more mixtures before they were searched."""
    discretizer = materials[0].discretizer
    blocks: list[Block] = [Bullets(list(map(sentence, _list_steps(materials))))]
    if discretizer is not None:
        blocks.append(_list_cuts(discretizer))
    return Section("preparation", "Preparation of the data", blocks)


def _list_steps(materials: Sequence[Material]) -> Iterator[str]:
    about, result = materials[0].about, materials[0].result
    yield _describe_states(materials[0])
    used = {
        "rows": _count_rows(materials),
        "control rows": (about.controls_read, about.controls),
    }
    for name, (read, kept) in used.items():
        if read is not None and kept is not None and read > kept:
            yield f"{read - kept:,.0f} of {read:,} {name} miss a value, and were left out"
    for name, columns in about.ignored.items():
        named = shortened(columns, MOST_COLUMNS)
        yield (
            f"{count(len(columns), 'column')} of the {name} {'is' if len(columns) == 1 else 'are'} "
            f"not among the variables, and had no effect: {named}"
        )
    if any("missing" in m.result.facts for m in materials):
        yield f"missing values: {_describe_missing(materials)}"
    if any("labels" in m.result.facts for m in materials):
        yield "interventions were " + (
            result.facts["labels"]
            if len(materials) == 1
            else "known for some rows: each group says for how many"
        )
    if "samples" in result.facts:
        yield result.facts["samples"]
    impossible = [row for m in materials for row in m.result.unexplained]
    if impossible:
        named = ", ".join(map(str, impossible[:MOST_ROWS]))
        more = ", ..." if len(impossible) > MOST_ROWS else ""
        yield (
            f"{count(len(impossible), 'row')} cannot come from any target, and "
            f"do not count (by number from 0: {named}{more})"
        )


def _count_rows(materials: Sequence[Material]) -> tuple[int | None, float]:
    """Return how many rows were given, and how many were used."""
    about, rows = materials[0].about, [m.rows for m in materials if m.rows is not None]
    if about.rows_read is None and rows:
        return rows[0].given, sum(len(own.codes) for own in rows)
    return about.rows_read, sum(m.result.rows or 0 for m in materials)


def _describe_states(material: Material) -> str:
    if material.discretizer is not None:
        return _describe_cuts(material.discretizer)
    if material.about.is_complete:
        return "the rows were taken as they are: no measurement was cut into states"
    return (
        "whether measurements were cut into states, and where, was not recorded; report(..., "
        "discretizer=...) records it"
    )


def _describe_cuts(discretizer: Discretizer) -> str:
    """Say at which points measurements were cut, and whether they were scaled before."""
    scaled = []
    if discretizer.by is not None:
        scaled.append(f"those of each {discretizer.by!r} to a typical one")
    if discretizer.depth is not None:
        scaled.append(f"counts to a typical {discretizer.depth!r}")
    text = f"the measurements of {count(len(discretizer.edges), 'variable')} were "
    text += f"scaled ({', '.join(scaled)}) and then " if scaled else ""
    return (
        f"{text}cut into states, at the points below; a value that equals a cut point belongs to "
        "the state above it"
    )


def _describe_missing(materials: Sequence[Material]) -> str:
    """Say how many entries were missing, in all groups together."""
    if len(materials) == 1:
        return materials[0].result.facts["missing"]
    masks = [np.ma.getmaskarray(m.rows.codes) for m in materials if m.rows is not None]
    if len(masks) < len(materials):
        return "summed out as missing at random; each group says how many"
    entries = sum(int(absent.sum()) for absent in masks)
    rows = sum(int(absent.any(axis=1).sum()) for absent in masks)
    return (
        f"{count(entries, 'entry', 'entries')} of {count(rows, 'row')} in all groups together, "
        "summed out as missing at random; each group says how many"
    )


def _list_cuts(discretizer: Discretizer) -> Table:
    body = [
        [name, ", ".join(edge_texts(edges)), " | ".join(discretizer.states[name])]
        for name, edges in discretizer.edges.items()
    ]
    head = ["variable", "cut points", "states, from the lowest up"]
    return Table("Cut points", head, body)
