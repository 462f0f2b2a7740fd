"""The results of several groups of rows: one for each group."""

from __future__ import annotations

import html
import json
import os
from itertools import islice
from typing import TYPE_CHECKING, Any

from domix.core.space import Label
from domix.results.record import read_results
from domix.results.result import Disentanglement
from domix.results.showing.faces import call_face
from domix.util.strict_json import to_json
from domix.util.text_tables import NO_MATH, html_notes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_SHOWN = 40
"""Groups that a notebook shows."""


class GroupResults(dict[Label, Disentanglement]):
    """A dictionary from each group to its result, in the order of the groups.

    Examples
    --------
    >>> from domix import Component, Network, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.25, 0.75]})
    >>> result = Disentanglement(net, (Component(do(), 1.0),), "likelihood")
    >>> print(GroupResults(guide1=result).summary().splitlines()[0])
    group guide1
    """

    def __repr__(self) -> str:
        return f"<GroupResults: {len(self)} groups>"

    def summary(self) -> str:
        """Return the summary of each result, below the name of its group."""
        return "\n\n".join(f"group {group}\n\n{result.summary()}" for group, result in self.items())

    def _repr_html_(self) -> str:
        parts = [
            f"<h4 {NO_MATH}>group {html.escape(str(group))}</h4>{result._repr_html_()}"
            for group, result in islice(self.items(), MOST_SHOWN)
        ]
        if len(self) > MOST_SHOWN:
            more = "results[group] is one of them, plot() and report(path) show all"
            parts.append(html_notes([f"... ({len(self)} groups in all; {more})"]))
        return "".join(parts)

    def to_json(self) -> str:
        """Return a JSON document from the text of each group to its result."""
        documents = {str(group): json.loads(result.to_json()) for group, result in self.items()}
        return to_json(documents, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> GroupResults:
        """Read a document that :meth:`to_json` or ``domix disentangle --out`` wrote.

        Parameters
        ----------
        text : str
            The document.

        Returns
        -------
        GroupResults
            The same results, by the texts of their groups.

        Raises
        ------
        FormatError
            The text is not such a document; the message names the place.
        """
        records = read_results(text)
        return cls((group, Disentanglement.from_record(own)) for group, own in records.items())

    def plot(self) -> Figure:
        """Plot groups by variables: the share of the rows of each in which a variable was set.

        Notebooks show the figure inline; see :func:`domix.plots.plot_groups`.
        """
        figure: Figure = call_face("plots", "plot_groups", self)
        return figure

    def report(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write a report: one file that says what was asked, what was found and how sure it is.

        Parameters
        ----------
        path : path
            ``.html``: with figures (needs the extra ``app``). ``.md``: Markdown without figures, to
            be pasted into a post-mortem.
        **options
            Those of :func:`domix.report.write_report`, such as ``data``, the rows, with
            ``groups``, the group of each.

        Raises
        ------
        FormatError
            The suffix is another one, or the file cannot be written.
        MissingExtraError
            jinja2 or matplotlib is not installed.
        """
        call_face("report", "write_report", self, path, **options)
