"""Write the report of a result, or of several groups, to a file."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy.typing as npt

from domix.core.space import Label, listing
from domix.data.discretizing.discretizer import Discretizer
from domix.data.frame import RowsLike, column_names, is_frame
from domix.data.missing import RowOptions
from domix.errors import DataError, DomixWarning
from domix.model.learn import read_observations
from domix.model.network import Network
from domix.plots.posterior.times import list_times
from domix.report.about import About
from domix.report.contents import report_groups, report_result
from domix.report.html import require_html, write_html
from domix.report.markdown import write_markdown
from domix.report.material import Material, Rows
from domix.report.sections.groups import GroupMaterials, find_telling
from domix.results.assignment import LabelsLike
from domix.results.groups import GroupResults
from domix.results.result import Disentanglement
from domix.util.arrays import Codes
from domix.util.files import atomic_write, find_suffix

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

MARKDOWN, REPORT_SUFFIXES = ".md", (".html", ".htm", ".md")
"""How the name of a report can end."""


def check_report(path: str | os.PathLike[str]) -> None:
    """Refuse a report that cannot be written, before the work that leads to it.

    Raises
    ------
    FormatError
        The suffix is not one of ``domix.report.REPORT_SUFFIXES``.
    MissingExtraError
        A package for HTML is not installed.
    """
    if find_suffix(Path(path), REPORT_SUFFIXES, "reports") != MARKDOWN:
        require_html()


def write_report(
    results: Disentanglement | GroupResults,
    path: str | os.PathLike[str],
    *,
    data: RowsLike | None = None,
    observational: RowsLike | Network | None = None,
    counts: npt.ArrayLike | None = None,
    groups: Iterable[Label] | None = None,
    time: str | Iterable[Any] | None = None,
    labels: LabelsLike | None = None,
    discretizer: Discretizer | None = None,
    about: About | None = None,
    **form: Unpack[RowOptions],
) -> None:
    """Write a report: what was asked, what was found and how sure it is, checks and assumptions.

    The file stands alone: it needs no network, no script and no other file. See
    docs/how-to/report.md.

    Parameters
    ----------
    results : Disentanglement or GroupResults
        What :func:`domix.disentangle` returned.
    path : path
        ``.html`` (or ``.htm``): with figures. ``.md``: Markdown without figures, to be pasted into
        a post-mortem.
    data : data frame or array_like of int, shape (rows, variables), optional
        The rows that were disentangled. With them the report says how well the fit explains them,
        and shows of single rows how probable each target is.
    observational : data frame, array_like of int or Network, optional
        As in :meth:`Disentanglement.goodness_of_fit`.
    counts : array_like of float, shape (rows,), optional
        How often each row of ``data`` occurred; once by default.
    groups : iterable of label, length rows, optional
        The group of each row of ``data``, where ``results`` are those of groups.
    time : str or iterable, length rows, optional
        The time of each row of ``data``, or the column that has it, over which the figure of single
        rows runs.
    labels : iterable, optional
        Known interventions of these rows, as in :meth:`Disentanglement.posterior`.
    discretizer : Discretizer, optional
        What cut measurements into states: the report lists its cut points.
    about : About, optional
        What the result does not know of the run: files, options, seed, warnings.
    **form
        How rows are read: ``missing``, ``extra`` and ``missing_values``, as in
        :func:`domix.disentangle`.

    Raises
    ------
    DataError
        Rows, counts or groups do not fit the result, or an argument would have no effect.
    FormatError
        The suffix is another one, or the file cannot be written.
    MissingExtraError
        Of HTML: jinja2 or matplotlib is not installed (the extra ``app``).

    Examples
    --------
    >>> import tempfile
    >>> from domix import Component, Disentanglement, do, example
    >>> result = Disentanglement(example.network(), (Component(do(), 1.0),), "likelihood")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     result.report(Path(folder) / "report.md")
    ...     print((Path(folder) / "report.md").read_text().splitlines()[0])
    # Hidden interventions
    """
    check_report(path)
    by_row = {"counts": counts, "groups": groups, "time": time, "labels": labels}
    _check_arguments(results, data, {name for name in by_row if by_row[name] is not None}, form)
    about = About() if about is None else about
    first = next(iter(results.values())) if isinstance(results, GroupResults) else results
    if form.get("extra") == "ignore" and is_frame(data) and not about.ignored:
        about = replace(about, ignored=_list_ignored(data, first.network, time))
    if observational is not None and not isinstance(observational, Network):
        observational = _read_controls(observational, first.network, form)
    if isinstance(results, GroupResults):
        detailed = find_telling(results)
        by_group: Mapping[Label, Rows] = {}
        if data is not None:
            by_group = _match(results, Rows.of_groups(first, data, counts, groups, form))
        parts = {
            group: Material(
                result,
                about,
                by_group.get(group),
                observational,
                discretizer=discretizer,
                groups=len(results),
            )
            for group, result in results.items()
        }
        report = report_groups(GroupMaterials(parts, detailed))
    else:
        if isinstance(time, str) and data is not None:
            time, data = list_times(data, time, results.network.variables)
        rows = (
            None if data is None else Rows.of(results, data, counts, form, time=time, labels=labels)
        )
        report = report_result(Material(results, about, rows, observational, discretizer))
    is_markdown = find_suffix(Path(path), REPORT_SUFFIXES, "reports") == MARKDOWN
    text = write_markdown(report) if is_markdown else write_html(report)
    with atomic_write(path) as temporary:
        temporary.write_text(text, "utf-8")


def _check_arguments(
    results: Disentanglement | GroupResults,
    data: RowsLike | None,
    by_row: Collection[str],
    form: RowOptions,
) -> None:
    """Refuse results that have no report, and arguments that would have no effect on it."""
    unknown = sorted(form.keys() - RowOptions.__annotations__.keys())
    if unknown:
        known = inspect.signature(write_report).parameters.keys() - {"results", "form"}
        raise DataError(
            f"is no argument of a report; choose from {listing(sorted(known))}",
            argument=unknown[0],
        )
    if not isinstance(results, (Disentanglement, GroupResults)):
        raise DataError(
            f"must be what disentangle returns, not {type(results).__name__}; of a dictionary from "
            "groups to results, GroupResults(...) makes it",
            argument="results",
        )
    if isinstance(results, GroupResults) and not results:
        raise DataError("there are no groups", argument="results")
    is_grouped = isinstance(results, GroupResults)
    for name in sorted(by_row):
        if data is None:
            raise DataError("is of rows; pass these as data, too", argument=name)
        if name in ({"time", "labels"} if is_grouped else {"groups"}):
            fix = "report the result of a group" if is_grouped else "leave it out"
            kind = "several groups" if is_grouped else "one mixture"
            raise DataError(f"has no place in the report of {kind}; {fix}", argument=name)


def _match(results: GroupResults, rows: Mapping[Label, Rows]) -> dict[Label, Rows]:
    """Find the rows of each group; groups that were read from a file are texts."""
    by_text = {str(group): own for group, own in rows.items()}
    matched = {group: rows.get(group) or by_text.get(str(group)) for group in results}
    lacking = [group for group, own in matched.items() if own is None]
    if lacking:
        raise DataError(
            f"no row of data has the group {lacking[0]!r} of the results; groups are "
            f"{listing(by_text)}",
            argument="groups",
        )
    return {group: own for group, own in matched.items() if own is not None}


def _list_ignored(data: IntoFrame, network: Network, time: object) -> dict[str, list[str]]:
    """Return the columns of the rows that were passed over."""
    used = {*network.variables, *([time] if isinstance(time, str) else [])}
    columns = [name for name in column_names(data) if name not in used]
    return {"rows": columns} if columns else {}


def _read_controls(observational: RowsLike, network: Network, form: RowOptions) -> Codes:
    """Read the control rows, without those that miss values where such rows are allowed."""
    if form.get("missing") == "marginalize":
        # The fit is tested on complete rows.
        form = {**form, "missing": "drop"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)  # the estimation gave them
        return read_observations(network.space, observational, **form).codes
