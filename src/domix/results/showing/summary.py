"""A result as text to be read: a table of its targets, and notes on the fit."""

from __future__ import annotations

from collections.abc import Iterator

from domix.results.component import tabulate_text
from domix.results.record import INTERRUPTED, ResultRecord
from domix.util.text_tables import aligned, html_notes, html_table

IMPOSSIBLE_SHOWN = 10
"""Impossible rows that a summary names."""


def summary_text(result: ResultRecord) -> str:
    """Return the table with the notes below it."""
    head, body = tabulate_text(result.components)
    table = aligned(head, body, ">" * (len(head) - 1) + "<")
    rule = table.splitlines()[1]
    return "\n".join([table, rule, *_list_notes(result)])


def summary_html(result: ResultRecord) -> str:
    """Return the same as HTML."""
    return html_table(*tabulate_text(result.components)) + html_notes(_list_notes(result))


def _describe_graph(result: ResultRecord) -> Iterator[str]:
    """Say what of a graph was changed, and if control rows cannot test half of what it implies."""
    if result.graph is not None:
        yield result.graph.changes_text()
    check = result.check
    if check is not None and 2 * check.tested < len(check.independences):
        tested = f"only {check.tested}" if check.tested else "none"
        yield f"the control rows test {tested} of its {len(check.independences)} independences"


def _list_notes(result: ResultRecord) -> list[str]:
    many = "" if len(result.components) == 1 else "s"
    notes = [f"{len(result.components)} target{many}, method: {result.method}"]
    if any(c.exact is not None for c in result.components):
        exact = sum(bool(c.exact) for c in result.components)
        notes[0] = f"{len(result.components)} target{many}, {exact} exact, method: {result.method}"
    if not any(c.intervention for c in result.components):
        notes[0] = f"nothing beyond do() was found, method: {result.method}"
    if result.rows is not None:
        notes[0] += f", {result.rows:,.0f} row{'' if result.rows == 1 else 's'}"
    if result.log_likelihood is not None:
        notes.append(f"log-likelihood {result.log_likelihood:,.2f}")
    if result.best_move_gain is not None:
        verdict = "SIGNIFICANT" if result.best_move_significant else "not significant"
        notes.append(
            f"best change not taken would gain {result.best_move_gain:.2f} nats ({verdict})"
        )
    if result.converged is False and INTERRUPTED not in result.facts:
        notes.append("an iteration limit ended the estimation before it converged")
    if graph := "; ".join(_describe_graph(result)):
        notes.append(f"graph: {graph}")
    if result.check is not None and result.check.rejected:
        notes.append(result.check.verdict)
    if result.contrast is not None and result.contrast.misfit:
        notes.append(f"controls: {result.contrast}")
    if result.soft is not None:
        notes.append(f"soft targets: {result.soft}")
    if result.unexplained:
        shown = ", ".join(map(str, result.unexplained[:IMPOSSIBLE_SHOWN]))
        more = ", ..." if len(result.unexplained) > IMPOSSIBLE_SHOWN else ""
        notes.append(
            f"{len(result.unexplained)} rows are impossible under every target "
            f"(counting from 0: {shown}{more})"
        )
    notes.extend(f"{key}: {value}" for key, value in result.facts.items())
    return notes
