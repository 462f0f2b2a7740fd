"""The methods of a result that show it."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from domix.data.frame import from_columns
from domix.results.component import Component, tabulate
from domix.results.record import ResultRecord
from domix.results.showing.faces import call_face
from domix.results.showing.summary import summary_html, summary_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Shown(ABC):
    """A result as text, as a table, as a figure, and as a report."""

    components: tuple[Component, ...]

    @abstractmethod
    def _to_record(self) -> ResultRecord:
        """Return what the texts are made of."""

    def to_frame(self, backend: str | None = None) -> Any:
        """Return a data frame, one row per component.

        Its columns are intervention, weight, std_error, low, high, p_value, known, relation,
        reproduced, drop_cost, log_count and critical_value (of the test), undetected, hull_low,
        hull_high, exact and alternatives.

        Parameters
        ----------
        backend : {"polars", "pandas", "pyarrow"}, optional
            The package of the frame; None takes the first that is installed.

        Returns
        -------
        DataFrame or Table
            Of that package.

        Raises
        ------
        MissingExtraError
            The package, or any of the three, is not installed.
        """
        return from_columns(tabulate(self.components), backend)

    def summary(self) -> str:
        """Return a readable table with notes on the fit."""
        return summary_text(self._to_record())

    def __repr__(self) -> str:
        record = self._to_record()
        return f"<Disentanglement: {len(record.components)} targets, method {record.method!r}>"

    def _repr_html_(self) -> str:
        return summary_html(self._to_record())

    def plot(self, kind: str = "targets", **options: Any) -> Figure:
        """Plot the result; notebooks show the figure inline.

        Parameters
        ----------
        kind : str
            - ``"targets"``: weights, and what each target sets. ``truth``, the mixture that the
              rows were drawn from, is marked if given.
            - ``"network"``: the network, with the variables of each target marked.
            - ``"weights"``: weights and intervals, with the look-alikes of targets that are not
              exact; takes ``truth``, too.
            - ``"posterior"``: which of the rows ``data`` each target explains, or when, if ``time``
              is given: a column of the data, or an array.
            - ``"lifting"``: how the prefixes of targets split, variable by variable.
            - ``"fit"``: whether the rows ``data`` fit the result; ``observational`` are the control
              rows from which the tables were learnt, as in :meth:`Disentanglement.goodness_of_fit`.
            - ``"check"``: whether the control rows fit the model.
            - ``"graph"``: what was changed of the graph.
        **options
            Those of the function of this kind: see :func:`domix.plots.plot_result`.

        Returns
        -------
        matplotlib.figure.Figure
            Without a window and without global state; ``figure.savefig(path)`` writes it.

        Raises
        ------
        DataError
            The kind is unknown, it does not take an option or lacks one, or the result does not
            have what it shows.
        MissingExtraError
            matplotlib is not installed.

        Examples
        --------
        >>> from domix import Component, Disentanglement, do
        >>> from domix.example import network
        >>> found = (Component(do(Tarn="low"), 0.75), Component(do(), 0.25))
        >>> result = Disentanglement(network(), found, "likelihood")
        >>> figure = result.plot("weights")
        >>> figure.savefig("weights.svg")  # doctest: +SKIP
        """
        figure: Figure = call_face("plots", "plot_result", self, kind, **options)
        return figure

    def report(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write a report: one file that says what was asked, what was found and how sure it is.

        Parameters
        ----------
        path : path
            ``.html``: with figures (needs the extra ``app``). ``.md``: Markdown without figures, to
            be pasted into a post-mortem.
        **options
            Those of :func:`domix.report.write_report`, such as ``data``, the rows.

        Raises
        ------
        FormatError
            The suffix is another one, or the file cannot be written.
        MissingExtraError
            jinja2 or matplotlib is not installed.
        """
        call_face("report", "write_report", self, path, **options)
