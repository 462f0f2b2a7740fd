"""Which sections a report has, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from domix._version import __version__
from domix.report.about import About
from domix.report.blocks import Report, Section
from domix.report.figures import draw_result
from domix.report.material import Material
from domix.report.sections.alpha import explain_alpha
from domix.report.sections.asked import describe_question, describe_run
from domix.report.sections.assumptions import describe_assumptions, describe_limits
from domix.report.sections.checks import describe_checks, describe_warnings
from domix.report.sections.course import describe_course
from domix.report.sections.found import detail, explain_reading
from domix.report.sections.groups import (
    GroupMaterials,
    describe_groups,
    overview,
    summarize_groups,
)
from domix.report.sections.preparation import describe_preparation
from domix.report.sections.summary import summarize
from domix.report.sections.words import list_words


def report_result(material: Material) -> Report:
    """Return the report of one result."""
    sections = [
        summarize(material),
        describe_question(material),
        detail(material),
    ]
    course = describe_course(material)
    if course is not None:
        sections.append(course)
    figures = draw_result(material)
    if figures:
        sections.append(Section("figures", "Figures", figures))
    if material.result.rows is not None:
        sections += [describe_preparation([material]), describe_checks(material)]
    return _finish([material], [*sections, describe_warnings(material.result.facts, material)])


def report_groups(materials: GroupMaterials) -> Report:
    """Return the report of several groups: what they share is there once."""
    first = materials.first
    return _finish(
        list(materials.by_group.values()),
        [
            summarize_groups(materials),
            describe_question(first),
            overview(materials),
            Section("found", "How sure it is", [*explain_reading(first), *explain_alpha(first)]),
            describe_groups(materials),
            describe_preparation(list(materials.by_group.values())),
            describe_checks(first),
            describe_warnings(materials.shared_facts, first),
        ],
    )


def _finish(materials: Sequence[Material], sections: list[Section]) -> Report:
    """Add what all reports end with."""
    sections += [
        describe_assumptions(materials),
        describe_limits(materials[0]),
        describe_run(materials[0].about, any(m.result.interrupted for m in materials)),
    ]
    about = materials[0].about
    return Report(
        _title(about),
        f"Made by domix {__version__} on {about.date:%Y-%m-%d at %H:%M %Z}".strip(),
        [*sections, list_words(sections)],
    )


def _title(about: About) -> str:
    names = [Path(file.name).name for file in about.files if file.role == "rows"]
    if not names:
        return "Hidden interventions"
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"Hidden interventions in {names[0]}{more}"
