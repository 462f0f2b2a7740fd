"""The search over graphs, with estimates whose targets and scores are made up."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from domix.core.tables import Target
from domix.options.graph import GraphOptions
from domix.structure.constraints import EdgeConstraints
from domix.structure.dag import Dag
from domix.structure.joint import JointSearch

CHAIN = Dag.build([[], [0], [1]])
FORK = CHAIN.reversed(0, 1)
BACK = FORK.reversed(1, 2)
NESTED = ((), ((0, 1),), ((0, 1), (1, 0), (2, 0)))


@dataclass(frozen=True)
class Fit:
    dag: Dag
    targets: tuple[Target, ...]
    score: float


@pytest.fixture
def search(monkeypatch):
    """Build a search over made-up fits, in which improvement changes nothing."""

    def build(fits, favored):
        tried = []

        def attempt(dag, start):
            tried.append(dag)
            return fits[dag]

        joint = JointSearch(
            attempt,
            EdgeConstraints(),
            GraphOptions(),
            lambda dag, best: True,
            lambda fit: favored.get(fit.dag),
        )
        monkeypatch.setattr(joint, "improve", lambda fit: fit)
        return joint, tried

    return build


def test_what_rows_favor_is_followed_while_it_gains(search):
    fits = {CHAIN: Fit(CHAIN, (), 0.0), FORK: Fit(FORK, (), 5.0), BACK: Fit(BACK, (), 5.0)}
    joint, tried = search(fits, {CHAIN: FORK, FORK: BACK})
    assert joint.reconsider(fits[CHAIN]) is fits[FORK]
    assert tried == [FORK, BACK]


def test_nothing_is_tried_where_rows_favor_the_graph(search):
    joint, tried = search({}, {})
    fit = Fit(CHAIN, NESTED, 0.0)
    assert joint.reconsider(fit) is fit
    assert not tried


def test_no_more_targets_than_allowed_are_taken(search):
    fits = {CHAIN: Fit(CHAIN, (), 0.0), FORK: Fit(FORK, NESTED, 5.0)}
    joint, _ = search(fits, {CHAIN: FORK})
    joint.most_targets = 2
    assert joint.reconsider(fits[CHAIN]) is fits[CHAIN]
    joint, _ = search(fits, {CHAIN: FORK})
    assert joint.most_targets == math.inf
    assert joint.reconsider(fits[CHAIN]) is fits[FORK]


def test_an_edge_between_nested_targets_is_turned(search):
    fits = {CHAIN: Fit(CHAIN, NESTED, 0.0), FORK: Fit(FORK, NESTED[:2], 5.0)}
    joint, tried = search(fits, {})
    assert joint.turn_nested(fits[CHAIN]) is fits[FORK]
    assert tried == [FORK]
    assert joint.turn_nested(fits[FORK]) is fits[FORK]
    assert tried == [FORK]


def test_another_class_is_judged_by_its_favored_graph(search):
    siblings = ((), ((0, 1),), ((0, 1), (1, 0)), ((0, 1), (1, 2)))
    other = Dag.build([[], [0, 2], []])
    turned = other.deleted(2, 1).added(1, 2)
    start = Fit(CHAIN, siblings, 0.0)
    fewer = {other: Fit(other, siblings[:2], -50.0), turned: Fit(turned, siblings[:2], 9.0)}
    joint, _ = search(fewer, {other: turned})
    assert joint.compare(start, [other]) is fewer[turned]
    as_many = {other: Fit(other, siblings, -50.0)}
    joint, tried = search(as_many, {other: turned})
    assert joint.compare(start, [other]) is start
    assert tried == [other]
