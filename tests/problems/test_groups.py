"""Several mixtures over one network."""

from __future__ import annotations

import numpy as np
import pytest

from domix import DataError, Mixture, disentangle, do
from domix.study.instances.generator import random_instance
from strategies import planted

TARGETS = [
    [{}, {0: 1}, {2: 0, 3: 2}],
    [{}, {0: 2, 4: 0}, {5: 1}],
    [{1: 2}, {3: 0, 4: 1}],
]


def found(result):
    return {c.intervention: c.weight for c in result.components}


@pytest.fixture(scope="module")
def plates():
    """Three mixtures over one network of six variables; a state may be left out by one only."""
    first = planted(6, TARGETS[0], seed=21)
    net = first.network
    others = [planted(6, targets, seed=21 + g) for g, targets in enumerate(TARGETS[1:], 1)]
    return [
        first,
        *(Mixture(net, list(zip(m.interventions, m.weights, strict=True))) for m in others),
    ]


def rows_of(plates, rows, seed):
    codes = np.vstack([m.sample(rows, rng=seed + g) for g, m in enumerate(plates)])
    groups = np.repeat([f"plate {g}" for g in range(len(plates))], rows)
    mixed = np.random.default_rng(seed).permutation(len(codes))
    return codes[mixed], groups[mixed]


@pytest.mark.parametrize("learnt", [False, True])
def test_every_group_has_targets_and_weights_of_its_own(plates, learnt):
    net = plates[0].network
    codes, groups = rows_of(plates, 6000, seed=30)
    control = net.sample(1000, rng=1) if learnt else None
    results = disentangle(net, codes, observational=control, groups=groups)
    assert list(results) == list(dict.fromkeys(groups.tolist()))
    for g, mix in enumerate(plates):
        result = results[f"plate {g}"]
        assert set(found(result)) == set(mix.interventions)
        for target, weight in zip(mix.interventions, mix.weights, strict=True):
            assert found(result)[target] == pytest.approx(weight, abs=0.03)
        assert result.rows == 6000
        assert result.network == results["plate 0"].network
        assert result.log_likelihood == pytest.approx(
            result.mixture.log_prob(codes[groups == f"plate {g}"]).sum()
        )


def test_groups_with_known_tables_equal_separate_runs(plates):
    net = plates[0].network
    codes, groups = rows_of(plates, 2000, seed=31)
    results = disentangle(net, codes, groups=groups)
    for group, result in results.items():
        alone = disentangle(net, codes[groups == group], alpha=0.05 / 3)
        assert found(result).keys() == found(alone).keys()
        for one, other in zip(result.components, alone.components, strict=True):
            assert one.weight == pytest.approx(other.weight, abs=1e-6)
            assert one.p_value == pytest.approx(min(1.0, 3 * other.p_value), rel=1e-6)


def test_one_group_is_no_group(plates):
    net = plates[0].network
    rows, control = plates[0].sample(2000, rng=2), net.sample(500, rng=3)
    (only,) = disentangle(net, rows, observational=control, groups=[7] * 2000).values()
    assert only.to_json() == disentangle(net, rows, observational=control).to_json()


def test_shared_tables_beat_separate_runs_with_few_controls(is_full):
    """Eight variables, four groups of 1,024 rows, 128 controls; seeds 2100 to 2103, or one."""
    right, errors = {"shared": 0, "apart": 0}, {"shared": [], "apart": []}
    for seed in range(2100, 2104 if is_full else 2101):
        net = random_instance(8, seed).network
        mixes = []
        for g in range(4):
            drawn = random_instance(8, 10 * seed + g, targets=(2, 5)).mixture
            mixes.append(Mixture(net, list(zip(drawn.interventions, drawn.weights, strict=True))))
        control = net.sample(128, rng=seed)
        rows = [mix.sample(1024, rng=seed + g) for g, mix in enumerate(mixes)]
        groups = np.repeat(range(4), 1024)
        runs: dict[str, dict] = {
            "shared": disentangle(net, np.vstack(rows), observational=control, groups=groups),
            "apart": {g: disentangle(net, rows[g], observational=control) for g in range(4)},
        }
        for name, results in runs.items():
            for g, mix in enumerate(mixes):
                both = set(found(results[g])) ^ set(mix.interventions)
                right[name] += not both
                tables = results[g].network
                errors[name].append(
                    np.mean([abs(tables.cpt(v) - net.cpt(v)).mean() for v in net.variables])
                )
    assert right["shared"] >= right["apart"]
    assert np.mean(errors["shared"]) < 0.75 * np.mean(errors["apart"])


