"""Many random instances: mixtures are recovered, or refused for the right reason.

A tenth of them by default; `pytest --volume=full` runs all (see CONTRIBUTING.md).
"""

from __future__ import annotations

import ast
import contextlib
import json
import re
from fractions import Fraction as F

import numpy as np
import pytest

from domix import (
    DataError,
    ExclusionError,
    Intervention,
    Mixture,
    Network,
    NotAMixtureError,
    PositivityError,
    diagnose,
    disentangle_population,
)
from domix.exact import certify, check
from domix.population.algorithm1 import lift_distribution
from domix.population.readers import read_distribution
from exact_instances import (
    FORMS,
    breaks_global_exclusion,
    given_as,
    large_mixture,
    random_instance,
    random_network,
)
from reference_lifting import is_weakly_positive, lift_by_definition


def components(mixture):
    return dict(zip(mixture.interventions, mixture.weights.tolist(), strict=True))


def found_in(net, p_mix, compare=0):
    result = disentangle_population(net, p_mix, compare=compare, rng=0)
    return {c.intervention: c.weight for c in result.components}, result.facts


def certified(net, p_mix):
    certificate = certify(net, p_mix)
    check(certificate, net, p_mix)
    parts = json.loads(certificate.to_json())["mixture"]
    return {Intervention(part["intervention"]): F(part["weight"]) for part in parts}


def in_floats(mixture):
    net = mixture.network.to_float()
    return Mixture(net, {t: float(w) for t, w in components(mixture).items()})


def assert_recovered(mixture, forms=FORMS, compare=0):
    """In fractions, with a certificate, and in double precision."""
    net, floats = mixture.network, in_floats(mixture)
    broken = breaks_global_exclusion(net, mixture.targets)
    for form in forms:
        p_mix = given_as(mixture, form)
        weights, facts = found_in(net, p_mix, compare)
        assert weights == components(mixture), form
        assert facts["exclusion"] == ("per prefix" if broken else "global")
        near, near_facts = found_in(floats.network, given_as(floats, form), compare)
        assert near == pytest.approx(components(floats), abs=1e-9), form
        assert near_facts == facts
        # With zeros, only draws may tell apart the mixtures that agree where lifting reads.
        if form != "function" or facts["positivity"] == "everywhere":
            assert certified(net, p_mix) == components(mixture), form


@pytest.mark.instances(1000)
def test_exact_instances_are_recovered(seed):
    assert_recovered(random_instance(seed))


@pytest.mark.instances(50)
def test_fifteen_variables_and_twelve_targets_are_recovered(seed):
    """A joint table would have 3 ** 15 entries, so only two forms are tested."""
    assert_recovered(large_mixture(15, 12, seed=seed), ("mixture", "function"))


# Zeros


@pytest.mark.instances(1000)
def test_weakly_positive_instances_are_recovered(seed):
    """If lifting can choose configurations, a function must be compared, as other forms are."""
    mixture = random_instance(seed, zeros=0.3)
    if is_weakly_positive(mixture):
        assert_recovered(mixture, compare=1000)
    else:
        assert_names_the_zero(mixture)


def assert_names_the_zero(mixture):
    net, floats = mixture.network, in_floats(mixture)
    for network, p_mix in ((net, mixture), (floats.network, floats)):
        with pytest.raises(PositivityError) as caught:
            disentangle_population(network, p_mix)
        assert named_entry(net, str(caught.value)) == 0
    for form in ("table", "mapping"):
        with contextlib.suppress(PositivityError):
            # Another mixture, whose unused states are possible, with the same distribution.
            result = disentangle_population(net, given_as(mixture, form))
            assert is_weakly_positive(result.mixture)
            assert result.facts["positivity"] == "weak"


def named_entry(net, text):
    """The CPT entry that a message begins with."""
    name, state, given = re.match(r"P\((\w+)=(\w+)(?: \| (.*))?\) is 0", text).groups()
    at = dict(pair.split("=") for pair in given.split(", ")) if given else {}
    index = [net.states[p].index(at[p]) for p in net.parents[name]]
    return net.cpt(name)[(*index, net.states[name].index(state))]


