"""Results: convergence, in words and in JSON."""

from __future__ import annotations

import json

import pytest

from domix import Component, Disentanglement, GroupResults, do


def result(chain, converged):
    return Disentanglement(chain, (Component(do(), 1.0),), "likelihood", converged=converged)


@pytest.mark.parametrize("converged", [None, True, False])
def test_convergence_round_trips(chain, converged):
    text = result(chain, converged).to_json()
    assert ("converged" in json.loads(text)) == (converged is not None)
    assert Disentanglement.from_json(text).converged is converged


def test_only_a_limit_is_in_the_summary(chain):
    sentence = "an iteration limit ended the estimation before it converged"
    shown = [sentence in result(chain, converged).summary() for converged in (None, True, False)]
    assert shown == [False, False, True]


def test_a_result_is_a_line_in_a_shell(chain):
    own = result(chain, True)
    assert repr(own) == "<Disentanglement: 1 targets, method 'likelihood'>"
    assert repr(GroupResults(a=own, b=own)) == "<GroupResults: 2 groups>"
