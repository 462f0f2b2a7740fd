"""Control rows and mixtures on small networks, as the contrast reads them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from domix.data.rows import distinct
from domix.em.data import Problem
from domix.em.squarem import Ended
from domix.estimation.contrast.model import CONTROLS, ContrastFit, Sample, Witnesses
from strategies import interventions, networks


def sample_of(net, codes, mixture=CONTROLS, label=()):
    """Rows that share what is known of their target; control rows by default."""
    nothing = np.zeros(net.tables.layout.size)
    return Sample(Problem(net.tables, distinct(codes, net.space.cards), nothing), mixture, label)


def witnesses_of(net, controls, *mixtures, labelled=(), more_prior=None):
    """Join codes of control rows, of mixtures, and labelled ones: (mixture, target, codes)."""
    samples = [sample_of(net, controls)]
    counts = [{} for _ in mixtures]
    for number, codes in enumerate(mixtures):
        samples.append(sample_of(net, codes, number, None))
        for _, target, own in (entry for entry in labelled if entry[0] == number):
            samples.append(sample_of(net, own, number, target))
            counts[number][target] = float(len(own))
    prior = [samples[0].problem.prior]
    if more_prior is not None:
        prior.append(prior[0] + more_prior)
    return Witnesses(tuple(samples), tuple(counts), np.array(prior))


def starting_fit(witnesses, targets, background, rng):
    """Draw weights, shares and tables at which every target has some weight."""
    layout = witnesses.samples[0].problem.layout

    def tables():
        draws = rng.gamma(3.0, size=layout.size)
        return np.log(draws / np.add.reduceat(draws, layout.row_starts)[layout.row_of_entry])

    return ContrastFit(
        tuple(map(tuple, targets)),
        tuple(background),
        tuple(rng.dirichlet(np.full(len(own), 3.0)) for own in targets),
        rng.dirichlet(np.full(len(background), 3.0)),
        np.array([tables() for _ in witnesses.prior]),
        -np.inf,
        Ended.LIMIT,
    )


@st.composite
def contrasts(draw):
    """All rows of one or two mixtures, targets, background, and a generator of random numbers.

    Some mixtures have labelled rows; tables are shared by both sides or not.
    """
    net = draw(networks(most=4, cards=(2, 3)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def some_targets():
        drawn = [net.target(draw(interventions(net))) for _ in range(draw(st.integers(0, 2)))]
        return list(dict.fromkeys([(), *drawn]))

    def rows_of(target, rows):
        return net.sample(rows, do=net.space.assignment(target), rng=rng)

    targets = [some_targets() for _ in range(draw(st.integers(1, 2)))]
    background = some_targets()
    labelled = [
        (number, own[-1], rows_of(own[-1], 7))
        for number, own in enumerate(targets)
        if draw(st.booleans())
    ]
    more = rng.exponential(20.0, net.tables.layout.size) if draw(st.booleans()) else None
    mixtures = [np.concatenate([rows_of(target, 30) for target in own]) for own in targets]
    witnesses = witnesses_of(net, rows_of((), 60), *mixtures, labelled=labelled, more_prior=more)
    return witnesses, targets, background, rng
