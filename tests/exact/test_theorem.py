"""The theorem holds for every small DAG, and no wrong formula gets through."""

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

from dags import labelled_dags
from domix.errors import CertificateError, NetworkError
from domix.exact import prove
from domix.exact.monomials import FORMULAS, Dag, Monomial
from domix.exact.obligations import argue, discharge
from domix.exact.theorem import Proof, demonstrate, obligations

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
def test_every_small_dag(parents, cards):
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


def test_dags_are_all_there():
    assert [len(labelled_dags(n)) for n in (1, 2, 3)] == [1, 3, 25]


def cases(proof, name):
    (detail,) = (o.detail for o in proof if o.name == name)
    return int(detail.split()[0].replace(",", ""))


def test_every_excluded_value_and_every_cell_is_a_case():
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


def test_arguments_rest_on_earlier_obligations_and_nothing_is_left_over():
    proof = prove({"A": [], "B": ["A"], "C": ["B"]}, [2, 1, 3])
    seen, used = set(), set()
    for o in proof:
        assert set(o.uses) <= seen
        assert bool(o.uses) == (o.means == "argument")
        assert o.name not in seen
        seen.add(o.name)
        used |= set(o.uses)
    assert seen - used == {"theorem", "dual"}


def test_order_of_names_does_not_matter():
    forward = prove({"A": [], "B": ["A"]}, {"B": 3, "A": 2})
    backward = prove({"B": ["A"], "A": []}, [3, 2])
    assert forward.obligations == backward.obligations
    assert backward.variables == ("B", "A")
    assert backward.cardinalities == (3, 2)


def test_proof_is_a_value_to_read():
    proof = prove({"A": [], "B": ["A"]}, [2, 2])
    text = str(proof)
    assert "holds for all positive tables" in text
    assert all(o.name in text and o.means in text for o in proof)
    assert len(list(proof)) == len(proof)
    assert proof == prove({"A": [], "B": ["A"]}, [2, 2])
    assert len({proof, prove({"A": [], "B": ["A"]}, [2, 2])}) == 1
    with pytest.raises(FrozenInstanceError):
        proof.parents = ()


def test_check_proves_again():
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
        with pytest.raises(CertificateError, match=r"make (it|the proof) anew"):
            other.check()


def test_open_obligation_shows():
    proof = prove({"A": []}, [2])
    broken = replace(proof.obligations[0], discharged=False)
    open_proof = Proof(proof.variables, proof.parents, proof.cardinalities, (broken,))
    assert not open_proof.holds
    assert "is not proved" in str(open_proof)
    assert "NOT DISCHARGED" in str(open_proof)
    assert repr(open_proof).endswith("1 obligations, does not hold>")
    assert not replace(proof, obligations=()).holds


def test_nothing_computed_proves_nothing():
    empty = discharge("none", "finite check", iter(()), "")
    assert not empty.discharged
    assert not argue("from none", [empty], "").discharged
    assert not argue("from nothing", [], "").discharged


# Wrong formulas. The first four are the mistakes that one makes on paper.


def inverse_with(sign=-1, above=lambda x, e: x, below=-1, below_set=-1, row=lambda v, e: v):
    """The product of g_i, written once more, with a place for every mistake."""

    def inverse(dag, excluded, target, values):
        def entry(i, x, power):
            cell = dag.cell(i, x, row(values, excluded))
            return Monomial(1, tuple(power if c == cell else 0 for c in range(dag.size)))

        held, found = dict(target), dag.one
        for i, e in enumerate(excluded):
            if i in held and values[i] == held[i]:
                continue
            if values[i] != e:
                return dag.zero
            if i in held:
                found = found * entry(i, above(held[i], e), 1) * entry(i, e, below_set)
                found = found if sign > 0 else -found
            else:
                found = found * entry(i, e, below)
        return found

    return replace(FORMULAS, inverse=inverse)


def interventional_with(agree=True, keep_set=False, row=lambda values: values):
    def interventional(dag, target, values):
        held, found = dict(target), dag.one
        if agree and any(values[i] != x for i, x in target):
            return dag.zero
        for i, x in enumerate(values):
            if keep_set or i not in held:
                found = found * dag.symbol(dag.cell(i, x, row(values)))
        return found

    return replace(FORMULAS, interventional=interventional)


def determinant_with(times):
    def determinant(dag, excluded):
        found = dag.one
        for i, e in enumerate(excluded):
            for cell in {dag.cell(i, e, values) for values in dag.configurations(i)}:
                for _ in range(times(dag, i)):
                    found = found * dag.symbol(cell)
        return found

    return replace(FORMULAS, determinant=determinant)


def others(dag, family):
    return prod(k for i, k in enumerate(dag.cards) if i not in family)


def family(dag, i):
    return others(dag, {i, *dag.parents[i]})


def system_with(entry):
    def system(c, a):
        return [[entry(c, a, i, m) for m in range(len(a))] for i in range(len(a))]

    return replace(FORMULAS, system=system)


def point_with(point):
    def meeting_point(target, excluded):
        held = dict(target)
        return tuple(point(held.get(i), e) for i, e in enumerate(excluded))

    return replace(FORMULAS, meeting_point=meeting_point)