def test_knowledge_holds_in_every_group(plates):
    net = plates[0].network
    codes, groups = rows_of(plates, 1500, seed=33)
    weak = do(V1="s1")
    results = disentangle(
        net,
        codes,
        observational=net.sample(500, rng=1),
        groups=groups,
        include=[weak],
        never_intervened=["V5"],
    )
    for result in results.values():
        assert next(c for c in result.components if c.intervention == weak).known
        assert not any("V5" in target for target in found(result))


def test_every_group_may_have_known_targets_of_its_own(plates):
    net = plates[0].network
    codes, groups = rows_of(plates, 500, seed=36)
    known = {"plate 0": ["V1=s1"], "plate 2": [do(V5="s0"), do(V4="s1")]}
    results = disentangle(net, codes, groups=groups, include=known, suspected={"plate 1": []})
    kept = {g: {c.intervention for c in r.components if c.known} for g, r in results.items()}
    assert kept == {
        "plate 0": {do(V1="s1")},
        "plate 1": set(),
        "plate 2": {do(V5="s0"), do(V4="s1")},
    }
    with pytest.raises(DataError, match="include: 'plate 3' is not a group; the groups are 'plate"):
        disentangle(net, codes, groups=groups, include={"plate 3": []})


def test_labels_go_with_their_groups_and_counts_count(plates):
    net = plates[0].network
    codes, groups = rows_of(plates, 1000, seed=34)
    labels: list = [None] * len(codes)
    row = int(np.flatnonzero((groups == "plate 1") & (codes[:, 5] == 1))[0])
    labels[row] = do(V5="s1")
    results = disentangle(net, codes, groups=groups, labels=labels, counts=np.full(3000, 2.0))
    for group, result in results.items():
        assert any(c.known for c in result.components) == (group == "plate 1")
        assert result.rows == 2000


def test_the_same_seed_gives_the_same_results(plates):
    net = plates[0].network
    codes, groups = rows_of(plates, 500, seed=35)
    control = net.sample(100, rng=1)
    one, two = (disentangle(net, codes, control, groups=groups, rng=5) for _ in range(2))
    assert [r.to_json() for r in one.values()] == [r.to_json() for r in two.values()]


def test_invalid_groups_are_refused(plates):
    net = plates[0].network
    rows = plates[0].sample(4, rng=1)
    with pytest.raises(
        DataError, match="groups: one entry for each of the 4 rows is needed, not 3"
    ):
        disentangle(net, rows, groups=[1, 1, 2])
    for missing in (None, float("nan")):
        with pytest.raises(DataError, match=r"groups: row 2 \(counting from 0\) has no group"):
            disentangle(net, rows, groups=["a", "a", missing, "b"])
    with pytest.raises(DataError, match=r"groups: row 0 \(counting from 0\) has \[1\]; a group's"):
        disentangle(net, rows, groups=[[1]] * 4)  # type: ignore[list-item]
    with pytest.raises(DataError, match="groups: every row of 'b' has count 0"):
        disentangle(net, rows, groups=list("aaab"), counts=[1, 1, 1, 0])
    with pytest.raises(DataError, match="groups: one entry for each row"):
        disentangle(net, rows, groups="abcd")
