"""Certificates: correct ones pass in every form and rendering, and the checker is independent."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from types import SimpleNamespace

import pytest

import golden_files
from domix import (
    CertificateError,
    ExclusionError,
    FormatError,
    Mixture,
    Network,
    NotAMixtureError,
    diagnose,
    disentangle_population,
    do,
)
from domix.core.tables import Tables
from domix.exact import Certificate, certify, check, prove
from exact.latex_checks import check_latex
from exact_instances import FORMS, given_as, random_instance


@pytest.mark.instances(200)
def test_a_certificate_proves_the_mixture(seed):
    mix = random_instance(seed, n=seed % 4 + 1)
    net, p_mix = mix.network, given_as(mix, FORMS[seed % len(FORMS)])
    result = disentangle_population(net, p_mix)
    truth = dict(zip(mix.interventions, mix.weights, strict=True))
    assert {c.intervention: c.weight for c in result.components} == truth
    cert = certify(net, p_mix)
    check(cert, net, p_mix)
    assert dict(cert.components) == truth
    assert cert.document["equality"] == result.facts["equality"]
    again = Certificate.from_json(cert.to_json())
    check(again, net, p_mix)
    assert again == cert
    assert again.to_json() == cert.to_json()
    # A certificate of the parsed document has the same text.
    assert Certificate(json.loads(cert.to_json())).to_json() == cert.to_json()


def small():
    return random_instance(32, n=2, zeros=0.3)


def test_renderings():
    cert = certify(small().network, small())
    assert any(lift["known"] for lift in cert.document["lifts"])
    golden_files.check("certificate.json", cert.to_json())
    golden_files.check("certificate.txt", cert.render())
    count = len(cert.document["lifts"])
    golden_files.check("certificate.tex", "\n".join(cert.latex(i) for i in range(count)))
    golden_files.check("certificate-whole.tex", cert.latex())
    for i in (-1, count):
        with pytest.raises(CertificateError, match=f"no lift {i}; the {count} lifts"):
            cert.latex(i)


def test_latex_is_balanced_for_any_names():
    net = small().network
    names = {name: f"{name} & {{}}_\\%$#^~" for name in net.variables}
    states = {names[v]: [f"{s}_{{" for s in net.states[v]] for v in net.variables}
    other = Network(
        {names[v]: [names[p] for p in net.parents[v]] for v in net.variables},
        states,
        {names[v]: net.cpt(v) for v in net.variables},
    )
    mix = Mixture(
        other,
        [
            ({names[v]: f"{s}_{{" for v, s in t.items()}, w)
            for t, w in zip(small().interventions, small().weights, strict=True)
        ],
    )
    cert = certify(other, mix)
    for i in range(len(cert.document["lifts"])):
        check_latex(cert.latex(i))
    check_latex(cert.latex())


@pytest.mark.skipif(which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_makes_a_document(tmp_path):
    odd = "<a> & {b}_\\%$#^~|"
    net = Network({odd: []}, {odd: [odd, "high"]}, {odd: [Fraction(1, 4), Fraction(3, 4)]})
    bodies = [
        *(certify(m.network, m).latex() for m in (Mixture(net, {do(): 1}), small())),
        prove({"A": [], "B": ["A"]}, [2, 3]).latex(),
        prove({"n_cells_per_well": [], "x_1_": ["n_cells_per_well"]}, [2, 3]).latex(),
    ]
    head = r"\documentclass{article}\usepackage{amsmath}\begin{document}"
    (tmp_path / "all.tex").write_text("\n".join([head, *bodies, r"\end{document}"]), "utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout[-2000:]


def test_latex_of_changes_leaves_out_what_sets_nothing():
    net = small().network
    alone = certify(net, Mixture(net, {do(): 1}))
    count = len(alone.document["lifts"])
    text = alone.latex(changes_only=True)
    assert f"The lifts that set nothing, {count} of {count}, are left out" in text
    assert "Lift 0." not in text
    cert = certify(net, small())
    changed = [i for i, lift in enumerate(cert.document["lifts"]) if set(lift["solution"]) != {"0"}]
    text = cert.latex(changes_only=True)
    assert 0 < len(changed) < len(cert.document["lifts"])
    assert [int(i) for i in re.findall(r"^Lift (\d+)\.$", text, re.M)] == changed
    assert "The lifts that set nothing" not in cert.latex()


def test_html_escapes_names_and_says_what_is_cut():
    cert = certify(small().network, small())
    document = cert.document
    document["lifts"] = [{**lift, "variable": "<b>"} for lift in document["lifts"]] * 30
    page = Certificate(document)._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert f"... ({len(document['lifts'])} in all)" in page


@pytest.mark.parametrize("kind", [ExclusionError, NotAMixtureError])
def test_broken_exclusion_points_to_diagnose(kind):
    half = Fraction(1, 2)
    net = Network(
        {"A": [], "B": ["A"]},
        {"A": [0, 1], "B": [0, 1]},
        {"A": [half, half], "B": [[Fraction(1, 4), Fraction(3, 4)], [half, half]]},
    )
    mix = Mixture(net, {do(B=0): half, do(B=1): half})
    # A table does not show that exclusion is broken, only that nothing that respects it fits.
    p_mix = mix if kind is ExclusionError else mix.marginal(["A", "B"]).values
    with pytest.raises(kind, match=r"domix\.diagnose\(net, p_mix\) lists"):
        certify(net, p_mix)
    assert diagnose(net, p_mix).explanations.targets


@pytest.mark.parametrize("document", [None, 3, True, b"{}", ["{}"], {}])
def test_a_value_that_is_not_text_is_refused(document):
    with pytest.raises(FormatError, match=f"expected a text, not {type(document).__name__}"):
        Certificate.from_json(document)


def test_text_that_is_not_json_is_refused_with_its_line():
    with pytest.raises(FormatError, match=r"^certificate:2:3: "):
        Certificate.from_json("{\n  1}")


# The checker is independent of the rest of the package.

ALLOWED = ("domix.core", "domix.util", "domix.errors", "domix.exact.checker")


def imports_of(module):
    """Return all modules that a module imports, which it must do by import statements."""
    imported = set()
    for node in ast.walk(ast.parse(Path(find_spec(module).origin).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: a relative import"
            assert node.module != "domix", f"{module}: from domix import ..."
            # Of a package, names may be modules.
            parts = [f"{node.module}.{alias.name}" for alias in node.names]
            inner = [part for part in parts if part.startswith("domix.") and is_module(part)]
            imported |= {node.module, *inner}
        elif isinstance(node, (ast.Name, ast.Attribute)):
            name = node.id if isinstance(node, ast.Name) else node.attr
            hidden = ("__import__", "importlib", "import_module", "exec", "eval", "modules")
            assert name not in hidden, f"{module}: {name}"
    return imported


def is_module(name):
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def test_the_checker_imports_only_core_util_and_errors():
    done, waiting = set(), {"domix.exact.checker.check"}
    while waiting:
        module = waiting.pop()
        done.add(module)
        imported = imports_of(module)
        assert not {name for name in imported if name.split(".")[0] == "sympy"}
        ours = {name for name in imported if name.split(".")[0] == "domix"}
        assert all(name.startswith(ALLOWED) for name in ours), (module, ours)
        waiting |= ours - done
    assert "domix.exact.checker.claims" in done


ALONE = """
import importlib.abc, pathlib, sys, types
from fractions import Fraction

