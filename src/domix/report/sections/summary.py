"""What was found, in a few plain sentences, for readers who never heard of domix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domix.report.blocks import Block, Bullets, Paragraph, Section
from domix.report.material import Material
from domix.report.sections.assumptions import is_unique
from domix.report.sections.problems import has_ended, list_problems, say_why_unjudged
from domix.report.wording import (
    describe_target,
    interval_text,
    joined,
    percent,
    shortened,
    target_text,
)
from domix.results.component import Component, list_doubtful
from domix.results.result import Disentanglement
from domix.util.text_tables import count

MOST_SENTENCES = 8
"""Targets of the summary; the table lists all."""

MOST_NAMED = 3
"""Look-alikes, and files, that a sentence names."""


def summarize(material: Material) -> Section:
    """Say what was asked, what was found, and what speaks against it."""
    problems = list_problems(material)
    blocks: list[Block] = [Paragraph(_describe_question(material)), *describe_findings(material)]
    if not problems and material.result.method == "likelihood":
        blocks.append(Paragraph("No test of this run speaks against the model."))
    return Section("summary", "In short", [*blocks, *warn(problems)])


def warn(problems: Sequence[str]) -> list[Block]:
    """List what speaks against an answer, if anything does."""
    if not problems:
        return []
    title = "What speaks against this answer, or limits it:"
    return [Paragraph(title, strong=True), Bullets(problems)]


def describe_findings(material: Material) -> list[Block]:
    """Say in a few sentences what was found in one mixture."""
    result, components = material.result, material.result.components
    if not material.set_components:
        return list(map(Paragraph, _describe_nothing(result)))
    shown, more = components[:MOST_SENTENCES], components[MOST_SENTENCES:]
    blocks: list[Block] = [Bullets([_describe_component(c, result) for c in shown])]
    if more:
        share = sum(float(c.weight) for c in more)
        blocks.append(
            Paragraph(
                f"{count(len(more), 'more target')}, with {percent(share)} of the rows together, "
                "are in the table below."
            )
        )
    certainty = _describe_exactness(result, material.set_components)
    if "few control rows" in result.facts and any(c.exact for c in material.set_components):
        certainty += (
            " But this holds only if the conditional probability tables are right that few control "
            "rows show (named below, under “few control rows”)."
        )
    if material.groups == 1:
        certainty = f"{_describe_tests(material)} {certainty}"
    return [*blocks, Paragraph(certainty)]


def _describe_question(material: Material) -> str:
    result = material.result
    variables = count(len(result.network.variables), "variable")
    if result.rows is None:
        return (
            f"A distribution of {variables} was searched for hidden interventions: parts in which "
            "some variables were set to a value from outside, whatever usually causes them."
        )
    files = [file.name for file in material.about.files if file.role == "rows"]
    source = f" of {shortened(files, MOST_NAMED)}" if files else ""
    text = (
        f"{count(result.rows, 'row')}{source} with {variables} were searched for hidden "
        "interventions: parts of the rows in which some variables were set to a value from "
        "outside, whatever usually causes them."
    )
    if "labels" not in result.facts:
        text += " Which row belongs to which part was not known."
    if material.controls is not None:
        text += f" What is usual was learnt from {count(material.controls, 'control row')}."
    return text


def _describe_nothing(result: Disentanglement) -> Iterator[str]:
    if not has_ended(result):
        yield "Nothing was found before the search ended, which was too early."
        return
    if result.rows is None:
        yield (
            "Nothing was found: the distribution is the one of the network, in which nothing was "
            "set."
        )
        return
    text = "Nothing was found: no target is needed to explain the rows."
    if not result.unexplained:
        text += " They look like rows in which nothing was set."
    yield text
    unseen = result.facts.get("unseen")
    yield "That does not show that nothing was done" + (
        f": {unseen}." if unseen else "; a small share of the rows can go unseen."
    )


def _describe_component(component: Component, result: Disentanglement) -> str:
    part = "of the rows" if result.rows is not None else "of the distribution"
    text = f"In about {percent(component.weight)} {part}"
    if component.interval is not None:
        text += f" ({interval_text(component.interval)})"
    text += f" {describe_target(component.intervention)}"
    if not component.intervention and result.rows is not None:
        text += ": these look untouched"
    if component.known:
        text += ", as was given in advance"
    if component in list_doubtful(result.components):
        others = [
            target_text(other.intervention)
            for other in component.alternatives
            if other.intervention != component.intervention
        ]
        text += ", or a look-alike stands in its place"
        text += f": {shortened(others, MOST_NAMED)}" if others else ""
    return f"{text}."


def _describe_tests(material: Material) -> str:
    """Say what the tests show."""
    result, found = material.result, material.set_components
    if not any(c.p_value is not None for c in found):
        return "The targets were computed and not tested: they have no p-values."
    text = "The ranges are 95 % intervals. " if any(c.interval for c in found) else ""
    text += "Each of these targets"
    failed = [c for c in found if c.known and (c.p_value or 0.0) > (result.alpha or 0.0)]
    if failed:
        text += f" but {joined(target_text(c.intervention) for c in failed)}"
    text += " passed a test that it is needed to explain the rows"
    if result.alpha is not None:
        text += (
            f": where none is needed, the chance of reporting any is {percent(result.alpha)} at "
            "most"
        )
    return f"{text}."


def _describe_exactness(result: Disentanglement, found: Sequence[Component]) -> str:
    """Say of how many targets it is known that they are not look-alikes."""
    if result.method == "population":
        return _describe_uniqueness(result)
    exact = sum(c.exact is True for c in found)
    if exact == len(found):
        named = "The target is" if exact == 1 else "Each target is"
        return f"{named} exact: hardly any other one can stand in its place."
    if exact:
        return (
            f"{exact} of {len(found)} targets are exact: hardly any other one can stand in their "
            "place. The others are these targets or look-alikes of them."
        )
    doubtful = list_doubtful(result.components)
    if unjudged := say_why_unjudged(result):
        listed = " What could stand in their place is listed below." if doubtful else ""
        return f"None is called exact, as {unjudged}.{listed}"
    if doubtful:
        return "None is called exact: what could stand in their place is listed below."
    if any(c.alternatives for c in found):
        return "None is called exact, as targets are soft; but no look-alike comes near."
    return "Whether it is these targets, or look-alikes of them, was not tested."


def _describe_uniqueness(result: Disentanglement) -> str:
    """Say of an answer from a distribution whether there is another one."""
    if is_unique(result):
        return (
            "No other mixture that leaves a state of each variable unused in this way has this "
            "distribution."
        )
    return "Other mixtures may have this distribution, too: see what the answer takes for granted."