@pytest.mark.instances(500)
def test_positivity_tells_whether_others_are_possible(seed):
    mixture = random_instance(seed, n=seed % 2 + 2, zeros=0.3)
    found = diagnose(mixture.network, mixture)
    if not is_weakly_positive(mixture):
        assert found.positivity == "not"
        return
    _, facts = found_in(mixture.network, mixture)
    assert found.positivity == facts["positivity"]
    others = found.explanations is not None and found.explanations.directions
    # With exclusion per prefix, the explanations give up exclusion on some variables.
    if others and found.exclusion == "global":
        assert facts["positivity"] == "weak"


# Distributions of no mixture that respects exclusion


def small_network(rng):
    n = int(rng.integers(2, 5))
    while True:
        net = random_network(rng, rng.integers(2, 4, size=n).tolist())
        if any(net.parents.values()):
            return net


def random_distribution(rng, net):
    """Any joint distribution."""
    counts = rng.integers(0, 10, size=net.space.cards)
    counts.flat[0] += 1
    total = int(counts.sum())
    return np.array([F(c, total) for c in counts.ravel().tolist()]).reshape(counts.shape)


def of_another_network(rng, net):
    """The distribution of a mixture over a network with the same edges and other tables."""
    tables = {}
    for name in net.variables:
        shape = net.cpt(name).shape
        counts = rng.integers(1, 10, size=shape)
        sums = counts.sum(axis=-1, keepdims=True)
        tables[name] = np.vectorize(lambda c, s: F(int(c), int(s)), otypes=[object])(
            counts, np.broadcast_to(sums, shape)
        )
    other = Network(net.parents, net.states, tables)
    mixture = any_mixture(rng, other)
    with pytest.raises(DataError, match="over another network: its tables differ"):
        disentangle_population(net, mixture)
    return mixture.marginal(net.variables).values


def breaking_exclusion(rng, net):
    """The distribution of a mixture that uses every state of some variable."""
    order = net.tables.layout.order
    at = int(rng.choice([j for j, i in enumerate(order) if net.tables.layout.parents[i]]))
    k = int(net.space.cards[order[at]])
    targets = {
        tuple(sorted(((order[at], v), *random_target(rng, net, order[at + 1 :])))) for v in range(k)
    }
    targets |= {random_target(rng, net, order) for _ in range(rng.integers(0, 3))}
    mixture = weighted(rng, net, targets)
    with pytest.raises(ExclusionError) as caught:
        disentangle_population(net, mixture)
    assert_names_the_exhausted_variable(mixture, str(caught.value))
    return mixture.marginal(net.variables).values


def random_target(rng, net, among):
    chosen = [i for i in among if rng.random() < 0.4]
    return tuple(sorted((i, int(rng.integers(net.space.cards[i]))) for i in chosen))


def any_mixture(rng, net):
    order = net.tables.layout.order
    return weighted(rng, net, {random_target(rng, net, order) for _ in range(4)})


def weighted(rng, net, targets):
    parts = rng.integers(1, 20, size=len(targets)).tolist()
    pairs = zip(sorted(targets), parts, strict=True)
    return Mixture(net, [(net.space.assignment(t), F(p, sum(parts))) for t, p in pairs])


def assert_names_the_exhausted_variable(mixture, text):
    net = mixture.network
    name = re.match(r"every state of '(\w+)' is used by the targets ", text).group(1)
    named = [t for t in mixture.interventions if re.search(re.escape(str(t)) + "[,;]", text)]
    assert {t[name] for t in named} == set(net.states[name])
    before = net.order[: net.order.index(name)]
    assert len({tuple(t.get(other) for other in before) for t in named}) == 1


