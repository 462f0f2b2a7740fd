"""Certificates that are wrong in any way are refused, and no input makes the checker fail."""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificate_mutants import Document, mutants, other_subjects
from domix import CertificateError, DomixError, FormatError, Mixture, Network, do
from domix.exact import Certificate, certifier, certify, check
from domix.population.closed_form_lift import Solution
from exact_instances import FORMS, given_as, random_instance


def labelled_by_numbers():
    """Return a mixture whose states are equal in Python or look like fractions."""
    F = Fraction
    net = Network(
        {"A": [], "B": ["A"]},
        {"A": [True, False, 2], "B": ["1", 0.0, -1.5]},
        {
            "A": [F(1, 2), F(1, 3), F(1, 6)],
            "B": [[F(1, 4), F(1, 4), F(1, 2)], [0, F(1, 3), F(2, 3)], [F(1, 7), F(2, 7), F(4, 7)]],
        },
    )
    return Mixture(net, {do(): F(1, 2), do(A=True): F(1, 3), do(A=True, B=0.0): F(1, 6)})


MIXTURES = {
    "global": random_instance(49, n=2),
    "three variables": random_instance(8, n=3),
    "per prefix": random_instance(48, n=2),
    "weak": random_instance(32, n=2, zeros=0.3),
    "weak per prefix": random_instance(48, n=2, zeros=0.3),
    "zeros": random_instance(25, n=2, zeros=0.3),
    "numbers": labelled_by_numbers(),
}
CASES = [pytest.param(name, form, id=f"{name}-{form}") for name in MIXTURES for form in FORMS]


@cache
def certified(name, form):
    mixture = MIXTURES[name]
    p_mix = given_as(mixture, form)
    return mixture, p_mix, certify(mixture.network, p_mix)


def test_the_mixtures_have_the_properties_of_their_names():
    facts = {name: certified(name, "mixture")[2].document for name in MIXTURES}
    assert facts["global"]["exclusion"] == "global"
    assert facts["global"]["positivity"] == "everywhere"
    assert facts["per prefix"]["exclusion"] == "per prefix"
    assert facts["weak"]["positivity"] == facts["weak per prefix"]["positivity"] == "weak"
    assert facts["weak per prefix"]["exclusion"] == "per prefix"
    assert facts["zeros"]["positivity"] == "where needed"
    assert any(lift["known"] for lift in facts["numbers"]["lifts"])


@pytest.mark.parametrize(("name", "form"), CASES)
def test_every_mutant_is_refused(name, form, stride):
    """One mutant in ``stride`` is tried, from a start that differs by case."""
    mixture, p_mix, cert = certified(name, form)
    check(cert, mixture.network, p_mix)
    first = 7 * list(MIXTURES).index(name) + FORMS.index(form)
    for what, text in mutants(cert.document, stride, first):
        try:
            check(Document(text), mixture.network, p_mix)
        except CertificateError:
            continue
        pytest.fail(f"accepted: {what}")


def test_there_are_ten_thousand_mutants(stride):
    documents = [certified(name, "mixture")[2].document for name in MIXTURES]
    assert stride * sum(1 for document in documents for _ in mutants(document, stride)) > 10_000


@pytest.mark.parametrize(("name", "form"), CASES)
def test_a_certificate_about_another_problem_is_refused(name, form, stride):
    mixture, _, cert = certified(name, form)
    others = list(other_subjects(cert, mixture, form))
    assert len(others) > 10
    for what, net, p_mix in others[::stride]:
        try:
            check(cert, net, p_mix)
        except CertificateError:
            continue
        pytest.fail(f"accepted: {what}")


def test_the_equality_is_that_of_the_form():
    mixture, _, cert = certified("global", "mixture")
    for form in FORMS[1:]:
        with pytest.raises(CertificateError, match=r'equality: expected .*, not "structural"'):
            check(cert, mixture.network, given_as(mixture, form))


# A solver that returns a wrong solution.


def along(point, null, step):
    return tuple(x + step * p for x, p in zip(point, null, strict=True))


WRONG_SOLUTIONS = {
    "another point of the line": lambda s: replace(s, point=along(s.point, s.null, Fraction(1, 7))),
    "beyond the orthant": lambda s: replace(s, point=along(s.point, s.null, Fraction(-1, 7))),
    "no solution of the system": lambda s: replace(s, point=(*s.point[:-1], s.point[-1] + 1)),
    "nowhere": lambda s: replace(s, point=None),
    "a scaled null vector": lambda s: replace(s, null=tuple(2 * p for p in s.null)),
    "full rank": lambda s: replace(s, rank=s.rank + 1),
}


def change_result(monkeypatch, module, name, change):
    true = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args: change(true(*args)))


@pytest.mark.parametrize("change", WRONG_SOLUTIONS)
@pytest.mark.parametrize("solver", ["closed_form", "by_elimination"])
def test_two_solvers_must_agree(monkeypatch, solver, change):
    mixture, p_mix, _ = certified("global", "table")
    change_result(monkeypatch, certifier, solver, WRONG_SOLUTIONS[change])
    with pytest.raises(CertificateError, match="several solutions"):
        certify(mixture.network, p_mix)


