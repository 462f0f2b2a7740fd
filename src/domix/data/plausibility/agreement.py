"""Whether data rows and control rows write the states of a variable alike, where none are given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from warnings import warn

from domix.core.space import Label, Space, as_label, listing
from domix.data.marks import MissingMarks, MissingValues
from domix.data.states import FrameLabels, ShownLabels
from domix.errors import DataError, DomixWarning

MOST_NAMED = 10
"""Labels that a warning names, at most."""

DECLARE = "declare its levels (a categorical of pandas, an Enum of polars)"


def check_agreement(
    names: Sequence[str],
    rows: Any,
    control: Any,
    missing_values: MissingValues = None,
    *,
    rows_argument: str = "data",
    control_argument: str = "observational",
) -> None:
    """Compare the labels of rows with those of control rows, in columns that declare no levels.

    Parameters
    ----------
    names : sequence of str
        The variables.
    rows, control : data frame or ShownLabels
        With a column for each variable.
    missing_values : iterable of label, optional
        As in :func:`domix.data.frame.encode`.
    rows_argument, control_argument : str
        What the frames are called in messages.

    Raises
    ------
    DataError
        Rows and control rows have no label of a variable in common, or a label that only one of
        them has differs from one of the other in blanks or case alone.

    Warns
    -----
    DomixWarning
        Labels are in the rows and in no control row.

    Examples
    --------
    >>> import polars
    >>> control = polars.DataFrame({"A": [1, 0]})
    >>> check_agreement(["A"], polars.DataFrame({"A": [True, False]}), control)
    Traceback (most recent call last):
        ...
    domix.errors.DataError: observational: no label of column 'A' is one of data: False, True \
there, 0, 1 here; write them alike, or declare its levels (a categorical of pandas, an Enum of \
polars)
    """
    given, known_rows = (_show(names, own) for own in (rows, control))
    marks = MissingMarks(missing_values)
    unseen: list[str] = []
    for name in names:
        shown, known = given.states(name, marks), known_rows.states(name, marks)
        if shown.declared or known.declared or not (shown.labels and known.labels):
            continue
        new = _without(shown.labels, known.labels)
        if len(new) == len(shown.labels):
            raise DataError(
                f"no label of column {name!r} is one of {rows_argument}: {listing(shown.labels)} "
                f"there, {listing(known.labels)} here; write them alike, or {DECLARE}",
                argument=control_argument,
            )
        similar = _find_similar(new, known.labels) or _find_similar(
            shown.labels, _without(known.labels, shown.labels)
        )
        if similar is not None:
            raise DataError(
                f"column {name!r}: {similar[0]!r} may be {similar[1]!r} of {control_argument}; "
                f"write them alike, or, if both are states, {DECLARE}",
                argument=rows_argument,
            )
        for label, number in _count(given.count(name), new):
            unseen.append(f"{label!r} of {name!r} ({number:,} rows)")
    if unseen:
        more = f", ... ({len(unseen)} in all)" * (len(unseen) > MOST_NAMED)
        warn(
            f"{rows_argument}: no row of {control_argument} has {', '.join(unseen[:MOST_NAMED])}"
            f"{more}; their share in the tables is that of the pseudocount",
            DomixWarning,
            stacklevel=6,  # the caller of disentangle
        )


def _show(names: Sequence[str], rows: Any) -> ShownLabels:
    """Return the labels of the columns of the variables."""
    import narwhals as nw

    if isinstance(rows, ShownLabels):
        return rows
    selected: Any = nw.from_native(rows).select(list(names))
    return FrameLabels(selected.collect() if hasattr(selected, "collect") else selected)


def _without(labels: Sequence[Label], others: Sequence[Label]) -> list[Label]:
    """Return the labels that match none of the others, as states."""
    space = Space({"other": others})
    return [label for label in labels if space.match(0, label) is None]


def _find_similar(labels: Sequence[Label], others: Sequence[Label]) -> tuple[Label, Label] | None:
    """Return the first label that has the text of another one, but for blanks and case."""
    texts = {_simplify(other): other for other in others}
    found = ((label, texts[_simplify(label)]) for label in labels if _simplify(label) in texts)
    return next(found, None)


def _simplify(label: Label) -> str:
    return " ".join(str(label).split()).casefold()


def _count(counts: Iterable[tuple[Any, int]], labels: Sequence[Label]) -> list[tuple[Label, int]]:
    """Return each label with the number of rows that have it."""
    if not labels:
        return []
    space, rows = Space({"new": labels}), [0] * len(labels)
    for value, number in counts:
        code = space.match(0, as_label(value))
        if code is not None:
            rows[code] += number
    return list(zip(labels, rows, strict=True))
