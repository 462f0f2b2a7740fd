"""The lifts of one variable, element by element, for `domix._kernels._lift`."""

from __future__ import annotations

import numpy as np


def em_step(pairs, impossible_row_cost, weights, theta, expected_counts, entry_counts):
    """Take an E-step over all elements of the lists at once."""
    groups, rate, load = pairs.groups, np.asarray(pairs.rate), np.asarray(pairs.load)
    entry, place, k = np.asarray(pairs.entry), np.asarray(pairs.place), groups.states
    counts, value = np.asarray(groups.counts), np.asarray(groups.lists.value)
    g = np.repeat(np.arange(len(counts)), np.diff(groups.lists.ptr))
    unset = np.asarray(pairs.prefix) * (k + 1)
    sets = unset + 1 + entry % k
    rate[:] = weights[unset] * theta[entry] + weights[sets]
    total = np.bincount(g, value * rate[place], len(counts))
    possible = total > 1e-290
    scale = np.where(possible, counts / np.where(possible, total, 1.0), 0.0)[g]
    load[:] = np.bincount(place, scale * value, len(load))
    alone = load * weights[unset] * theta[entry]
    expected_counts += np.bincount(sets, load * weights[sets], len(expected_counts))
    expected_counts += np.bincount(unset, alone, len(expected_counts))
    entry_counts += np.bincount(entry, alone, len(entry_counts))
    impossible = impossible_row_cost * counts[~possible].sum()
    return counts[possible] @ np.log(total[possible]) - impossible


def _elements(groups, weights, theta):
    """List each element's group, unset lift, and share without and with the variable set; sums."""
    lists, entry, k = groups.lists, np.asarray(groups.entry), groups.states
    g = np.repeat(np.arange(len(entry)), np.diff(lists.ptr))
    s = np.asarray(lists.prefix).astype(np.int64) * (k + 1)
    unset = np.asarray(lists.value) * weights[s] * theta[entry[g]]
    sets = np.asarray(lists.value) * weights[s + 1 + entry[g] % k]
    return g, s, unset, sets, np.bincount(g, unset + sets, len(entry))


def drop_costs(groups, weights, theta, to_sibling, to_all):
    """Add up the costs state by state."""
    entry, counts, k = np.asarray(groups.entry), np.asarray(groups.counts), groups.states
    g, s, _, _, total = _elements(groups, weights, theta)
    possible = total[g] > 1e-290
    g, s, value = g[possible], s[possible], np.asarray(groups.lists.value)[possible]
    none = value * theta[entry[g]] / total[g]
    for a in range(k):
        at = s + 1 + a
        present, hit = weights[at] > 0, entry[g] % k == a
        r = np.where(hit, value * weights[at] / total[g], 0.0)
        kept = np.maximum(1 + none * weights[at] - r, 1e-12)
        to_sibling -= np.bincount(at, present * counts[g] * np.log(kept), len(to_sibling))
        lost = present * hit * counts[g] * np.log(np.maximum(1 - r, 1e-12))
        to_all -= np.bincount(at, lost, len(to_all))
    lost = counts[g] * np.log(np.maximum(1 - none * weights[s], 1e-12))
    to_all -= np.bincount(s, (weights[s] > 0) * lost, len(to_all))


def advance(groups, weights, theta, new_index, negligible, out):
    """Choose from both lifts of every element at once."""
    entry, k = np.asarray(groups.entry), groups.states
    value = np.asarray(groups.lists.value)
    g, s, unset, sets, _ = _elements(groups, weights, theta)
    lift = np.column_stack([s, s + 1 + entry[g] % k]).ravel()
    share = np.column_stack([unset, sets]).ravel() * (new_index[lift] >= 0)
    owner = np.repeat(g, 2)
    scaled = np.column_stack([value * theta[entry[g]], value]).ravel()
    kept = share > negligible * np.bincount(owner, share, len(entry))[owner]
    owner, scaled = owner[kept], scaled[kept]
    best = np.zeros(len(entry))
    np.maximum.at(best, owner, scaled)
    np.asarray(out.ptr)[:] = np.append(0, np.cumsum(np.bincount(owner, minlength=len(entry))))
    np.asarray(out.prefix)[: len(owner)] = new_index[lift][kept]
    np.asarray(out.value)[: len(owner)] = scaled / best[owner]
