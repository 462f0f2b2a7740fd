"""G tests of the local Markov property, for `domix.results.checks.independences`."""

from __future__ import annotations

import math

import numpy as np


def pair_statistics(parents, cards, codes, least):
    """Map each (node, other) to G and its degrees of freedom, one stratum at a time."""
    found = {}
    for node, given in enumerate(parents):
        for other in range(len(parents)):
            same = other < node and set(given) == set(parents[other])
            if other == node or other in given or same or node in _above(other, parents):
                continue
            statistic, df = 0.0, 0
            for stratum in {tuple(row) for row in codes[:, list(given)].tolist()}:
                rows = codes[(codes[:, list(given)] == stratum).all(axis=1)]
                table = np.zeros((cards[node], cards[other]))
                np.add.at(table, (rows[:, node], rows[:, other]), 1.0)
                g, d = _test_table(_without_rare_values(table, least))
                statistic, df = statistic + g, df + d
            found[node, other] = statistic, df
    return found


def _above(node, parents):
    return set(parents[node]).union(*(_above(p, parents) for p in parents[node]))


def _without_rare_values(table, least):
    while True:
        table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
        if not table.size:
            return table
        rows, columns = table.sum(axis=1), table.sum(axis=0)
        if rows.min() * columns.min() >= least * table.sum():
            return table
        if rows.min() <= columns.min():
            table = np.delete(table, rows.argmin(), axis=0)
        else:
            table = np.delete(table, columns.argmin(), axis=1)


def _test_table(table):
    df = (table.shape[0] - 1) * (table.shape[1] - 1)
    if not table.size or df == 0:
        return 0.0, 0
    rows, columns, total = table.sum(axis=1), table.sum(axis=0), table.sum()
    g = 2.0 * sum(
        count * math.log(count * total / (rows[a] * columns[b]))
        for (a, b), count in np.ndenumerate(table)
        if count > 0
    )
    spread = (total * (1 / rows).sum() - 1) * (total * (1 / columns).sum() - 1)
    return g / (1 + spread / (6 * total * df)), df