@pytest.mark.parametrize(
    "change", [change for change in WRONG_SOLUTIONS if change not in ("full rank", "nowhere")]
)
def test_solvers_with_the_same_error_are_detected(monkeypatch, change):
    mixture, p_mix, correct = certified("global", "table")
    for solver in ("closed_form", "by_elimination"):
        change_result(monkeypatch, certifier, solver, WRONG_SOLUTIONS[change])
    try:
        cert = certify(mixture.network, p_mix)
    except CertificateError:
        return
    assert cert != correct
    with pytest.raises(CertificateError):
        check(cert, mixture.network, p_mix)


@pytest.mark.parametrize("form", FORMS[1:])
@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        (Fraction(1, 9), "weight 0"),  # all that sets the variable gets more
        (Fraction(-2, 3), "negative"),  # the value that was set is the unused one
    ],
)
def test_the_checker_detects_a_consistent_error(monkeypatch, form, step, refusal):
    """Lifting and both solvers agree on another point of the line of the last lift.

    Everything else is consistent, and the distribution is the same: only the argument for
    uniqueness fails.
    """
    mixture, p_mix, correct = certified("numbers", form)
    last = len(correct.document["lifts"]) - 1

    def move_last(lifting):
        lift = lifting.lifts[last]
        assert lift.unset > 0
        another = Solution(lift.unset - step, along(lift.sets, lift.a, step), 1)
        changed = replace(lift, solution=another)
        others = [t for t in lifting.weights if not set(lift.prefix) <= set(t)]
        lifts = [(*lift.prefix, (lift.variable, v)) for v in range(len(lift.a))]
        weights = {t: lifting.weights[t] for t in others}
        weights |= zip([lift.prefix, *lifts], [changed.unset, *changed.sets], strict=True)
        return replace(
            lifting,
            lifts=(*lifting.lifts[:last], changed),
            weights={t: w for t, w in weights.items() if w},
        )

    calls = Counter()

    def changing_last(solver):
        def change(solution):
            calls[solver] += 1
            if calls[solver] <= last:
                return solution
            return replace(solution, point=along(solution.point, solution.null, step))

        return change

    change_result(monkeypatch, certifier, "lift_distribution", move_last)
    for solver in ("closed_form", "by_elimination"):
        change_result(monkeypatch, certifier, solver, changing_last(solver))
    cert = certify(mixture.network, p_mix)
    assert cert.document["lifts"][:last] == correct.document["lifts"][:last]
    assert cert.document["lifts"][last]["r"] == correct.document["lifts"][last]["r"]
    forged = dict(cert.components)
    assert sum(forged.values()) == 1
    net = mixture.network
    tables = {t: Mixture(net, {t: 1}).marginal(net.variables).values for t in forged}
    assert (sum(w * tables[t] for t, w in forged.items()) == given_as(mixture, "table")).all()
    with pytest.raises(CertificateError, match=rf"\.solution: .*{refusal}"):
        check(cert, net, p_mix)


def test_a_function_that_sums_to_more_than_1_is_refused():
    """The whole lift is consistent with the function, except for the sum of its weights."""
    F = Fraction
    net = Network({"A": []}, {"A": ["a", "b"]}, {"A": [F(1, 4), F(3, 4)]})
    document = certify(net, {("a",): F(1, 2), ("b",): F(1, 2)}).document
    joint = ["5/8", "5/8"]
    document["lifts"][0] |= {"p_mix": joint, "r": joint, "rhs": ["3/8", "-1/8"]}
    document["lifts"][0] |= {"silent": "5/6", "solution": ["5/12", "0"]}
    document["mixture"][0]["weight"], document["mixture"][1]["weight"] = "5/6", "5/12"
    document["equality"] = "on the cells read"
    with pytest.raises(CertificateError, match="it does not sum to 1"):
        check(Certificate(document), net, lambda assignment: F(5, 8) if assignment else F(1))
    cert = certify(net, lambda assignment: F(1, 2) if assignment else F(1))
    with pytest.raises(CertificateError, match=r"p_mix\(\{\}\) must be 1"):
        check(cert, net, lambda assignment: F(1, 2) if assignment else F(2))


# Arbitrary values and text.

NUMBERS = st.integers() | st.integers(-(10**400), 10**400) | st.floats() | st.booleans()
ANYTHING = st.recursive(
    st.none() | NUMBERS | st.text() | st.fractions().map(str),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def places(value, path=()):
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, (dict, list)):
            yield from places(inner, (*path, key))
        else:
            yield (*path, key)


def with_text(value, path, text):
    """Return the document as JSON, with another text at one place."""
    if not path:
        return text
    items = value.items() if isinstance(value, dict) else enumerate(value)
    parts = [
        (key, with_text(inner, path[1:], text) if key == path[0] else json.dumps(inner))
        for key, inner in items
    ]
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {part}" for key, part in parts) + "}"
    return "[" + ", ".join(part for _, part in parts) + "]"


