"""Certificates: true ones pass, changed ones are refused, and the checker stands on its own."""

from __future__ import annotations

import ast
import copy
import json
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from domix import CertificateError, DomixError, Mixture, Network, disentangle_population
from domix.exact import Certificate, certify, check
from domix.study.generator import random_instance


def exact_instance(seed):
    """A random mixture over a random network, its tables rounded to small fractions."""
    rng = np.random.default_rng(seed)
    made = random_instance(int(rng.integers(1, 5)), rng, cards=range(2, 4), targets=(1, 5))
    net = made.network
    cpts = {}
    for name in net.variables:
        parts = np.maximum(np.round(net.cpt(name) * 12), 1).astype(int)
        table = np.empty(parts.shape, dtype=object)
        for at in np.ndindex(parts.shape):
            table[at] = Fraction(int(parts[at]), int(parts[at[:-1]].sum()))
        cpts[name] = table
    exact = Network(net.parents, net.states, cpts)
    shares = [int(s) for s in rng.integers(1, 9, len(made.mixture.targets))]
    weights = [Fraction(s, sum(shares)) for s in shares]
    return exact, Mixture(exact, list(zip(made.mixture.interventions, weights, strict=True)))


@pytest.mark.parametrize("seed", range(30))
def test_a_certificate_is_of_the_mixture_and_checks(seed):
    net, mix = exact_instance(seed)
    found = disentangle_population(net, mix)
    truth = dict(zip(mix.interventions, mix.weights, strict=True))
    assert {c.intervention: c.weight for c in found.components} == truth
    certificate = certify(net, mix)
    check(certificate, net, mix)
    again = Certificate.from_json(certificate.to_json())
    check(again, net, mix)
    assert again.to_json() == certificate.to_json()


def leaves(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from leaves(inner, (*path, i))
    else:
        yield path, value


def mutants(document):
    """Every leaf changed in several ways, every list entry dropped or doubled, keys added."""
    for path, value in leaves(document):
        if path[-1] in ("format", "version"):
            continue
        for other in (f"{value}0", 1.0, True, None, [], "2/4", {"a": 1}):
            if other != value or type(other) is not type(value):
                yield _with(document, path, other)
    for path in {p[:cut] for p, _ in leaves(document) for cut in range(1, len(p))}:
        target = document
        for step in path:
            target = target[step]
        if isinstance(target, list) and target:
            yield _with(document, path, target[1:])
            yield _with(document, path, [*target, target[0]])
            if target[::-1] != target:
                yield _with(document, path, target[::-1])
        elif isinstance(target, dict):
            yield _with(document, path, {**target, "extra": "0"})
            if target:
                yield _with(document, path, dict(list(target.items())[1:]))


def _with(document, path, value):
    changed = copy.deepcopy(document)
    at = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return changed


def test_every_mutant_is_refused():
    refused = 0
    for seed in (3, 4):
        net, mix = exact_instance(seed)
        for mutant in mutants(json.loads(certify(net, mix).to_json())):
            with pytest.raises(CertificateError):
                check(Certificate.from_json(json.dumps(mutant)), net, mix)
            refused += 1
    assert refused > 500


def test_a_certificate_of_something_else_is_refused():
    net, mix = exact_instance(5)
    certificate = certify(net, mix)
    other_net, other_mix = exact_instance(6)
    with pytest.raises(CertificateError):
        check(certificate, other_net, other_mix)
    moved = [*mix.weights]
    moved[0], moved[1] = moved[0] / 2, moved[1] + moved[0] / 2
    with pytest.raises(CertificateError):
        check(certificate, net, Mixture(net, list(zip(mix.interventions, moved, strict=True))))


def test_floats_are_refused_with_the_mend():
    net, mix = exact_instance(5)
    floats = Mixture(
        net.to_float(), dict(zip(mix.interventions, map(float, mix.weights), strict=True))
    )
    with pytest.raises(DomixError, match="exact"):
        certify(net.to_float(), floats)


def test_the_checker_imports_nothing_but_core_and_errors():
    tree = ast.parse(Path(find_spec("domix.exact.check").origin).read_text(encoding="utf-8"))
    imported = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("domix")
    }
    assert all(name.split(".")[1] in ("core", "errors") for name in imported)
    assert not any(
        alias.name.startswith("domix")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    )