@pytest.mark.instances(300)
def test_refusals_name_the_right_reason_and_place(seed):
    """The reference implementation gives the reason and the place."""
    rng = np.random.default_rng(seed)
    make = (random_distribution, of_another_network, breaking_exclusion)[seed % 3]
    reason = "found"
    while reason == "found":  # some have the distribution of a mixture that respects exclusion
        net = small_network(rng)
        table = make(rng, net)
        reason, place = lift_by_definition(net, table)
    assert_refused(net, table, reason, place)


def assert_refused(net, table, reason, place):
    labels = [net.states[name] for name in net.variables]
    mapping = {
        tuple(states[c] for states, c in zip(labels, index, strict=True)): p
        for index, p in np.ndenumerate(table)
    }
    error = {"ExclusionError": ExclusionError, "NotAMixtureError": NotAMixtureError}[reason]
    for p_mix in (table, mapping):
        with pytest.raises(error) as caught:
            disentangle_population(net, p_mix)
        assert_names(str(caught.value), reason, place)
    with pytest.raises(error) as caught:
        disentangle_population(net.to_float(), table.astype(float))
    assert_names(str(caught.value), reason, place)


def assert_names(text, reason, place):
    if reason == "ExclusionError":
        assert f"leave a state of {place!r} unused" in text
    else:
        assert ast.literal_eval(text[text.index("differs at ") + len("differs at ") :]) in place


@pytest.mark.instances(200)
def test_a_changed_table_is_refused_where_it_changed(seed):
    """Probability is moved between values of the last variable; other lifts do not change."""
    rng = np.random.default_rng(seed)
    change = (change_unread, change_zero_remainder)[seed % 2]
    changed = None
    while changed is None:
        net = small_network(rng)
        mixture = respecting_exclusion(rng, net)
        changed = change(rng, mixture)
    source, sink, most = changed
    table = mixture.marginal(net.variables).values.copy()
    shift = most * F(int(rng.integers(1, 10)), 10)
    table[source] -= shift
    table[sink] += shift
    if change is change_zero_remainder:
        assert_refused(net, table, "ExclusionError", net.order[-1])
    else:
        places = [net.space.assignment(enumerate(at)) for at in (source, sink)]
        assert_refused(net, table, "NotAMixtureError", places)


def respecting_exclusion(rng, net):
    unused = rng.integers(net.space.cards).tolist()
    targets = {random_target(rng, net, net.tables.layout.order) for _ in range(12)}
    kept = {t for t in targets if all(v != unused[i] for i, v in t)}
    return weighted(rng, net, kept or {()})


def last_lifts(mixture):
    lifts = lift_distribution(mixture.network, read_distribution(mixture.network, mixture)).lifts
    return [lift for lift in lifts if lift.variable == mixture.network.tables.layout.order[-1]]


def in_order_of_variables(net, values):
    """The values in the order of the variables."""
    return tuple(code for _, code in sorted(zip(net.tables.layout.order, values, strict=True)))


def change_unread(rng, mixture):
    """Two configurations that no lift reads, and the probability of the first."""
    net = mixture.network
    table = mixture.marginal(net.variables).values
    configurations_read = {lift.configuration for lift in last_lifts(mixture)}
    configurations = {c[:-1] for c in np.ndindex(*(net.space.cards[list(net.tables.layout.order)]))}
    for prefix in sorted(configurations - configurations_read):
        source, sink = (in_order_of_variables(net, (*prefix, value)) for value in (0, 1))
        if table[source]:
            return source, sink, table[source]
    return None


def change_zero_remainder(rng, mixture):
    """A configuration whose remainder is 0 in a lift, and another one of the same lift."""
    net = mixture.network
    for lift in last_lifts(mixture):
        for value, (r, m) in enumerate(zip(lift.r, lift.m, strict=True)):
            if m and not r:
                source = in_order_of_variables(net, (*lift.configuration, value))
                sink = in_order_of_variables(net, (*lift.configuration, (value + 1) % len(lift.r)))
                return source, sink, mixture.marginal(net.variables).values[source]
    return None
