"""Every target with its test, what could stand in its place, and remarks."""

from __future__ import annotations

from collections.abc import Iterator

from domix.report.blocks import Block, Bullets, Section, Table
from domix.report.material import Material
from domix.report.sections.alpha import explain_alpha
from domix.report.sections.problems import say_why_unjudged
from domix.report.wording import interval_text, sentence, target_text, weight_text
from domix.results.component import HALVES, Component, list_doubtful, share_text
from domix.results.contrast import RelationKind
from domix.results.record import INTERRUPTED, UNDETECTED_STAGE
from domix.results.result import Disentanglement
from domix.util.text_tables import p_text

READING = (
    "Weight: the share of the rows. The interval has a confidence of 95 % if the set of targets is "
    "right; it does not count the chance that a target is wrong. {neighbours}",
    "p-value: of the test whether the target is needed at all, corrected for all targets that "
    "could have been reported. It does not say that it is this target rather than a look-alike; "
    "the column “which target” does. That of do() tests whether some rows are without an "
    "intervention.",
)
"""How to read the table of targets."""

UNDETECTED = (
    "Some rows can come from an undetected neighbour, a target that differs in one variable: they "
    "count for the reported one."
)

NOT_SOUGHT = "Undetected neighbours were not looked for, as the run was interrupted."


def detail(material: Material) -> Section:
    """List every target, and say what alpha promises."""
    return Section(
        "found",
        "What was found, and how sure it is",
        [*list_findings(material), *explain_reading(material), *explain_alpha(material)],
    )


def explain_reading(material: Material) -> list[Block]:
    """Say how to read the table of targets, where they were tested."""
    if not _is_tested(material.result):
        return []
    is_sought = UNDETECTED_STAGE not in material.result.facts.get(INTERRUPTED, "")
    neighbours = UNDETECTED if is_sought else NOT_SOUGHT
    return [Bullets([text.format(neighbours=neighbours) for text in READING])]


def list_findings(material: Material) -> list[Block]:
    """Return the tables of one mixture."""
    result = material.result
    tables = [_list_targets(result), _list_alternatives(result), _list_remarks(result)]
    return [table for table in tables if table.body]


def _is_tested(result: Disentanglement) -> bool:
    return any(c.p_value is not None for c in result.components)


def _list_targets(result: Disentanglement) -> Table:
    caption, doubtful = "Targets by falling weight", list_doubtful(result.components)
    unjudged = say_why_unjudged(result)
    if not _is_tested(result):
        body = [[target_text(c.intervention), weight_text(c.weight)] for c in result.components]
        return Table(caption, ["target", "weight"], body, [1])
    body = [
        [
            target_text(c.intervention),
            weight_text(c.weight),
            "" if c.interval is None else interval_text(c.interval),
            "" if c.p_value is None else p_text(c.p_value),
            _describe_exactness(c, c in doubtful, unjudged)
            + ("; known in advance" if c.known else ""),
        ]
        for c in result.components
    ]
    head = ["target", "weight", "95 % interval", "p-value", "which target"]
    return Table(caption, head, body, [1, 2, 3])


def _describe_exactness(component: Component, doubtful: bool, unjudged: str) -> str:
    if component.exact:
        return "exact"
    if doubtful:
        return "this or a look-alike"
    if unjudged:
        return f"not judged, as {unjudged}"
    return "no look-alike comes near" if component.alternatives else "not compared"


def _list_alternatives(result: Disentanglement) -> Table:
    """Return what could stand in the place of each target that is not exact."""
    body = [
        [
            target_text(c.intervention) if number == 0 else "",
            target_text(other.intervention)
            + (" (as reported)" if other.intervention == c.intervention else ""),
            share_text(other.share),
        ]
        for c in list_doubtful(result.components)
        for number, other in enumerate(c.alternatives)
    ]
    caption = (
        "What stands in the place of each target that is not exact: the most probable targets, "
        "with a probability of .95 together"
    )
    return Table(caption, ["reported", "could be", "probability"], body, [2])


def _list_remarks(result: Disentanglement) -> Table:
    """Return what else is said of single targets: neighbours, and traces of other targets."""
    body = [
        [target_text(c.intervention), sentence(remark)]
        for c in result.components
        for remark in _list_remarks_on(c)
    ]
    return Table("Remarks on single targets", ["target", "remark"], body)


def _list_remarks_on(component: Component) -> Iterator[str]:
    for neighbour in component.undetected:
        yield (
            f"{target_text(neighbour.intervention)} may be there as well: it would gain "
            f"{neighbour.gain:.1f} nats, which is not enough to be reported"
        )
    if component.undetected and component.hull is not None:
        yield (
            "if such a target is there, the weight of the reported one can be anywhere in "
            f"{interval_text(component.hull)}"
        )
    relation, reproduced = component.relation, component.reproduced
    if relation is not None and (relation.kind is RelationKind.LEAK or reproduced is not None):
        yield f"{relation}: it may be a trace of that target"
    if reproduced is not None:
        yield f"passes the test again on {reproduced} of {HALVES} random halves of the rows"
