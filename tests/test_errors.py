"""Errors: how they read, and that they survive copies and pickles."""

from __future__ import annotations

import copy
import pickle
from string import ascii_uppercase

import pytest

from domix import DataError, DomixError, FormatError, MissingExtraError, errors

EXAMPLES = [
    DataError("there are no rows"),
    DataError("there are no rows", argument="observational"),
    FormatError("expected a number", source="net.bif:3:14"),
    FormatError("no such column", argument="labels", source="rows.csv"),
    MissingExtraError("drawing a figure", "matplotlib", "app"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=str)
@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_errors_survive_copies_and_pickles(error, duplicate):
    again = duplicate(error)
    assert type(again) is type(error)
    assert (str(again), again.args) == (str(error), error.args)
    assert vars(again) == vars(error)


def test_the_text_names_source_and_argument_once():
    assert [str(error) for error in EXAMPLES[:4]] == [
        "there are no rows",
        "observational: there are no rows",
        "net.bif:3:14: expected a number",
        "rows.csv: labels: no such column",
    ]


def test_a_missing_extra_names_the_command_that_installs_it():
    error = EXAMPLES[-1]
    assert str(error) == (
        'drawing a figure needs the package matplotlib: python -m pip install "domix[app]"'
    )
    assert isinstance(error, ImportError)


def test_every_error_is_a_domix_error_and_a_value_error():
    for name in (name for name in vars(errors) if name.startswith(tuple(ascii_uppercase))):
        kind = getattr(errors, name)
        assert issubclass(kind, (DomixError, errors.DomixWarning))
        assert issubclass(kind, (ValueError, UserWarning))
