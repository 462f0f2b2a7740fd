"""What was asked: the rows, the graph, the options, and who answered."""

from __future__ import annotations

import platform
from collections.abc import Iterator

import numpy as np

from domix._version import __version__
from domix.report.about import About
from domix.report.blocks import Block, Code, Definitions, Paragraph, Section, Table
from domix.report.material import Material
from domix.report.wording import shortened
from domix.results.result import Disentanglement
from domix.util.text_tables import count

MOST_VARIABLES = 40
"""Variables that are named."""

MOST_FILES = 40
"""Files that are listed."""

SHORT_FINGERPRINT = 16
"""Digits of a fingerprint that are shown: enough to tell files apart."""

METHODS = {
    "likelihood": "maximum likelihood, with a test of each target (the default estimator)",
    "population": "Algorithm 1 of Kumar and Sinha (UAI 2021), from a distribution",
    "plugin": "Algorithm 2 of Kumar and Sinha (UAI 2021), from frequencies of the rows",
}

UNITS = ("bytes", "kB", "MB", "GB", "TB")


def describe_question(material: Material) -> Section:
    """Say what was asked of which rows."""
    about = material.about
    blocks: list[Block] = [Definitions(list(_list_inputs(material)))]
    if about.files:
        blocks.append(
            Table(
                f"Files that were read (fingerprint: the first {SHORT_FINGERPRINT} digits of "
                "SHA-256)",
                ["file", "holds", "size", "fingerprint"],
                [
                    [
                        file.name,
                        file.role,
                        _size_text(file.size),
                        (file.fingerprint or "not computed")[:SHORT_FINGERPRINT],
                    ]
                    for file in about.files[:MOST_FILES]
                ],
                [2],
            )
        )
    if len(about.files) > MOST_FILES:
        blocks.append(Paragraph(f"{len(about.files) - MOST_FILES:,} more files are not listed."))
    if about.options:
        options = [[name, value] for name, value in about.options.items()]
        blocks.append(
            Table("Options that differ from their defaults", ["option", "value"], options)
        )
    elif about.is_complete:
        blocks.append(Paragraph("All options have their default values."))
    return Section("asked", "What was asked", blocks)


def _list_inputs(material: Material) -> Iterator[tuple[str, str]]:
    result = material.result
    if result.rows is not None and material.groups == 1:
        yield "rows", f"{result.rows:,.0f}"
    if material.groups > 1:
        yield "groups", f"{material.groups:,}, each a mixture of its own"
    if material.controls is not None:
        yield "control rows", f"{material.controls:,}, to which nothing was done"
    names = result.network.variables
    yield "variables", f"{len(names)}: {shortened(names, MOST_VARIABLES)}"
    edges = sum(map(len, result.network.parents.values()))
    yield "graph", f"{count(edges, 'edge')}, {describe_graph(result)}"
    if "tables" in result.facts:
        yield "conditional probability tables", result.facts["tables"]
    yield "method", METHODS.get(result.method, result.method)
    if result.alpha is not None:
        yield "alpha", f"{result.alpha:g}"


def describe_graph(result: Disentanglement) -> str:
    """Say where the graph comes from."""
    if result.graph is None:
        return "as given"
    if result.graph.mode == "learn":
        return "learnt from the rows"
    changed = len(result.graph.changes)
    return (
        f"as given but for {count(changed, 'change')}"
        if changed
        else "as given; repair found nothing to change"
    )


def describe_run(about: About, is_interrupted: bool) -> Section:
    """Say how to get the same answer again, if it does not depend on when a run was stopped."""
    blocks: list[Block] = []
    if about.call is not None:
        blocks.append(Code(about.call))
    seed = "not recorded; 0 if none was given" if about.seed is None else str(about.seed)
    blocks.append(
        Definitions(
            [
                ("seed", seed),
                ("domix", __version__),
                ("NumPy", np.__version__),
                ("Python", platform.python_version()),
                ("date", f"{about.date:%Y-%m-%d %H:%M %Z}".strip()),
            ]
        )
    )
    blocks.append(
        Paragraph(
            "The run was interrupted, so its answer depends on the moment: the same call can find "
            "more if it is not interrupted."
            if is_interrupted
            else "The same files, options, seed and versions give the same result, whatever the "
            "number of threads or workers."
        )
    )
    return Section("reproduce", "How to get the same answer again", blocks)


def _size_text(size: float) -> str:
    """Return a number of bytes as text.

    Examples
    --------
    >>> _size_text(312), _size_text(2_400_000)
    ('312 bytes', '2.4 MB')
    >>> _size_text(999_600)
    '1 MB'
    """
    for unit in UNITS[:-1]:
        if size < 999.5:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} {UNITS[-1]}"
