"""Marks of missing values: those that always are, and those that users name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from domix.core.space import Label, Space, listing
from domix.errors import DataError, NetworkError

MISSING_TEXTS = frozenset({"", "NA", "NaN", "nan", "null", "N/A"})
"""Missing values in a column of text, unless the variable has such a state."""

MISSING_OBJECTS = frozenset({"None", "nan", "NaT", "<NA>"})
"""Texts of None, NaN, NaT and the NA of pandas, which cannot be compared."""

DOUBTFUL = frozenset(
    {"?", ".", "None", "<NA>", "NULL", "#N/A", "#NA", "n/a", "NaT", "NAN", "-NaN", "-nan"}
)
"""Marks of other programs, which can also be states: users decide."""

MissingValues = Iterable[Label] | None
"""Marks that users name; None is none, and leaves doubtful ones to be decided."""


class MissingMarks:
    """The labels that users name as missing; each matches others as a state of a variable does.

    Parameters
    ----------
    missing_values : str, iterable of label, or None
        A text is one mark.

    Raises
    ------
    DataError
        They are not a list of distinct labels.
    """

    def __init__(self, missing_values: MissingValues = None) -> None:
        self.are_named = missing_values is not None
        try:
            given: Any = [missing_values] if isinstance(missing_values, str) else missing_values
            marks = tuple(given or ())
            self._space = Space({"missing_values": marks}) if marks else None
        except (NetworkError, TypeError):
            raise DataError(
                f'a list of distinct labels is needed, such as ["?"], not {missing_values!r}',
                argument="missing_values",
            ) from None

    def include(self, label: object) -> bool:
        """Whether a label is a mark that the user named.

        Examples
        --------
        >>> marks = MissingMarks(["?", "-9"])
        >>> [marks.include(label) for label in ("?", -9.0, "", None)]
        [True, True, False, False]
        """
        return self._space is not None and self._space.match(0, label) is not None

    def check_states(self, states: Mapping[str, Iterable[Label]], argument: str) -> None:
        """Refuse states that may be marks of missing values, if the user has named no marks.

        Raises
        ------
        DataError
            There is such a state.
        """
        if self.are_named:
            return
        for name, labels in states.items():
            doubt = describe_doubt(labels)
            if doubt:
                raise DataError(
                    f"column {name!r}{doubt}; if they are states, give missing_values=[], or a "
                    "column that declares its levels",
                    argument=argument,
                )


def describe_doubt(labels: Iterable[object], how: str = "give") -> str:
    """Say which labels may stand for missing values, and how to name them; empty if none does.

    ``how`` is the verb before the argument, which not every caller of :func:`encode` has.

    Examples
    --------
    >>> print("column 'A'", describe_doubt(["low", "?"]), sep="")
    column 'A': '?' may stand for missing values: replace them, or give missing_values=["?"]
    """
    doubtful = [label for label in labels if isinstance(label, str) and label in DOUBTFUL]
    if not doubtful:
        return ""
    marks = json.dumps(doubtful, ensure_ascii=False)
    return (
        f": {listing(doubtful)} may stand for missing values: replace them, or {how} "
        f"missing_values={marks}"
    )


def is_missing(value: object) -> bool:
    """Whether a value that is not of a variable, such as a row's label, is missing.

    Examples
    --------
    >>> [is_missing(value) for value in (None, float("nan"), " ", "NA", "none", 0)]
    [True, True, True, True, False, False]
    """
    if isinstance(value, str):
        return value.strip() in MISSING_TEXTS
    return str(value) in MISSING_OBJECTS
