"""The house: imports point one way, and importing domix stays cheap."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import domix

ROOT = Path(domix.__file__).parent
# Each room may import the rooms of earlier floors, its own, and the kernels.
FLOORS = [
    ["errors"],
    ["core"],
    ["engine", "data", "query", "formats"],
    ["model"],
    ["disentangle"],
    ["exact"],
    ["sklearn", "plots", "example", "describe"],
    ["study", "plots_identifiability"],
    ["demo", "cli", "__main__"],
]
# Writing a file whole or not at all is the formats' business, and rows are written too.
ALLOWED = {("data", "formats.atomic")}


def _room(module: str) -> str:
    return module.split(".")[1] if module.count(".") else "__init__"


def _imports():
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(["domix", *path.relative_to(ROOT).with_suffix("").parts])
        name = name.removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                yield name, node.module
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    yield name, alias.name


def test_imports_point_one_way():
    floor = {room: i for i, rooms in enumerate(FLOORS) for room in rooms}
    wrong = []
    for importer, imported in _imports():
        if importer == "domix" or not imported.startswith("domix."):
            continue
        here, there = _room(importer), _room(imported)
        if there == "_kernels" or here == there:
            continue
        if (here, imported.removeprefix("domix.")) in ALLOWED:
            continue
        if floor[there] >= floor[here]:
            wrong.append(f"{importer} imports {imported}")
    assert not wrong


def test_kernels_import_nothing_of_the_package():
    for path in (ROOT / "_kernels").glob("*.pyx"):
        assert "domix" not in path.read_text(encoding="utf-8"), path.name


def test_import_brings_in_no_optional_package():
    heavy = ["sympy", "polars", "pandas", "pyarrow", "matplotlib", "dask", "tqdm", "networkx"]
    code = f"import sys, domix; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_import_is_quick():
    # Processor time: a busy machine must not fail this.
    def seconds(code: str) -> float:
        timer = f"import time; {code}; print(time.process_time())"
        return min(
            float(subprocess.check_output([sys.executable, "-c", timer], text=True))
            for _ in range(5)
        )

    assert seconds("import domix") - seconds("pass") <= 0.3
