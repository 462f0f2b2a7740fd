"""The pages of formulas: every function and every test that they name exists."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import domix

ROOT = Path(__file__).parents[1]
PAGES = {
    name: (ROOT / "docs" / "explanation" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("method", "theory")
}
FUNCTIONS = sorted(
    (page, name)
    for page, text in PAGES.items()
    for name in {
        name
        for pattern in (r"`(\w+(?:\.\w+)+)`", r"  (\w+(?:\.\w+)+)$")
        for name in re.findall(pattern, text, re.MULTILINE)
    }
)
TESTS = sorted(set(re.findall(r"`(test_\w+)`", PAGES["theory"])))
TEST_FILES = sorted(set(re.findall(r"`(\w+/test_\w+\.py)`", PAGES["theory"])))


@pytest.fixture(scope="module")
def qualified_names():
    """Modules, the functions, classes and methods that they define, and the public names."""
    names = set()
    for found in pkgutil.walk_packages(domix.__path__, "domix."):
        if found.name == "domix.__main__":
            continue
        module = importlib.import_module(found.name)
        names.add(found.name)
        names |= {f"{found.name}.{name}" for name in getattr(module, "__all__", ())}
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) == found.name:
                names.add(f"{found.name}.{name}")
                if inspect.isclass(value):
                    names |= {f"{found.name}.{name}.{member}" for member in vars(value)}
    return names | {f"domix.{name}" for name in domix.__all__}


@pytest.mark.parametrize(("page", "name"), FUNCTIONS)
def test_names_on_the_page_exist(page, name, qualified_names):
    assert any(f".{known}".endswith(f".{name}") for known in qualified_names)


@pytest.fixture(scope="module")
def names_of_tests():
    """All test functions, by the text of their files."""
    files = (ROOT / "tests").glob("**/test_*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    return set(re.findall(r"def (test_\w+)", text))


@pytest.mark.parametrize("name", TESTS)
def test_tests_on_the_theory_page_exist(name, names_of_tests):
    assert name in names_of_tests


@pytest.mark.parametrize("name", TEST_FILES)
def test_files_of_tests_on_the_theory_page_exist(name):
    assert (ROOT / "tests" / name).is_file()


def test_every_statement_of_the_table_is_linked_and_checked():
    rows = re.findall(r"^\| \[(.*)\|$", PAGES["theory"], re.MULTILINE)
    assert len(rows) >= 15
    for row in rows:
        statement, _, computed, checked = (cell.strip() for cell in row.split(" | "))
        assert "](#" in statement
        assert re.search(r"`\w+(\.\w+)+`", computed)
        assert re.search(r"`\w+/test_\w+\.py`", checked)


def test_formulas_read_the_same_on_github():
    """Formulas end on their line, and no backslash is before punctuation: it is lost there."""
    prose = re.sub(r"```.*?```", "", PAGES["theory"], flags=re.DOTALL)
    assert all(line.count("$") % 2 == 0 for line in prose.splitlines())
    formulas = re.findall(r"\$+([^$]+)\$+", prose)
    assert len(formulas) > 100
    assert not [formula for formula in formulas if re.search(r"\\[^A-Za-z]|[})']_", formula)]
