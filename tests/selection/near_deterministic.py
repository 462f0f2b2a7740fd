"""Small instances with nearly deterministic tables and few control rows."""

from __future__ import annotations

import numpy as np

from domix import Mixture, Network
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.em.mixture import fit
from domix.model.learn import count_entries
from domix.options.search import EmLimits
from domix.selection.backward import confirm, eliminate
from domix.selection.criterion import SelectionCriterion
from domix.selection.search import find
from domix.study.instances.generator import random_instance

CONVERGED = EmLimits(1e-4, 3000)


def draw_problem(n, seed, *, rows=1000, controls=300, concentration=0.5, nothing=0.5, options=None):
    """A mixture of do(), with weight ``nothing``, and five targets; the problem of its rows."""
    rng = np.random.default_rng([seed, n])
    drawn = random_instance(n, rng, cards=3, targets=(5, 5), min_size=1, max_size=4)
    tables = {
        name: rng.dirichlet([concentration] * 3, size=drawn.network.cpt(name).shape[:-1])
        for name in drawn.network.variables
    }
    net = Network(drawn.network.parents, drawn.network.states, tables)
    weights = [(1 - nothing) * weight for weight in drawn.mixture.weights.tolist()]
    baseline = [({}, nothing)] if nothing else []
    mix = Mixture(net, [*baseline, *zip(drawn.mixture.interventions, weights, strict=True)])
    data = distinct(mix.sample(rows, rng=rng), net.space.cards)
    counts = count_entries(net.tables.layout, net.sample(controls, rng=rng))
    return mix, Problem(net.tables, data, counts, options=options)


def penalized(problem, criterion, fitted):
    """The score of a support whose fit has converged."""
    best = fit(problem, fitted.support, fitted.weights, fitted.log_theta, CONVERGED)
    return best.objective - criterion.penalty(best.support)


def lead_of_truth(mix, problem):
    """How much better the true targets score than the answer, both pruned by the same test."""
    criterion = SelectionCriterion(mix.network.space.cards, 0.05)
    search = find(problem, criterion, np.random.default_rng(0), lambda stage, share: None)
    answer = confirm(problem, criterion, search.fit)[0]
    start = eliminate(problem, criterion, list(mix.targets), mix.weights, problem.log_theta)
    truth = confirm(problem, criterion, start)[0]
    return penalized(problem, criterion, truth) - penalized(problem, criterion, answer)
