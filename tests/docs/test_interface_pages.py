"""The pages of the Python interface name all that is public."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

from test_docstrings import OBJECTS

FOLDER = Path(__file__).parents[2] / "docs" / "reference" / "api"
BLOCK = re.compile(
    r"\.\. currentmodule:: ([\w.]+)\n\n\.\. autosummary::\n +:toctree: generated\n\n(.*?)```",
    re.DOTALL,
)
LISTED = [
    (module, name)
    for page in sorted(FOLDER.glob("*.md"))
    for module, names in BLOCK.findall(page.read_text(encoding="utf-8"))
    for name in names.split()
]
MODULES = ["", ".anndata", ".exact", ".example", ".plots", ".report", ".sklearn", ".study"]


@pytest.mark.parametrize("suffix", MODULES)
def test_public_names_are_listed(suffix):
    module = importlib.import_module(f"domix{suffix}")
    public = {
        name
        for name in module.__all__
        # Functions that draw into axes serve other figures.
        if callable(getattr(module, name)) and not name.startswith("draw_")
    }
    assert public == {name for home, name in LISTED if home == module.__name__}


def test_classes_that_users_are_given_are_listed():
    listed = {getattr(importlib.import_module(module), name) for module, name in LISTED}
    classes = {item for item in OBJECTS.values() if inspect.isclass(item)}
    named = {item.__name__ for item in classes - listed}
    assert named <= {"Space", "Given", "Setting", "Source", "WorldKind"}  # what users never hold


def test_nothing_is_listed_twice():
    assert len(LISTED) == len(set(LISTED))
