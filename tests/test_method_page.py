"""The method page: every function that it names exists."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import domix

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "method.md"
NAMES = {
    name
    for pattern in (r"`(\w+(?:\.\w+)+)`", r"  (\w+(?:\.\w+)+)$")
    for name in re.findall(pattern, PAGE.read_text(encoding="utf-8"), re.MULTILINE)
}


@pytest.fixture(scope="module")
def qualified_names():
    """Modules, and the functions, classes and methods that they define."""
    names = set()
    for found in pkgutil.walk_packages(domix.__path__, "domix."):
        if found.name == "domix.__main__":
            continue
        module = importlib.import_module(found.name)
        names.add(found.name)
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) == found.name:
                names.add(f"{found.name}.{name}")
                if inspect.isclass(value):
                    names |= {f"{found.name}.{name}.{member}" for member in vars(value)}
    return names


@pytest.mark.parametrize("name", sorted(NAMES))
def test_names_on_the_method_page_exist(name, qualified_names):
    assert any(known.endswith(f".{name}") for known in qualified_names)
