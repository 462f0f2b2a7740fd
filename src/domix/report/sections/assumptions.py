"""What the answer takes for granted, with the evidence of this run, and its limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from domix.core.guarantees import Equality, Exclusion, Positivity, explain
from domix.report.blocks import Bullets, Section, Table
from domix.report.material import Material
from domix.report.sections.asked import describe_graph
from domix.report.wording import joined, shortened
from domix.results.result import Disentanglement
from domix.util.text_tables import count

FOR, AGAINST, OPEN = "✓ for", "✗ against", "– not tested"
"""What a run says of an assumption, readable without colour."""

HOLDS = {
    Equality.EVERYWHERE,
    Equality.STRUCTURAL,
    Exclusion.GLOBAL,
    Exclusion.PER_PREFIX,
    Positivity.EVERYWHERE,
    Positivity.WHERE_NEEDED,
}
"""Guarantees of an answer from a distribution that are whole."""

GUARANTEES = {
    "equality": "The distribution (P_mix) is a mixture of interventions on this network, graph and "
    "tables",
    "exclusion": "Exclusion: without it, targets may not be unique",
    "positivity": "Positivity: without it, targets may not be unique",
}
"""What an answer from a distribution rests on, by the names of its facts."""

NOT_TESTED = "No independence that the graph implies was tested on control rows."

MOST_NAMED = 5


def describe_assumptions(materials: Sequence[Material]) -> Section:
    """List each assumption, and whether a run speaks for or against it, of one or more mixtures."""
    said: dict[str, list[tuple[str, str]]] = {}
    for material in materials:
        for assumption, evidence, text in _list_assumptions(material):
            said.setdefault(assumption, []).append((evidence, text))
    rows = [[assumption, *_gather(pairs)] for assumption, pairs in said.items()]
    return Section(
        "assumptions",
        "What the answer takes for granted",
        [
            Table(
                "Assumptions, and what this run says of each",
                ["assumption", "evidence", "what this run says"],
                rows,
            )
        ],
    )


def _gather(pairs: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return what all mixtures say, or in how many the evidence is what it is in the worst."""
    if len(set(pairs)) == 1:
        return pairs[0]
    verdicts = [verdict for verdict, _ in pairs]
    worst = next(verdict for verdict in (AGAINST, OPEN, FOR) if verdict in verdicts)
    return worst, f"In {verdicts.count(worst)} of {count(len(pairs), 'group')}; see there."


def _list_assumptions(material: Material) -> Iterator[list[str]]:
    result = material.result
    if result.method == "population":
        yield from _list_guarantees(result)
        return
    yield ["The graph is right: it has no cycle, and no cause is missing from it", *_graph(result)]
    yield ["No two variables have a common cause that is not among them", *_hidden(result)]
    yield [
        "Control rows and mixture have the same conditional probability tables",
        *_tables(result),
    ]
    yield [
        "Rows are independent of one another, given their targets",
        OPEN,
        "Rows of one unit at several times, or of one batch, depend on one another; p-values are "
        "then too small.",
    ]
    yield [
        "The states are fine enough: nothing depends on values within a state",
        *_states(material),
    ]
    yield [
        "A target sets each of its variables to one state; or, if it is soft, it draws the states, "
        "fails in a part of its rows, or its variables are misread",
        *_hardness(result),
    ]
    yield ["Exclusion: each variable has a state that no target uses", *_exclusion(result)]
    yield ["Positivity: what the rows show is possible under the model", *_positivity(result)]
    yield ["The fitted mixture explains the rows", *_fit(material)]
    if "missing" in result.facts:
        yield [
            "Values are missing at random",
            OPEN,
            "If a value is missing because of what it would be, weights are biased.",
        ]


def is_unique(result: Disentanglement) -> bool:
    """Whether the guarantees of an answer from a distribution make it the only one."""
    return all(result.facts.get(name) in HOLDS for name in GUARANTEES)


def _list_guarantees(result: Disentanglement) -> Iterator[list[str]]:
    """List what the answer from a distribution rests on, as its facts name it."""
    for name, assumption in GUARANTEES.items():
        holds = result.facts.get(name, "not known")
        evidence = AGAINST if holds in {Exclusion.BROKEN, Positivity.VIOLATED} else OPEN
        yield [assumption, FOR if holds in HOLDS else evidence, explain(name, holds)]


