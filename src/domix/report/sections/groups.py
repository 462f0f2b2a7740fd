"""Groups of rows: an overview, and what was found in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domix.core.space import Label
from domix.report.blocks import Block, Bullets, Definitions, Details, Paragraph, Section, Table
from domix.report.figures import draw_groups, draw_targets
from domix.report.material import Material
from domix.report.sections.checks import describe_conflicts
from domix.report.sections.found import list_findings
from domix.report.sections.problems import (
    has_ended,
    list_own_problems,
    list_shared_problems,
    name_own_problems,
)
from domix.report.sections.summary import describe_findings, warn
from domix.report.wording import percent, shortened, target_text
from domix.results.component import list_doubtful
from domix.results.groups import GroupResults
from domix.results.record import INTERRUPTED
from domix.util.text_tables import count

MOST_DETAILED = 12
"""Groups with a figure and with the table of their fit: more make the file slow."""

MOST_DRAWN = 25
"""Groups of the figure that shows them all: about a page."""

MOST_OPEN = 6
"""Groups up to which all are unfolded."""

MOST_NAMED = 8
"""Groups up to which the summary says what was found in each."""

MOST_TARGETS = 4
"""Targets of a group that the overview names."""

OF_GROUPS = ("missing", "labels")
"""Facts that count rows of a group."""

SAID = ("alpha", "in doubt", "few control rows", INTERRUPTED)
"""Facts that are among the problems of a group."""

MOST_SETTINGS = 30
"""Settings that the table of what is set in many groups has."""


@dataclass(frozen=True, eq=False)
class GroupMaterials:
    """The materials of all groups.

    Attributes
    ----------
    by_group : mapping of label to Material
    detailed : collection of label
        The groups with figures.
    """

    by_group: Mapping[Label, Material]
    detailed: Sequence[Label]

    @property
    def first(self) -> Material:
        """That of the first group: of what all share."""
        return next(iter(self.by_group.values()))

    @property
    def shared_facts(self) -> dict[str, str]:
        """The facts that are the same in all groups."""
        others = [m.result.facts.items() for m in self.by_group.values()]
        return {
            key: text
            for key, text in self.first.result.facts.items()
            if key not in OF_GROUPS and all((key, text) in facts for facts in others)
        }


def find_telling(results: GroupResults, most: int = MOST_DETAILED) -> list[Label]:
    """List the groups with a figure: those in which most rows are under a target."""
    untouched = {
        group: sum(float(c.weight) for c in result.components if not c.intervention)
        for group, result in results.items()
        if any(c.intervention for c in result.components)
    }
    return sorted(untouched, key=lambda group: untouched[group])[:most]


def summarize_groups(materials: GroupMaterials) -> Section:
    """Say in a few sentences in which groups something was found."""
    first, by_group = materials.first, materials.by_group
    found = [group for group, material in by_group.items() if material.set_components]
    rows = sum(m.result.rows or 0 for m in by_group.values())
    known = ""
    if first.controls is not None:
        known = f" What is usual was learnt from {count(first.controls, 'control row')}."
    blocks: list[Block] = [
        Paragraph(
            f"{count(rows, 'row')} of {count(len(by_group), 'group')} with "
            f"{count(len(first.result.network.variables), 'variable')} were searched, group by "
            "group, for hidden interventions: rows in which some variables were set to a value "
            f"from outside, whatever usually causes them.{known}"
        ),
    ]
    if found:
        text = f"In {count(len(found), 'group')} of {len(by_group)} some variable was set."
    elif all(has_ended(material.result) for material in by_group.values()):
        text = "Nothing was found: in no group is a target needed to explain the rows."
    else:
        text = "Nothing was found before the search ended, which was too early in some groups."
    blocks.append(Paragraph(text))
    if len(found) <= MOST_NAMED:
        targets = [f"{group}: {_list_targets(by_group[group])}" for group in found]
        blocks += [Bullets(targets)] if found else []
    else:
        blocks.append(Bullets(_describe_common(materials)))
    problems = list_shared_problems(first)
    groups_of: dict[str, list[str]] = {}
    for group, material in by_group.items():
        for kind in name_own_problems(material):
            groups_of.setdefault(kind, []).append(str(group))
    problems += [
        f"{kind[0].upper()}{kind[1:]}, in {count(len(own), 'group')}: "
        f"{shortened(own, MOST_TARGETS)}; see there."
        for kind, own in groups_of.items()
    ]
    return Section("summary", "In short", [*blocks, *warn(problems)])


def _describe_common(materials: GroupMaterials) -> list[str]:
    """Say which settings are found in most groups."""
    total = len(materials.by_group)
    return [
        f"{name} was set to {state} in {count(number, 'group')} of {total}."
        for (name, state), number in _count_settings(materials).most_common(MOST_TARGETS)
    ]


def _count_settings(materials: GroupMaterials) -> Counter[tuple[str, str]]:
    """Count the groups in which each variable is set to each state; of soft ones, to the mode."""
    return Counter(
        setting
        for material in materials.by_group.values()
        for setting in dict.fromkeys(
            (name, str(state))
            for c in material.set_components
            for name, state in c.intervention.mode.items()
        )
    )


def overview(materials: GroupMaterials) -> Section:
    """Show all groups in one table."""
    head = ["group", "rows", "nothing set", "targets, with their share of the rows", "remark"]
    body = []
    for group, material in materials.by_group.items():
        result = material.result
        untouched = sum(float(c.weight) for c in result.components if not c.intervention)
        remarks = ["look-alikes possible"] * bool(list_doubtful(result.components))
        remarks += name_own_problems(material)
        body.append(
            [
                str(group),
                "" if result.rows is None else f"{result.rows:,.0f}",
                percent(untouched),
                _list_targets(material),
                "; ".join(remarks),
            ]
        )
    if not any(row[-1] for row in body):
        head, body = head[:-1], [row[:-1] for row in body]
    blocks: list[Block] = [
        *_draw_groups(materials),
        Table("Groups, in the order of the rows", head, body, [1, 2]),
    ]
    settings = _count_settings(materials)
    if len(materials.by_group) > MOST_OPEN and settings:
        blocks.append(
            Table(
                "What is set, and in how many groups",
                ["variable", "set to", "groups"],
                [
                    [name, state, f"{number:,}"]
                    for (name, state), number in settings.most_common(MOST_SETTINGS)
                ],
                [2],
            )
        )
    return Section("overview", "Overview of the groups", blocks)


def _draw_groups(materials: GroupMaterials) -> list[Block]:
    """Draw the groups with a target, or those of them that fit on a page."""
    results = GroupResults({g: material.result for g, material in materials.by_group.items()})
    if len(results) > MOST_DRAWN:
        telling = set(find_telling(results, MOST_DRAWN))
        results = GroupResults({g: own for g, own in results.items() if g in telling})
    return [draw_groups(results, len(materials.by_group))] if results else []


def _list_targets(material: Material) -> str:
    targets = [
        f"{target_text(c.intervention)} {percent(c.weight)}" for c in material.set_components
    ]
    return shortened(targets, MOST_TARGETS) if targets else "nothing found"


def describe_groups(materials: GroupMaterials) -> Section:
    """Say what was found in each group."""
    blocks: list[Block] = []
    if len(materials.detailed) == MOST_DETAILED < len(materials.by_group):
        blocks.append(
            Paragraph(
                f"{len(materials.detailed)} of {len(materials.by_group)} groups have a figure: "
                "those in which most rows are under a target. Of another group, "
                "results[group].plot() in Python draws it."
            )
        )
    is_open = len(materials.by_group) <= MOST_OPEN
    shared = materials.shared_facts
    for group, material in materials.by_group.items():
        inner: list[Block] = [
            *describe_findings(material),
            *warn(list_own_problems(material)),
            *list_findings(material),
        ]
        if group in materials.detailed:
            inner.append(draw_targets(material))
            inner += describe_conflicts(material)
        said = [*shared, *SAID, *([] if material.set_components else ["unseen"])]
        facts = [(key, text) for key, text in material.result.facts.items() if key not in said]
        if facts:
            inner.append(Definitions(facts))
        kinds = name_own_problems(material)
        limits = f" (note: {', '.join(kinds)})" if kinds else ""
        blocks.append(Details(f"{group}: {_list_targets(material)}{limits}", inner, is_open))
    return Section("groups", "Each group", blocks)
