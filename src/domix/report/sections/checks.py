"""Whether model and rows fit together: checks, contrast, soft targets, fit, graph, warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domix.report.blocks import Block, Bullets, Definitions, Details, Paragraph, Section, Table
from domix.report.figures import draw_checks, draw_fit, draw_graph
from domix.report.material import Material
from domix.report.wording import joined, sentence, weight_text
from domix.results.checks.check import ModelCheck
from domix.results.goodness import GoodnessOfFit
from domix.results.graph import EdgeChange, GraphReport
from domix.results.result import Disentanglement
from domix.results.soft import SoftReport
from domix.util.text_tables import count, p_text

TITLE = "Do the model and the rows fit?"

GRAPH_READING = (
    "Support: the nats by which the states of the effect are more likely with the edge than "
    "without it (marginal likelihood). Direction support: the nats by which this direction "
    "explains the rows better than the other; it is empty where targets do not bear on it."
)
"""How to read the table of edges."""

GIVEN_ALL_THE_SAME = (
    "A negative support does not say that an edge is wrong. With many states or causes, the table "
    "of the effect has more entries than the rows can fill, and the edge costs more than it "
    "explains. An edge of the given graph stays then, unless control rows ask for its removal."
)
"""What is said where an edge that was given has a negative support."""

LEAST_TESTS, MOST_TESTS = 4, 12
"""Tests of a table, those with the smallest p-values: if none is rejected, and at most."""


def describe_checks(material: Material) -> Section:
    """Say what speaks for and against the model."""
    result = material.result
    blocks: list[Block] = [*_describe_check(material)]
    if material.groups > 1:
        blocks.append(
            Paragraph(
                "Where a group does not fit control rows or its own mixture, it says so itself. "
                "Its tests of the fit have an equal part of alpha, as those of its targets: if all "
                "groups fit, the chance that any is said not to is alpha at most."
            )
        )
        blocks += [] if result.graph is None else [_describe_graph(result, result.graph)]
        return Section("checks", TITLE, blocks)
    blocks += _compare(material)
    if result.graph is not None:
        blocks.append(_describe_graph(result, result.graph))
    return Section("checks", TITLE, blocks)


def _compare(material: Material) -> list[Block]:
    """Compare one mixture with control rows, with soft targets, and with its fit."""
    result = material.result
    blocks: list[Block] = []
    if result.contrast is not None:
        blocks.append(
            Details("Mixture and control rows", [Paragraph(sentence(str(result.contrast)))])
        )
    if result.soft is not None:
        blocks.append(_describe_soft(result.soft))
    blocks.append(_describe_fit(material))
    return blocks


def describe_conflicts(material: Material) -> list[Block]:
    """Compare the mixture of a group among several, where that shows something."""
    blocks: list[Block] = []
    if material.result.soft is not None:
        blocks.append(_describe_soft(material.result.soft))
    if material.fit is not None and material.fit.flagged:
        blocks.append(_describe_fit(material))
    return blocks


def describe_warnings(facts: Mapping[str, str], material: Material) -> Section:
    """List what the run noted: facts on which the answer relies, and warnings."""
    about, blocks = material.about, list[Block]()
    if facts:
        blocks += [
            Paragraph("What the answer relies on, and what it cannot exclude:"),
            Definitions([(key, about.translate(text)) for key, text in facts.items()]),
        ]
    if about.warnings:
        blocks += [Paragraph("Warnings of the run:"), Bullets(about.warnings)]
    elif about.is_complete:
        blocks.append(Paragraph("The run gave no warnings."))
    limits = [*about.limits, *_list_not_recorded(material)]
    if limits:
        blocks += [Paragraph("What this report leaves out:"), Bullets(limits)]
    return Section("notes", "Notes and warnings", blocks)


def _list_not_recorded(material: Material) -> Iterator[str]:
    """Say what a report written in Python lacks, and what to pass to report() for it."""
    about = material.about
    if about.is_complete:
        return
    if material.result.rows is not None:
        learnt = material.result.facts.get("tables", "known") != "known"
        more = ", groups=..." * (material.groups > 1) + ", observational=..." * learnt
        if material.rows is None:
            yield (
                "How well the fitted mixture explains the rows, and what single rows show: "
                f"report(..., data=...{more}) adds it."
            )
        elif learnt and material.observational is None and material.groups == 1:
            yield (
                "The control rows, in the comparison of rows and fit: without them hardly any test "
                "can reject, for learnt tables have adapted to the rows. report(..., "
                "observational=...) adds them."
            )
        if material.discretizer is None:
            yield "How measurements became states: report(..., discretizer=...) adds it."
    lacking = {"call": about.call is None, "files": not about.files}
    lacking |= {"seed": about.seed is None, "warnings": not about.warnings}
    missing = [name for name, lacks in lacking.items() if lacks]
    if missing:
        fields = ", ".join(f"{name}=..." for name in missing)
        yield (
            f"The {joined(missing)} of the run: report(..., about=domix.report.About({fields})) "
            f"adds {'them' if missing[1:] else 'it'}."
        )


def _describe_check(material: Material) -> Iterator[Block]:
    check = material.result.check
    if check is None:
        yield Paragraph(_explain_no_check(material))
        return
    inner: list[Block] = [Paragraph(material.about.translate(check.verdict))]
    table = _list_independences(check)
    if table is not None:
        inner += [table, *([draw_checks(check)] if check.rejected else [])]
    yield Details("Control rows and graph", inner)


def _explain_no_check(material: Material) -> str:
    """Say why control rows were not compared with the graph."""
    facts = material.result.facts
    if "model" in facts:
        return f"The graph was {facts['model']}; a network has only their counts."
    if not facts.get("tables", "").startswith("learnt"):
        return "The run had no control rows, so the graph was not compared with any."
    return (
        "There are too many variables and control rows to compare them with the graph by the way; "
        "domix check, or domix.check_model in Python, does it."
    )


def _list_independences(check: ModelCheck) -> Table | None:
    tested = [test for test in check.by_p_value() if test.p_value is not None]
    if not tested:
        return None
    body = [
        [
            test.variable,
            test.other,
            ", ".join(test.given),
            p_text(test.adjusted or 0.0),
            "rejected" if test.rejected else "not rejected",
        ]
        for test in tested[: _count_shown(len(check.rejected))]
    ]
    return Table(
        f"Independences that the graph implies, tested on {count(check.controls, 'control row')}: "
        f"the {len(body)} smallest p-values of {count(len(tested), 'test')}, corrected by Holm's "
        f"method (alpha {check.alpha:g})",
        ["variable", "is independent of", "given", "p-value", "verdict"],
        body,
        [3],
    )


def _count_shown(rejected: int) -> int:
    return min(max(LEAST_TESTS, rejected + 2), MOST_TESTS)


def _describe_fit(material: Material) -> Details:
    fit = material.fit
    if fit is None:
        return Details(
            "Rows and fitted mixture",
            [
                Paragraph(
                    "How well the fitted mixture explains the rows is not in this report: it "
                    "needs the rows, complete and in memory (data=... in Python)."
                )
            ],
        )
    tested = sum(row.p_value is not None for row in fit.rows)
    part = f", an equal part of alpha for each of {material.groups:,} groups"
    text = (
        f"Observed and expected counts were compared for each variable, in each configuration of "
        f"its parents: {len(fit.flagged)} of {count(tested, 'test')} "
        f"{'rejects' if len(fit.flagged) == 1 else 'reject'} the fit (family-wise alpha "
        f"{fit.alpha:.2g}{part if material.groups > 1 else ''})."
    )
    blocks: list[Block] = [Paragraph(text)]
    if fit.doubtful:
        blocks += [
            Paragraph("Targets that may explain misfit, and not an intervention:"),
            Bullets(
                [
                    f"{c.intervention}: in {c.share:.0%} of its rows {c.variable} does not fit"
                    for c in fit.doubtful
                ]
            ),
        ]
    if tested:
        blocks += [_list_families(fit), *([draw_fit(fit)] if fit.flagged else [])]
    return Details("Rows and fitted mixture", blocks)


def _list_families(fit: GoodnessOfFit) -> Table:
    shown = _count_shown(len(fit.flagged))
    rows = [row for row in fit.by_misfit() if row.p_value is not None][:shown]
    body = []
    for row in rows:
        total, at = sum(row.observed), row.worst
        body.append(
            [
                row.variable,
                row.given_text,
                f"{total:,.0f}",
                str(row.states[at]),
                f"{row.observed[at] / total:.3f}",
                f"{row.fitted[at] / total:.3f}",
                p_text(row.adjusted or 0.0) + ("*" if row.flagged else ""),
            ]
        )
    return Table(
        f"The {len(body)} smallest p-values, each with its most surprising state (*: rejected)",
        ["variable", "given", "rows", "state", "observed", "expected", "p-value"],
        body,
        [2, 4, 5, 6],
    )


def _describe_soft(soft: SoftReport) -> Details:
    body = [[str(target.intervention), weight_text(target.weight)] for target in soft.hard]
    return Details(
        "Soft targets",
        [
            Paragraph(
                f"{sentence(str(soft))} The targets above are soft, because that explains the rows "
                "better. With targets that set one value each, the answer would be:"
            ),
            Table("The best answer with hard targets", ["target", "weight"], body, [1]),
        ],
    )


def _describe_graph(result: Disentanglement, graph: GraphReport) -> Details:
    body = [
        [
            f"{edge.cause} → {edge.effect}",
            str(edge.change),
            str(edge.direction or ""),
            "" if edge.direction_support is None else f"{edge.direction_support:.1f}",
            f"{edge.support:.1f}",
        ]
        for edge in graph.edges
    ]
    changed = len(graph.changes)
    reading = [GRAPH_READING]
    if any(edge.support < 0 and edge.change is EdgeChange.GIVEN for edge in graph.edges):
        reading.append(GIVEN_ALL_THE_SAME)
    return Details(
        "Graph",
        [
            Paragraph(
                f"The graph could be changed to fit the rows (mode {graph.mode}): "
                f"{count(changed, 'change')}."
            ),
            Table(
                "Edges: what was done to each, what its direction rests on, and its support",
                ["edge", "change", "directed by", "direction support", "support"],
                body,
                [3, 4],
            ),
            Bullets(reading),
            *([draw_graph(result)] if changed else []),
        ],
        is_open=changed > 0,
    )
