"""What alpha promises of a result, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator

from domix.report.blocks import Block, Bullets, Details
from domix.report.material import Material
from domix.report.wording import percent, sentence
from domix.util.text_tables import count


def explain_alpha(material: Material) -> list[Block]:
    """Say what the tests of this result control; nothing where there are none."""
    if material.result.alpha is None:
        return []
    return [
        Details(
            f"What alpha = {material.result.alpha:g} promises here, and what it does not",
            [Bullets(list(_list_promises(material)))],
        )
    ]


def _list_promises(material: Material) -> Iterator[str]:
    result, groups = material.result, material.sharing
    alpha = percent(result.alpha or 0.0)
    over = f" in any of the {count(groups, 'group')}" if groups > 1 else ""
    yield (
        f"It promises: where no target is needed, the chance of reporting any{over} is {alpha} at "
        "most. That counts all targets together that could have been reported, not each alone."
    )
    if groups > 1:
        yield (
            f"Each group has an equal part of alpha, {(result.alpha or 0.0) / groups:.2g}: with "
            "more groups, a target needs more rows to be reported."
        )
    if material.has_suspects:
        yield (
            "Targets that were named in advance, as suspected, are tested among themselves, with "
            f"an alpha of their own: the chance of any false one among them is {alpha} at most, "
            "too."
        )
    yield (
        "It does not promise that a reported target is exactly this one: a look-alike, whose rows "
        "look nearly the same, can be needed in its place. Of targets that are called exact, "
        f"the number of false ones to expect is {result.alpha:g} at most."
    )
    yield (
        "It does not promise that all targets were found: those with few rows, or with little "
        "effect, do not pass the test."
    )
    yield (
        "It holds if the model is right: the graph, the states, and rows that are independent of "
        "one another. A wrong model gives targets with small p-values; see the checks below."
    )
    limits = result.facts.get("alpha")
    if limits is not None:
        yield sentence(f"this result is outside of where alpha was measured: {limits}")