# The control: what the mistakes are put into is right without them.
WRITTEN_AGAIN = [
    inverse_with(),
    interventional_with(),
    determinant_with(family),
    system_with(lambda c, a, i, m: (c if i == m else 0) - a[i]),
    point_with(lambda x, e: e if x is None else x),
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
    "P_t keeps what is set": (
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
    "a point that is not excluded": (
        point_with(lambda x, e: 1 - e if x is None else x),
        {"cells[B].subsets", "cells[B].order", "equation[B]"},
    ),
    "a point that forgets the target": (
        point_with(lambda x, e: e),
        # The rest holds as 0 = 0: that P_s(v_s) is positive is an obligation for this reason.
        {"cells[B].subsets", "cells[B].alone"},
    ),
}


@pytest.mark.parametrize("formulas", WRITTEN_AGAIN)
def test_the_right_formulas_written_again_pass(formulas):
    assert demonstrate(EDGE, formulas) == demonstrate(EDGE)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_wrong_formula_is_refused(mutant):
    formulas, expected = MUTANTS[mutant]
    found = {o.name: o for o in obligations(EDGE, formulas)}
    failed = {name for name, o in found.items() if not o.discharged and o.means != "argument"}
    assert failed == expected
    # What rests on it falls with it.
    end = "dual" if all(name.startswith("dual") for name in expected) else "theorem"
    assert not found[end].discharged
    first = next(o for o in found.values() if not o.discharged)
    with pytest.raises(CertificateError) as caught:
        demonstrate(EDGE, formulas)
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
def test_mistakes_on_paper_are_refused_in_every_shape(cards, parents, mutant):
    dag = Dag("ABC"[: len(cards)], cards, parents)
    with pytest.raises(CertificateError, match=r"'dual\.inverse'.* fails at do\(.*excluded A=0"):
        demonstrate(dag, MUTANTS[mutant][0])


@pytest.mark.parametrize("cards", [[2, 2], [1, 3]])
def test_one_wrong_entry_among_all_is_found(cards):
    dag = Dag("AB", cards, [[], [0]])
    whole = list(dag.configurations(2))
    wrong = 0
    for excluded, values in product(whole, whole):
        for target in dag.targets_avoiding(excluded):

            def inverse(dag, *at, bad=(excluded, target, values)):
                right = FORMULAS.inverse(dag, *at)
                if at != bad:
                    return right
                return -right if right else dag.one

            with pytest.raises(CertificateError, match=r"dual\.inverse"):
                demonstrate(dag, replace(FORMULAS, inverse=inverse))
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
                demonstrate(EDGE, formulas)
            assert EDGE.place(target, values=values) in str(caught.value)


class OtherRow(Dag):
    """Reads every table of B in the row of the other value of A, throughout."""

    def cells(self, values):
        right = super().cells(values)
        if len(values) < 2:
            return right
        return (right[0], *super().cells((1 - values[0], *values[1:]))[1:])


def test_a_mistake_made_everywhere_is_found_where_names_are_read():
    failed = [o for o in obligations(OtherRow("AB", [2, 2], [[], [0]])) if not o.discharged]
    assert {o.name for o in failed if o.means != "argument"} == {"definition"}
    assert failed[0].detail == "do(), values A=0 B=0"
    assert failed[-1].name == "dual"


def test_the_place_names_variables_and_values():
    formulas = MUTANTS["wrong parent row"][0]
    with pytest.raises(CertificateError) as caught:
        demonstrate(EDGE, formulas)
    assert str(caught.value) == (
        "obligation 'dual.inverse' (monomial identity) fails at do(A=1), excluded A=0 B=0, "
        "times the column of do()"
    )


# The same closed forms with numbers in them.


@given(st.data())
def test_inverse_reads_the_weights_off(data):
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


# What is refused at the door.


@pytest.mark.parametrize(
    ("parents", "cards", "message"),
    [
        ({"A": ["B"], "B": ["A"]}, [2, 2], "cycle A -> B -> A|cycle B -> A -> B"),
        ({"A": ["A"]}, [2], "cycle A -> A"),
        ({"A": ["X"]}, [2], "'A': unknown parent 'X'"),
        ({"A": [["B"]], "B": []}, [2, 2], r"'A': unknown parent \['B'\]"),
        ({"A": [], "B": ["A", "A"]}, [2, 2], "'B': a parent is there twice"),
        ({"A": [], "B": "A"}, [2, 2], "'B': parents must be a list"),
        ({"A": None}, [2], "'A': parents must be a list"),
        ({}, [], "at least one variable"),
        ([[], [0]], [2, 2], "parents must map"),
        ({1: []}, [2], "non-empty string, not 1"),
        ({"A": []}, [0], "'A': must be .* not 0"),
        ({"A": []}, [-3], "'A': must be .* not -3"),
        ({"A": []}, [2.0], r"'A': must be .* not 2\.0"),
        ({"A": []}, [True], "'A': must be .* not True"),
        ({"A": []}, ["2"], "'A': must be .* not '2'"),
        ({"A": []}, 2, "cardinalities must be"),
        ({"A": []}, [2, 2], "2 cardinalities for 1 variables: 'A'"),
        ({"A": [], "B": []}, {"A": 2}, "'B' has no cardinality"),
        ({"A": []}, {"A": 2, "B": 2}, "unknown variable 'B'"),
        ({"A": [], "B": []}, [6, 7], "too large to prove: 42 configurations, the limit is 36"),
        ({"A": []}, [17], "17 values of 'A', the limit is 16"),
        ({name: [] for name in "ABCDEFG"}, [1] * 7, "7 variables, the limit is 6"),
    ],
)
def test_bad_input(parents, cards, message):
    with pytest.raises(NetworkError, match=message):
        prove(parents, cards)


def test_import_leaves_sympy_alone():
    code = "import sys, domix.exact; print('sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