def refused_or_the_same(text, name, form):
    mixture, p_mix, cert = certified(name, form)
    try:
        read = Certificate.from_json(text)
    except (CertificateError, FormatError):
        pass
    else:
        # Every certificate that can be read can be shown, whatever it claims.
        assert str(read)
        assert read.render()
        assert all(read.latex(i) for i in range(len(read.document["lifts"])))
    try:
        check(Document(text), mixture.network, p_mix)
    except CertificateError:
        return
    assert repr(json.loads(text)) == repr(json.loads(cert.to_json()))


@given(st.data(), st.sampled_from(FORMS), ANYTHING)
def test_any_value_at_any_place_is_refused(data, form, value):
    document = certified("numbers", form)[2].document
    path = data.draw(st.sampled_from(list(places(document))))
    refused_or_the_same(with_text(document, path, json.dumps(value)), "numbers", form)


@given(st.data(), st.text(alphabet='"0123456789/-.,:{}[] ntea\\', max_size=3))
def test_any_change_of_the_text_is_refused(data, slip):
    document = certified("numbers", "mixture")[2].document
    text = json.dumps(document)
    at = data.draw(st.integers(0, len(text)))
    upto = data.draw(st.integers(at, min(at + 3, len(text))))
    refused_or_the_same(text[:at] + slip + text[upto:], "numbers", "mixture")


LONG = {
    "brackets": "[" * 200_000 + "]" * 200_000,
    "objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "open brackets": "[" * 300_000,
    "integer": "9" * 300_000,
    "float": "1e" + "9" * 300_000,
    "string": json.dumps("x" * 300_000),
    "number in a string": json.dumps("7" * 300_000),
    "fraction": json.dumps("7" * 150_000 + "/" + "3" * 149_999 + "2"),
    "fractions to be added": json.dumps([f"1/1{i:09000d}1" for i in range(1, 40)]),
    "list": json.dumps(["1/2"] * 60_000),
}


@pytest.mark.parametrize("long", LONG)
def test_a_long_value_takes_linear_time(long, is_full):
    mixture, p_mix, cert = certified("global", "table")
    document = cert.document
    everywhere = list(places(document))
    for path in everywhere[:: len(everywhere) // (20 if is_full else 5)]:
        text = with_text(document, path, LONG[long])
        began = time.process_time()
        with suppress(CertificateError, FormatError):
            Certificate.from_json(text)
        with pytest.raises(CertificateError):
            check(Document(text), mixture.network, p_mix)
        # A third of a megabyte; quadratic time would be a minute.
        assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "other", [None, 1, "{}", {}, Document(None), Document(1), Document(b"\xff")]
)
def test_a_value_that_is_not_a_certificate_is_refused(other):
    mixture, p_mix, _ = certified("global", "table")
    with pytest.raises(CertificateError, match=r"is not a certificate|^certificate: expected"):
        check(other, mixture.network, p_mix)


@pytest.mark.parametrize(
    "p_mix",
    [
        None,
        {},
        [],
        "x",
        np.zeros((2, 2)),
        {("s0",): 1},
        {1: 1},
        lambda assignment: None,
        lambda assignment: 1.0,
        lambda assignment: Fraction(1),
        lambda assignment: assignment["no such name"],
        lambda: 1,
    ],
)
def test_a_value_that_is_not_a_distribution_is_refused(p_mix):
    mixture, _, cert = certified("global", "table")
    with pytest.raises(CertificateError, match="p_mix"):
        check(cert, mixture.network, p_mix)


@pytest.mark.parametrize("form", FORMS)
def test_very_long_numbers_are_refused_like_others(form):
    mixture, p_mix, cert = certified("global", form)
    tiny = Fraction(1, 10**6000)
    net = mixture.network
    (one, first), (two, second), *rest = zip(mixture.interventions, mixture.weights, strict=True)
    other = Mixture(net, [(one, first - tiny), (two, second + tiny), *rest])
    with pytest.raises(CertificateError, match="p_mix"):
        check(cert, net, given_as(other, form))
    cpts = {name: net.cpt(name).copy() for name in net.variables}
    row = cpts[net.order[0]]
    row[:2] += [tiny, -tiny]
    with pytest.raises(CertificateError):
        check(cert, Network(net.parents, net.states, cpts), p_mix)


def test_floats_are_refused_with_the_fix():
    mixture, p_mix, cert = certified("global", "mixture")
    net = mixture.network.to_float()
    floats = Mixture(net, [*zip(mixture.interventions, map(float, mixture.weights), strict=True)])
    with pytest.raises(DomixError, match="exact"):
        certify(net, floats)
    with pytest.raises(CertificateError, match="exact"):
        check(cert, net, p_mix)
    with pytest.raises(CertificateError, match="exact"):
        check(cert, mixture.network, floats)
