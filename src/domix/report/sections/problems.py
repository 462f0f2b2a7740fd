"""What speaks against an answer, or limits it: one sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from domix.report.material import Material
from domix.report.wording import joined, sentence
from domix.results.record import INTERRUPTED
from domix.results.result import Disentanglement
from domix.util.text_tables import count, p_text

MISFIT = "rows and fit disagree"
"""The kind of what the comparison of the rows with the fit shows."""


def list_problems(material: Material) -> list[str]:
    """List them, those of this mixture first."""
    return [*list_own_problems(material), *list_shared_problems(material)]


def list_own_problems(material: Material) -> list[str]:
    """List those that only this mixture has."""
    return [sentence(text) for _, text in _find_own(material)]


def name_own_problems(material: Material) -> list[str]:
    """Name the kinds of those that only this mixture has, in a few words each."""
    return list(dict.fromkeys(kind for kind, _ in _find_own(material)))


def list_shared_problems(material: Material) -> list[str]:
    """List those that all groups of rows share, as they share graph and control rows."""
    return list(map(sentence, _find_shared(material)))


def has_ended(result: Disentanglement) -> bool:
    """Whether nothing ended the search before it was done."""
    ended_early = result.interrupted or result.converged is False
    return not (ended_early or result.best_move_significant)


def _find_own(material: Material) -> Iterator[tuple[str, str]]:
    """Yield the kind of each, and what it is."""
    result, fit = material.result, material.fit
    if result.interrupted:
        yield (
            "interrupted",
            "The estimation was interrupted, so this is what was found until then: "
            f"{result.facts[INTERRUPTED]}",
        )
    elif result.converged is False:
        yield (
            "not converged",
            "An iteration limit ended the estimation before it converged",
        )
    if result.best_move_significant:
        yield (
            "search ended too early",
            "A change that passes the test was not made: the search ended too early",
        )
    if result.contrast is not None and result.contrast.misfit:
        doubt = result.contrast.undecided
        yield (
            "targets in doubt" if doubt else "does not fit the control rows",
            f"Compared with the control rows: {result.contrast}",
        )
    if result.unexplained:
        are = "is" if len(result.unexplained) == 1 else "are"
        yield (
            "impossible rows",
            f"{count(len(result.unexplained), 'row')} {are} impossible under every target",
        )
    if fit is not None and fit.flagged:
        worst = fit.flagged[0]
        given = f", where {worst.given_text}" if worst.given else ""
        yield (
            MISFIT,
            f"In {count(len(fit.flagged), 'test')} of the fit the rows and the model disagree, "
            f"most clearly for {worst.variable}{given} (p = {p_text(worst.adjusted or 0.0)})",
        )
        if fit.doubtful:
            named = joined(str(c.intervention) for c in fit.doubtful)
            yield (
                MISFIT,
                f"Most rows of {named} are where the model does not fit: misfit may explain them",
            )
    if "alpha" in result.facts:
        yield "alpha not measured for such rows", f"alpha was {result.facts['alpha']}"
    if "in doubt" in result.facts:
        yield "a target in doubt", result.facts["in doubt"]
    if "few control rows" in result.facts:
        yield "few control rows", f"few control rows {result.facts['few control rows']}"


def say_why_unjudged(result: Disentanglement) -> str:
    """Say why no target is called exact, if it is for the control rows; empty otherwise."""
    if not result.contradicted:
        return ""
    rejected = result.check is not None and result.check.rejected
    if result.contrast is not None and result.contrast.undecided and not rejected:
        return "control rows leave targets in doubt"
    return "control rows contradict the model"


def _find_shared(material: Material) -> Iterator[str]:
    result = material.result
    if result.check is not None and result.check.rejected:
        yield material.about.translate(result.check.verdict)
    if result.graph is not None and result.graph.changes:
        yield f"The graph was changed to fit the rows: {result.graph.changes_text()}"
    if "model" in result.facts:
        yield f"the model was {result.facts['model']}"
