"""The theorem is proved for every small DAG, and every wrong formula is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

import golden_files
from dags import labelled_dags
from domix.errors import CertificateError, NetworkError
from domix.exact import prove
from domix.exact.theorem.dag import Dag
from domix.exact.theorem.formulas import FORMULAS
from domix.exact.theorem.monomials import Monomial
from domix.exact.theorem.obligations import argue, discharge
from domix.exact.theorem.outline import discharge_all, obligations
from domix.exact.theorem.prove import Proof
from exact.latex_checks import check_latex

EDGE = Dag("AB", [2, 2], [[], [0]])


def shown_of(parents, cards):
    order = " ".join(f"{name}<-{''.join(ps)}" for name, ps in parents.items())
    return f"{order} {cards}"


SMALL = [
    pytest.param(parents, [k] * n, id=shown_of(parents, [k] * n))
    for n, k in ((1, 2), (2, 2), (3, 2), (2, 3))
    for parents in labelled_dags(n)
]


@pytest.mark.parametrize(("parents", "cards"), SMALL)
def test_the_theorem_is_proved_for_every_small_dag(parents, cards):
    proof = prove(parents, cards)
    assert proof.holds
    means = {o.name: o.means for o in proof}
    assert means["theorem"] == means["dual"] == "argument"
    assert set(means.values()) == {
        "polynomial identity",
        "finite check",
        "monomial identity",
        "fraction field",
        "argument",
    }


def test_all_dags_are_listed():
    assert [len(labelled_dags(n)) for n in (1, 2, 3)] == [1, 3, 25]


def cases(proof, name):
    (detail,) = (o.detail for o in proof if o.name == name)
    return int(detail.split()[0].replace(",", ""))


def test_every_configuration_read_is_a_case():
    proof = prove({"A": [], "B": ["A"]}, [2, 3])
    assert cases(proof, "dual.inverse") == 6 * 6 * 6
    assert cases(proof, "dual.field") == 6 * (6 * 6 + 1)
    assert cases(proof, "dual.determinant") == 6
    # Two excluded values of A, and two prefixes that avoid each; then values of B.
    assert cases(proof, "equation[B]") == 4 * 3
    assert cases(proof, "cells[B].set") == 4 * 3 * 3
    assert cases(proof, "cells[B].subsets") == 2 * 2 * 2
    assert cases(proof, "marginal[B]") == (3 * 4) * 2
    assert cases(proof, "definition") == 3 * 2 + (3 * 4) * 6


def test_arguments_use_all_earlier_obligations():
    proof = prove({"A": [], "B": ["A"], "C": ["B"]}, [2, 1, 3])
    earlier, used = set(), set()
    for o in proof:
        assert set(o.uses) <= earlier
        assert bool(o.uses) == (o.means == "argument")
        assert o.name not in earlier
        earlier.add(o.name)
        used |= set(o.uses)
    assert earlier - used == {"theorem", "dual"}


def test_the_order_of_names_does_not_matter():
    forward = prove({"A": [], "B": ["A"]}, {"B": 3, "A": 2})
    backward = prove({"B": ["A"], "A": []}, [3, 2])
    assert forward.obligations == backward.obligations
    assert backward.variables == ("B", "A")
    assert backward.cardinalities == (3, 2)


def test_a_proof_is_an_immutable_value():
    proof = prove({"A": [], "B": ["A"]}, [2, 2])
    text = str(proof)
    assert "holds for all positive tables" in text
    assert all(o.name in text and o.means in text for o in proof)
    assert len(list(proof)) == len(proof)
    assert proof == prove({"A": [], "B": ["A"]}, [2, 2])
    assert len({proof, prove({"A": [], "B": ["A"]}, [2, 2])}) == 1
    with pytest.raises(FrozenInstanceError):
        proof.parents = ()  # type: ignore[misc]


def test_check_refuses_every_change():
    proof = prove({"A": [], "B": ["A"]}, [2, 2])
    proof.check()
    forged = [
        replace(proof, obligations=proof.obligations[:-1]),
        replace(proof, obligations=(*proof.obligations[:-1], proof.obligations[0])),
        replace(proof, obligations=()),
        replace(proof, cardinalities=(2, 3)),
        replace(proof, parents=((), ())),
        *(
            replace(proof, obligations=(*proof.obligations[:i], new, *proof.obligations[i + 1 :]))
            for i, o in enumerate(proof)
            for new in (replace(o, discharged=False), replace(o, detail="9 cases"))
        ),
    ]
    for other in forged:
        with pytest.raises(CertificateError, match=r"make (it|the proof) again"):
            other.check()


def test_an_open_obligation_is_shown():
    proof = prove({"A": []}, [2])
    broken = replace(proof.obligations[0], discharged=False)
    open_proof = Proof(proof.variables, proof.parents, proof.cardinalities, (broken,))
    assert not open_proof.holds
    assert "is not proved" in str(open_proof)
    assert "NOT DISCHARGED" in str(open_proof)
    assert repr(open_proof).endswith("1 obligations, does not hold>")
    assert not replace(proof, obligations=()).holds


def test_an_obligation_without_cases_is_open():
    empty = discharge("none", "finite check", iter(()), "")
    assert not empty.discharged
    assert not argue("from none", [empty], "").discharged
    assert not argue("from nothing", [], "").discharged


# Wrong formulas. The first four are mistakes that are easily made on paper.


def inverse_with(sign=-1, above=lambda x, e: x, below=-1, below_set=-1, row=lambda v, e: v):
    """The product of g_i, implemented again, with a parameter for every mistake."""

    def inverse(dag, excluded, target, values):
        def entry(i, x, power):
            entry = dag.entry(i, x, row(values, excluded))
            return Monomial(1, tuple(power * (e == entry) for e in range(dag.size)))

        value_set, out = dict(target), dag.one
        for i, e in enumerate(excluded):
            if i in value_set and values[i] == value_set[i]:
                continue
            if values[i] != e:
                return dag.zero
            if i in value_set:
                out = out * entry(i, above(value_set[i], e), 1) * entry(i, e, below_set)
                out = out if sign > 0 else -out
            else:
                out = out * entry(i, e, below)
        return out

    return replace(FORMULAS, inverse=inverse)


def interventional_with(agree=True, keep_set=False, row=lambda values: values):
    def interventional(dag, target, values):
        value_set, out = dict(target), dag.one
        if agree and any(values[i] != x for i, x in target):
            return dag.zero
        for i, x in enumerate(values):
            if keep_set or i not in value_set:
                out = out * dag.symbol(dag.entry(i, x, row(values)))
        return out

    return replace(FORMULAS, interventional=interventional)


def determinant_with(times):
    def determinant(dag, excluded):
        out = dag.one
        for i, e in enumerate(excluded):
            for entry in {dag.entry(i, e, values) for values in dag.configurations(i)}:
                for _ in range(times(dag, i)):
                    out = out * dag.symbol(entry)
        return out

    return replace(FORMULAS, determinant=determinant)


def others(dag, family):
    return prod(k for i, k in enumerate(dag.cards) if i not in family)


def family(dag, i):
    return others(dag, {i, *dag.parents[i]})


def system_with(entry):
    def system(c, a):
        return [[entry(c, a, i, m) for m in range(len(a))] for i in range(len(a))]

    return replace(FORMULAS, system=system)


def configuration_with(value):
    def configuration_read(target, excluded):
        value_set = dict(target)
        return tuple(value(value_set.get(i), e) for i, e in enumerate(excluded))

    return replace(FORMULAS, configuration_read=configuration_read)


# The control: without the mistakes, these implementations are right.
REIMPLEMENTED = [
    inverse_with(),
    interventional_with(),
    determinant_with(family),
    system_with(lambda c, a, i, m: (c if i == m else 0) - a[i]),
    configuration_with(lambda x, e: e if x is None else x),
]
LEMMA = {"lemma[2].null", "lemma[2].rank", "lemma[2].one-zero"}
DUAL = {"dual.inverse", "dual.field"}
MUTANTS = {
    "wrong sign": (inverse_with(sign=1), DUAL),
    "wrong numerator": (inverse_with(above=lambda x, e: e), DUAL),
    "missing 1/w": (inverse_with(below=0), DUAL),
    "wrong parent row": (inverse_with(row=lambda v, e: e), DUAL),
    "missing 1/w where set": (inverse_with(below_set=0), DUAL),
    "1/w upside down": (inverse_with(below=1), DUAL),
    "P_t does not vanish": (
        interventional_with(agree=False),
        {"definition", "marginal[A]", "marginal[B]", "cells[A].set", "cells[B].set", "equation[A]"}
        | {"equation[B]", "dual.pairing"}
        | DUAL,
    ),
    "P_t keeps the entries of set variables": (
        interventional_with(keep_set=True),
        {"definition", "marginal[A]", "marginal[B]", "cells[A].set", "cells[B].set", "equation[A]"}
        | {"equation[B]", "dual.determinant"}
        | DUAL,
    ),
    "P_t reads a wrong parent row": (
        interventional_with(row=lambda values: (0,) * len(values)),
        {"definition", "marginal[B]", "cells[B].alone", "equation[B]", "dual.determinant"} | DUAL,
    ),
    "determinant without powers": (
        determinant_with(lambda dag, i: 1),
        {"dual.determinant", "dual.field"},
    ),
    "determinant counts the parents": (
        determinant_with(lambda dag, i: others(dag, {i})),
        {"dual.determinant", "dual.field"},
    ),
    "transposed system": (
        system_with(lambda c, a, i, m: (c if i == m else 0) - a[m]),
        LEMMA - {"lemma[2].rank"} | {"equation[A]", "equation[B]"},
    ),
    "plus in the system": (
        system_with(lambda c, a, i, m: (c if i == m else 0) + a[i]),
        # Its rank-one part cancels from the combinations; but it is regular.
        LEMMA - {"lemma[2].one-zero"} | {"equation[A]", "equation[B]"},
    ),
    "c alone on the diagonal": (
        system_with(lambda c, a, i, m: c if i == m else -a[i]),
        LEMMA | {"equation[A]", "equation[B]"},
    ),
    "a configuration that is not excluded": (
        configuration_with(lambda x, e: 1 - e if x is None else x),
        {"cells[B].subsets", "cells[B].order", "equation[B]"},
    ),
    "a configuration that ignores the target": (
        configuration_with(lambda x, e: e),
        # The others hold as 0 = 0; for this reason, P_s(v_s) > 0 is an obligation.
        {"cells[B].subsets", "cells[B].alone"},
    ),
}


@pytest.mark.parametrize("formulas", REIMPLEMENTED)
def test_reimplemented_formulas_pass(formulas):
    assert discharge_all(EDGE, formulas) == discharge_all(EDGE)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_wrong_formula_is_refused(mutant):
    formulas, expected = MUTANTS[mutant]
    by_name = {o.name: o for o in obligations(EDGE, formulas)}
    failed = {name for name, o in by_name.items() if not o.discharged and o.means != "argument"}
    assert failed == expected
    # The arguments that use it are not discharged either.
    end = "dual" if all(name.startswith("dual") for name in expected) else "theorem"
    assert not by_name[end].discharged
    first = next(o for o in by_name.values() if not o.discharged)
    with pytest.raises(CertificateError) as caught:
        discharge_all(EDGE, formulas)
    assert first.name in str(caught.value)
    assert first.detail in str(caught.value)


@pytest.mark.parametrize("mutant", list(MUTANTS)[:4])
@pytest.mark.parametrize(
    ("cards", "parents"),
    [
        ([2, 2, 2], [[], [0], [1]]),
        ([2, 2, 2], [[], [0], [0]]),
        ([2, 2, 2], [[], [], [0, 1]]),
        ([2, 2, 2], [[], [0], [0, 1]]),
        ([3, 3], [[], [0]]),
        ([2, 1, 3], [[], [0], [0, 1]]),
    ],
)
def test_mistakes_on_paper_are_refused_in_every_dag(cards, parents, mutant):
    dag = Dag("ABC"[: len(cards)], cards, parents)
    with pytest.raises(CertificateError, match=r"'dual\.inverse'.* fails at do\(.*excluded A=0"):
        discharge_all(dag, MUTANTS[mutant][0])


@pytest.mark.parametrize("cards", [[2, 2], [1, 3]])
def test_one_wrong_entry_among_all_is_found(cards):
    dag = Dag("AB", cards, [[], [0]])
    configurations = list(dag.configurations(2))
    wrong = 0
    for excluded, values in product(configurations, configurations):
        for target in dag.targets_avoiding(excluded):

            def inverse(dag, *at, bad=(excluded, target, values)):
                right = FORMULAS.inverse(dag, *at)
                if at != bad:
                    return right
                return -right if right else dag.one

            with pytest.raises(CertificateError, match=r"dual\.inverse"):
                discharge_all(dag, replace(FORMULAS, inverse=inverse))
            wrong += 1
    assert wrong == prod(cards) ** 3


def test_one_wrong_probability_among_all_is_found():
    for j in (1, 2):
        for target, values in product(list(EDGE.targets(j)), EDGE.configurations(j)):

            def interventional(dag, *at, bad=(target, values)):
                right = FORMULAS.interventional(dag, *at)
                return (dag.zero if right else dag.one) if at == bad else right

            formulas = replace(FORMULAS, interventional=interventional)
            with pytest.raises(CertificateError) as caught:
                discharge_all(EDGE, formulas)
            assert EDGE.describe(target, values=values) in str(caught.value)


class OtherRow(Dag):
    """Reads every table of B in the row of the other value of A, throughout."""

    def entries(self, values):
        right = super().entries(values)
        if len(values) < 2:
            return right
        return (right[0], *super().entries((1 - values[0], *values[1:]))[1:])


def test_a_wrong_row_read_throughout_is_found():
    failed = [o for o in obligations(OtherRow("AB", [2, 2], [[], [0]])) if not o.discharged]
    assert {o.name for o in failed if o.means != "argument"} == {"definition"}
    assert failed[0].detail == "do(), values A=0 B=0"
    assert failed[-1].name == "dual"


def test_the_error_names_variables_and_values():
    formulas = MUTANTS["wrong parent row"][0]
    with pytest.raises(CertificateError) as caught:
        discharge_all(EDGE, formulas)
    assert str(caught.value) == (
        "obligation 'dual.inverse' (monomial identity) fails at do(A=1), excluded A=0 B=0, "
        "times the column of do()"
    )


# The same closed forms with numbers for the symbols.


@given(st.data())
def test_the_inverse_gives_the_weights(data):
    cards = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    parents = [[p for p in range(i) if data.draw(st.booleans())] for i in range(len(cards))]
    dag = Dag("ABC"[: len(cards)], cards, parents)
    positive = st.fractions(Fraction(1, 5), 1, max_denominator=5)
    entries = data.draw(st.lists(positive, min_size=dag.size, max_size=dag.size))
    excluded = tuple(data.draw(st.integers(0, k - 1)) for k in cards)
    targets = list(dag.targets_avoiding(excluded))
    weights = data.draw(
        st.lists(
            st.fractions(0, 1, max_denominator=9), min_size=len(targets), max_size=len(targets)
        )
    )

    def number(m):
        return m.sign * prod(w**p for w, p in zip(entries, m.powers, strict=True))

    p_mix = {
        values: sum(
            weight * number(FORMULAS.interventional(dag, target, values))
            for target, weight in zip(targets, weights, strict=True)
        )
        for values in dag.configurations(len(cards))
    }
    for target, weight in zip(targets, weights, strict=True):
        read = (number(FORMULAS.inverse(dag, excluded, target, v)) * p for v, p in p_mix.items())
        assert sum(read) == weight


# Invalid arguments.


@pytest.mark.parametrize(
    ("parents", "cards", "message"),
    [
        ({"A": ["B"], "B": ["A"]}, [2, 2], "cycle: A -> B -> A|cycle: B -> A -> B"),
        ({"A": ["A"]}, [2], "cycle: A -> A"),
        ({"A": ["X"]}, [2], "'A' has the unknown parent 'X'"),
        ({"A": [["B"]], "B": []}, [2, 2], r"'A' has the unknown parent \['B'\]"),
        ({"A": [], "B": ["A", "A"]}, [2, 2], "'B' has a duplicate parent"),
        ({"A": [], "B": "A"}, [2, 2], "'B': parents must be a sequence"),
        ({"A": None}, [2], "'A': parents must be a sequence"),
        ({}, [], "at least one variable"),
        ([[], [0]], [2, 2], "parents: must map variables"),
        ({1: []}, [2], "non-empty string, not 1"),
        ({"A": []}, [0], r"'A'\].* not 0"),
        ({"A": []}, [-3], r"'A'\].* not -3"),
        ({"A": []}, [2.0], r"'A'\].* not 2\.0"),
        ({"A": []}, [True], r"'A'\].* not True"),
        ({"A": []}, ["2"], r"'A'\].* not '2'"),
        ({"A": []}, 2, "cardinalities: must map variables"),
        ({"A": []}, [2, 2], "cardinalities: 2 numbers for 1 variables: 'A'"),
        ({"A": [], "B": []}, {"A": 2}, "no entry for the variable 'B'"),
        ({"A": []}, {"A": 2, "B": 2}, "parents has no entry for the variable 'B'"),
        ({"A": [], "B": []}, [6, 7], "too large to prove: 42 configurations, the limit is 36"),
        ({"A": []}, [17], "17 values of 'A', the limit is 16"),
        ({name: [] for name in "ABCDEFG"}, [1] * 7, "7 variables, the limit is 6"),
    ],
)
def test_invalid_arguments_are_refused(parents, cards, message):
    with pytest.raises(NetworkError, match=message):
        prove(parents, cards)


def test_the_import_does_not_import_sympy():
    code = "import sys, domix.exact; print('sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_latex_and_html_hold_every_obligation():
    proof = prove({"a_<b>": [], "effect": ["a_<b>"]}, {"a_<b>": 2, "effect": 2})
    text = proof.latex()
    check_latex(text)
    assert text.count(r"\textbf{Obligation }") == len(proof)
    assert text.count("Shown by") == len(proof)
    page = proof._repr_html_()
    assert page.count("<tr>") == len(proof) + 1
    assert "a_&lt;b&gt;" in page
    assert "<b>" not in page
    failed = replace(proof, obligations=(replace(proof.obligations[0], discharged=False),))
    assert "Not shown by" in failed.latex()
    assert "NOT DISCHARGED" in failed._repr_html_()


@pytest.mark.parametrize("name", ["n_cells_per_well", "x_1_", "gene_a_b_c", "_a_b", "a_1b_2"])
def test_names_with_underscores_are_no_double_indices(name):
    text = prove({name: [], "effect": [name]}, {name: 2, "effect": 2}).latex()
    check_latex(text)
    title = text.split("\n\n")[0]
    assert title.count(r"\_") == title.count("_") == 2 * name.count("_")


def test_latex_of_a_proof():
    proof = prove({"dose": [], "effect": ["dose"]}, {"dose": 2, "effect": 2})
    golden_files.check("proof.tex", proof.latex())
