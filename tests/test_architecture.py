"""The floor plan: imports point down, nothing imports in a circle, and importing domix is cheap."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import domix

ROOT = Path(domix.__file__).parent
CONTRIBUTING = Path(__file__).parents[1] / "CONTRIBUTING.md"


def floors():
    """Room to floor, from the table in CONTRIBUTING.md."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    table = re.findall(r"^\| (\d+) \| ([^|]+) \|", text, re.MULTILINE)
    return {room: int(floor) for floor, rooms in table for room in re.findall(r"`(\w+)`", rooms)}


def modules():
    """Every module of the package, with its syntax tree."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


MODULES = modules()


def imported(tree):
    """The modules of domix that a module imports anywhere, functions and type checks included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            base = node.module or ""
            for alias in node.names:
                deeper = f"{base}.{alias.name}"
                yield deeper if deeper in MODULES or base == "domix._kernels" else base
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


IMPORTS = {
    name: {other for other in imported(tree) if other.split(".")[0] == "domix"}
    for name, tree in MODULES.items()
}


def room(module):
    return module.split(".")[1] if "." in module else "__init__"


def test_the_plan_names_every_room_and_no_other():
    there = {path.stem for path in ROOT.glob("*.py")}
    there |= {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set(floors()) == there


def test_imports_point_down():
    floor = floors()
    wrong = [
        f"{name} imports {other}"
        for name, others in IMPORTS.items()
        for other in others
        if room(name) != room(other) and floor[room(other)] >= floor[room(name)]
    ]
    assert not wrong


def test_no_module_imports_itself_by_way_of_others():
    done, circles = set(), []

    def visit(name, path):
        if name in path:
            circles.append(" -> ".join([*path[path.index(name) :], name]))
        elif name not in done:
            for other in sorted(IMPORTS.get(name, ())):
                visit(other, [*path, name])
            done.add(name)

    for name in MODULES:
        visit(name, [])
    assert not circles


@pytest.mark.parametrize("package", [name for name in MODULES if f"{name}." in " ".join(MODULES)])
def test_no_public_name_hides_a_module(package):
    there = importlib.import_module(package)
    for found in pkgutil.iter_modules(there.__path__):
        module = importlib.import_module(f"{package}.{found.name}")
        assert getattr(there, found.name) is module


def test_rooms_stay_small():
    for path in ROOT.rglob("__init__.py"):
        inside = [p for p in path.parent.iterdir() if p.suffix == ".py" and p.stem != "__init__"]
        assert len(inside) <= 12, path.parent
    for path in (path.parent for path in ROOT.glob("*/__init__.py")):
        assert sum(len(p.read_text().splitlines()) for p in path.rglob("*.py")) <= 4000, path


def test_kernels_import_nothing_of_the_package():
    for path in (ROOT / "_kernels").glob("*.p[yx][xd]"):
        assert not re.search(r"import.*\bdomix\b|\bdomix\.", path.read_text(encoding="utf-8")), (
            path.name
        )


def test_import_brings_in_no_optional_package():
    heavy = ["sympy", "polars", "pandas", "pyarrow", "matplotlib", "dask", "tqdm", "networkx"]
    heavy += ["anndata", "sklearn", "scipy", "distributed", "jinja2"]
    code = f"import sys, domix; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_import_takes_little_longer_than_numpy():
    # Processor time: a busy machine must not fail this.
    def seconds(code: str) -> float:
        timer = f"import time; {code}; print(time.process_time())"
        return min(
            float(subprocess.check_output([sys.executable, "-c", timer], text=True))
            for _ in range(5)
        )

    assert seconds("import domix") - seconds("import numpy") <= 0.2