for name, path in (("domix", {root!r}), ("domix.exact", {root!r} + "/exact")):
    package = sys.modules[name] = types.ModuleType(name)
    package.__path__ = [path]

class Guard(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        allowed = ("domix.core", "domix.util", "domix.errors", "domix.exact.checker")
        if name.split(".")[0] in ("domix", "sympy") and not name.startswith(allowed):
            raise ImportError("the checker imports " + name)

sys.meta_path.insert(0, Guard())
from domix.exact.checker.check import check
from domix.core.space import Space
from domix.core.tables import Layout, Tables
import numpy as np

values = np.array([Fraction(p) for p in {values!r}], dtype=object)
net = types.SimpleNamespace(
    space=Space({states!r}), tables=Tables(Layout.build({cards!r}, {parents!r}), values)
)
rows = {{key: Fraction(p) for key, p in {rows!r}.items()}}
text = pathlib.Path({document!r}).read_text(encoding="utf-8")
check(types.SimpleNamespace(to_json=lambda: text), net, rows)
for p_mix in (lambda cell: sum(
    (p for key, p in rows.items() if cell.items() <= dict(zip(net.space.names, key)).items()),
    Fraction(0),
), {{**rows, next(iter(rows)): Fraction(2)}}):
    try:
        check(types.SimpleNamespace(to_json=lambda: text), net, p_mix)
    except ValueError as error:
        print(type(error).__name__, error)
print(sorted(name for name in sys.modules if name.startswith("domix")))
"""


def test_the_checker_runs_without_the_rest_of_the_package(tmp_path):
    mix = small()
    net, layout = mix.network, mix.network.tables.layout
    rows = given_as(mix, "mapping")
    document = tmp_path / "certificate.json"
    document.write_text(certify(net, rows).to_json(), encoding="utf-8")
    code = ALONE.format(
        root=str(Path(find_spec("domix").origin).parent),
        values=[str(p) for p in net.tables.values],
        states=dict(net.states),
        cards=layout.cards.tolist(),
        parents=layout.parents,
        rows={key: str(p) for key, p in rows.items()},
        document=str(document),
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, second, modules = done.stdout.splitlines()
    assert first.startswith("CertificateError certificate: equality: expected")
    assert second.startswith("CertificateError p_mix: its entries do not sum to 1")
    assert "domix.exact.checker.claims" in modules
    assert all(
        name in ("domix", "domix.exact") or name.startswith(ALLOWED)
        for name in ast.literal_eval(modules)
    )


def test_a_table_that_is_not_a_distribution_is_refused():
    """The row is not read by lifting, but by the comparison with P_mix."""
    F = Fraction
    net = Network(
        {"A": [], "B": ["A"]},
        {"A": [0, 1], "B": [0, 1]},
        {"A": [F(1, 2), F(1, 2)], "B": [[F(1, 2), F(1, 2)], [F(1, 4), F(3, 4)]]},
    )
    mix = Mixture(net, {do(): F(1)})
    cert = certify(net, mix.marginal(["A", "B"]))
    values = net.tables.values.copy()
    values[-2:] = [F(1, 2), F(3, 4)]
    other = SimpleNamespace(space=net.space, tables=Tables(net.tables.layout, values))
    with pytest.raises(CertificateError, match="not a distribution"):
        check(cert, other, mix.marginal(["A", "B"]))


def test_a_mixture_over_the_reversed_graph_is_refused():
    """Its entries and its parents by position are the same, but it is another distribution."""
    F = Fraction
    rows = [[F(1, 2), F(1, 2)], [F(1, 4), F(3, 4)], [F(1, 3), F(2, 3)]]
    states = {"A": [0, 1], "B": [0, 1]}
    net = Network({"A": [], "B": ["A"]}, states, {"A": rows[0], "B": rows[1:]})
    other = Network({"A": ["B"], "B": []}, states, {"A": rows[:2], "B": rows[2]})
    mix = Mixture(net, {do(): F(1, 2), do(A=0, B=0): F(1, 2)})
    cert = certify(net, mix)
    with pytest.raises(CertificateError, match="p_mix: it is a mixture over another network"):
        check(cert, net, Mixture(other, {do(): F(1, 2), do(A=0, B=0): F(1, 2)}))


def test_a_duplicate_key_is_refused_with_its_place():
    cert = certify(small().network, small())
    text = cert.to_json().replace('"rank": ', '"rank": 0, "rank": ', 1)
    for read in (
        Certificate.from_json,
        lambda t: check(SimpleNamespace(to_json=lambda: t), small().network, small()),
    ):
        with pytest.raises(
            CertificateError, match=r"^certificate: lifts\[0\]\.rank: duplicate key"
        ):
            read(text)