def _graph(result: Disentanglement) -> tuple[str, str]:
    changed = result.graph is not None and bool(result.graph.changes)
    repaired = f" The graph is {describe_graph(result)}." if changed else ""
    check = result.check
    if check is None or not check.tested:
        return OPEN, NOT_TESTED + repaired
    if check.rejected:
        rejected = count(len(check.rejected), "independence")
        return AGAINST, f"Control rows reject {rejected} that the graph implies." + repaired
    return (
        FOR,
        "Control rows reject none of the independences that the graph implies. That would show "
        "edges that are missing, not those that are reversed or needless." + repaired,
    )


def _hidden(result: Disentanglement) -> tuple[str, str]:
    if result.check is None or not result.check.tested:
        return OPEN, NOT_TESTED
    if result.check.rejected:
        worst = result.check.rejected[0]
        return AGAINST, f"{worst.variable} and {worst.other} may have one (see the check)."
    return (
        FOR,
        "No two variables without an edge depend on each other more than the graph explains. A "
        "common cause of two variables with an edge would not show.",
    )


def _tables(result: Disentanglement) -> tuple[str, str]:
    if result.contrast is None:
        return OPEN, "The mixture was not compared with control rows."
    if np.isfinite(result.contrast.drift):
        return (
            AGAINST,
            f"They differ: a row of a table predicts as well as {result.contrast.drift:.0f} rows "
            "would. Targets were tested with tables that may differ.",
        )
    if result.contrast.misfit:
        say = "leave targets in doubt" if result.contrast.undecided else "contradict the model"
        return AGAINST, f"Control rows {say}: {result.contrast}."
    return FOR, "No difference was found that targets do not explain."


def _states(material: Material) -> tuple[str, str]:
    wide = [text for text in material.about.warnings if "depends on the value" in text]
    if wide:
        return AGAINST, "A state holds too much: see the warnings."
    is_complete = material.about.is_complete
    if material.discretizer is None:
        given = "The states were given." if is_complete else "How they were made was not recorded."
        return OPEN, given
    return FOR if is_complete else OPEN, (
        "Measurements were cut; of wide states with children that depend on the value within "
        "them, a warning would have been given."
        if is_complete
        else "Measurements were cut; Discretizer.check tests it."
    )


def _hardness(result: Disentanglement) -> tuple[str, str]:
    if result.soft is not None:
        return FOR, f"Soft targets explain the rows better: {result.soft}."
    if result.method != "likelihood":
        return OPEN, "Only targets that set one value were considered."
    return OPEN, "Targets that set one value each are reported."


def _exclusion(result: Disentanglement) -> tuple[str, str]:
    used = [name for name, states in result.excluded.items() if not states]
    if used and result.soft is not None:
        return (
            OPEN,
            f"Soft targets can use every state, here of {shortened(used, MOST_NAMED)}. Then "
            "weights rest on a convention: as much weight as possible leaves the variable unset.",
        )
    if used:
        return AGAINST, f"All states of {shortened(used, MOST_NAMED)} are used."
    return (
        OPEN,
        "The search takes it for granted, and no rows can show it. If every state of a variable "
        "is used by targets, some other mixture explains the rows as well.",
    )


def _positivity(result: Disentanglement) -> tuple[str, str]:
    impossible = len(result.unexplained)
    if impossible:
        are = "is" if impossible == 1 else "are"
        return AGAINST, f"{count(impossible, 'row')} {are} impossible under every target."
    return FOR, "Every row is possible under some target."


def _fit(material: Material) -> tuple[str, str]:
    if material.fit is None:
        return OPEN, "The rows were not compared with the fit."
    flagged = len(material.fit.flagged)
    if flagged:
        names = joined(dict.fromkeys(row.variable for row in material.fit.flagged[:MOST_NAMED]))
        return AGAINST, f"{count(flagged, 'test')} of the fit rejected, of {names}."
    return FOR, "No test of the fit is rejected."


def describe_limits(material: Material) -> Section:
    """Say in plain words what the answer is not."""
    limits = [
        "The answer is statistical: it says how many rows are under which target, and of single "
        "rows only how probable each target is.",
        "A target says which variables were set, not who or what set them. A value that is set by "
        "a common cause from outside looks the same.",
        "Targets that do the same to the rows cannot be told apart by any number of rows; those "
        "that do nearly the same need many.",
        "A small share of rows under a target goes unseen. That nothing is reported does not show "
        "that nothing was done.",
        "If the graph is wrong, a variable is drawn by something that the graph lacks, or the "
        "control rows are of another time or batch, differences can look like targets.",
        "Rows that depend on one another, such as those of one unit at several times, make "
        "p-values too small and intervals too short.",
    ]
    if material.result.method == "population":
        limits = limits[1:3]
    return Section("limits", "Limits", [Bullets(limits)])
