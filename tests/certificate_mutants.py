"""Certificates that are wrong in one place, and correct certificates with another problem."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from fractions import Fraction
from itertools import islice

from domix import DomixError, Mixture, Network
from domix.exact import certify
from exact_instances import given_as

DUPLICATE = "duplicate of "
"""Before a key: it is removed from the text, so that the key occurs twice."""


class Document:
    """Any text, with the interface of a certificate."""

    def __init__(self, text):
        self.text = text

    def to_json(self):
        return self.text


def mutants(document, every=1, first=0):
    """Yield pairs of a description and the text of a changed document: one in ``every``."""
    original = _text(document)
    for name, changed in islice(_changed(document), first % every, None, every):
        text = _text(changed)
        if text != original:
            yield name, text


def _changed(document):
    for path, value in _places(document):
        place = _named(path)
        for other in _others(path, value, document):
            yield f"{place} = {other!r}"[:80], _with(document, path, other)
        if isinstance(value, dict):
            yield f"{place}: another key", _with(document, path, {**value, "note": "ok"})
            for key in value:
                rest = {k: v for k, v in value.items() if k != key}
                yield f"{place}: without {key}", _with(document, path, rest)
                yield (
                    f"{place}: {key} renamed",
                    _with(document, path, {**rest, key + "s": value[key]}),
                )
                yield (
                    f"{place}: duplicate {key}",
                    _with(document, path, {**value, DUPLICATE + key: value[key]}),
                )
        if isinstance(value, list):
            for name, other in _rearranged(value):
                yield f"{place}: {name}", _with(document, path, other)
    for i, lift in enumerate(document["lifts"]):
        for name, change in _consistent_looking(lift):
            lifts = copy.deepcopy(document["lifts"])
            lifts[i].update(change)
            yield f"lifts[{i}]: {name}", {**document, "lifts": lifts}
    yield from _swapped_prefixes(document)
    yield from _moved_weights(document)


def _places(value, path=()):
    yield path, value
    items: Iterable = []
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield from _places(inner, (*path, key))


def _named(path):
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")


def _with(document, path, value):
    if not path:
        return value
    changed = copy.copy(document)
    changed[path[0]] = _with(document[path[0]], path[1:], value)
    return changed


def _text(document):
    return json.dumps(document).replace(DUPLICATE, "")


def _others(path, value, document):
    """Yield other values for a place, none of which has the same meaning."""
    yield from [None, [], {}, "", -1.5]
    if isinstance(value, (dict, list)):
        yield from ["x", 0, True]
        if value:
            yield [value]
        return
    yield from [[value], {"value": value}, str(value) + " ", [value, value]]
    if isinstance(value, bool):
        yield from [not value, int(value)]
    elif isinstance(value, float):
        yield from [-value, value + 1, int(value), str(value), bool(value)]
    elif isinstance(value, int):
        yield from [value + 1, value - 1, -value - 1, float(value), str(value), bool(value), 10**40]
    elif _is_rational(value):
        yield from _other_numbers(Fraction(value), value)
    else:
        names = {entry["name"] for entry in document["variables"]}
        states = {s for entry in document["variables"] for s in entry["states"]}
        words = {"global", "per prefix", "everywhere", "where needed", "weak", "structural"}
        words |= {"on the cells read", value.upper(), value + "0", value[:-1]}
        yield from sorted({*names, *map(str, states), *words} - {value})


def _is_rational(value):
    try:
        Fraction(value)
    except (ValueError, TypeError):
        return False
    return True


def _other_numbers(number, text):
    p, q = number.numerator, number.denominator
    yield f"{2 * p}/{2 * q}"
    yield f"+{text}"
    yield f" {text}"
    yield f"0{text}"
    yield f"{p}/{-q}"
    yield f"{p}/{q}.0"
    yield f"{p}.0/{q}"
    yield f"{p} / {q}"
    yield f"{text}\n"
    yield f"{float(number)!r}e0"
    yield float(number)
    yield p if q == 1 else [p, q]
    yield "nan"
    if q == 1:
        yield f"{p}/1"
    if p == 0:
        yield "-0"
        yield bool(p)
    if p == q:
        yield True
    others = {number + 1, -number, number / 2, 1 - number, number + Fraction(1, 10**30)}
    others |= {2 * number, number - Fraction(1, 7)}
    yield from sorted(str(other) for other in others - {number})


def _rearranged(value):
    for i in range(len(value)):
        yield f"without entry {i}", value[:i] + value[i + 1 :]
        yield f"entry {i} repeated", value[: i + 1] + value[i:]
        if i and value[i] != value[i - 1]:
            yield (
                f"entries {i - 1} and {i} swapped",
                [
                    *value[: i - 1],
                    value[i],
                    value[i - 1],
                    *value[i + 1 :],
                ],
            )
    if value[::-1] != value and len(value) > 2:
        yield "reversed", value[::-1]


def _scaled(vector, factor):
    return [str(Fraction(factor) * Fraction(entry)) for entry in vector]


def _consistent_looking(lift):
    """Yield several changes at once that leave, for example, a system with the same solution."""
    for factor in (Fraction(2), Fraction(1, 3), Fraction(-1)):
        yield f"null vector times {factor}", {"null_vector": _scaled(lift["null_vector"], factor)}
        yield (
            f"system times {factor}",
            {
                "matrix": [_scaled(row, factor) for row in lift["matrix"]],
                "rhs": _scaled(lift["rhs"], factor),
            },
        )
    if len(lift["matrix"]) > 1:
        yield (
            "equations in another order",
            {"matrix": lift["matrix"][::-1], "rhs": lift["rhs"][::-1]},
        )
    # Another point of the line of solutions: it solves the system, but has no zero.
    step = Fraction(lift["silent"]) / 2
    if step:
        shift = list(zip(lift["solution"], lift["null_vector"], strict=True))
        moved = [str(Fraction(x) + step * Fraction(p)) for x, p in shift]
        yield "a solution without zero", {"silent": str(step), "solution": moved, "zeros": []}
        yield "a solution without zero, zeros kept", {"silent": str(step), "solution": moved}
    # The same distribution of the last variable from other weights, and their r and rhs.
    total = Fraction(lift["weight"])
    everything = [str(total * Fraction(p)) for p in lift["conditional"]]
    yield "the variable is always set", {"silent": "0", "solution": everything, "zeros": []}
    doubled = {key: _scaled(lift[key], 2) for key in ("conditional", "null_vector", "p_mix", "r")}
    yield "every vector doubled", doubled
    if lift["scale"] != "0":
        half = {"scale": str(Fraction(lift["scale"]) / 2), "p_mix": _scaled(lift["p_mix"], "1/2")}
        half["matrix"] = [_scaled(row, "1/2") for row in lift["matrix"]]
        yield "read at half the scale", {**half, "rhs": _scaled(lift["rhs"], "1/2")}
    shift = list(zip(lift["solution"], lift["null_vector"], strict=True))
    moved = [str(Fraction(x) - Fraction(p) / 2) for x, p in shift]
    weight = str(Fraction(lift["silent"]) + Fraction(1, 2))
    yield "a solution with negative weights", {"silent": weight, "solution": moved}
    if lift["known"]:
        yield "nothing known", {"known": []}


def _swapped_prefixes(document):
    """Swap two neighbouring lifts, and all references to them."""
    lifts = document["lifts"]
    for i in range(1, len(lifts)):
        order = list(range(len(lifts)))
        order[i - 1], order[i] = i, i - 1
        swapped = copy.deepcopy([lifts[at] for at in order])
        for lift in swapped:
            for term in lift["known"]:
                term["lift"] = order[term["lift"]]
        yield f"lifts {i - 1} and {i} swapped throughout", {**document, "lifts": swapped}


def _moved_weights(document):
    """Move weight from one component to another, in the mixture and in the last lifts."""
    last = document["variables"][-1]["name"] if document["variables"] else None
    for i, part in enumerate(document["mixture"]):
        half = Fraction(part["weight"]) / 2
        for j in range(len(document["mixture"])):
            if i == j:
                continue
            changed = copy.deepcopy(document)
            mixture = changed["mixture"]
            mixture[i]["weight"] = str(half)
            mixture[j]["weight"] = str(Fraction(mixture[j]["weight"]) + half)
            yield f"weight from component {i} to {j}", copy.deepcopy(changed)
            for lift in changed["lifts"]:
                if lift["variable"] == last:
                    _set_weights(lift, document, mixture)
            yield f"weight from component {i} to {j}, with lifts", changed


def _set_weights(lift, document, mixture):
    """Make the solution of a last lift agree with the mixture."""
    states = document["variables"][-1]["states"]
    weights = {json.dumps(c["intervention"], sort_keys=True): c["weight"] for c in mixture}

    def weight(target):
        return weights.get(json.dumps(target, sort_keys=True), "0")

    lift["silent"] = weight(lift["prefix"])
    lift["solution"] = [weight({**lift["prefix"], lift["variable"]: s}) for s in states]


def other_subjects(cert, mixture, form):
    """Yield networks and distributions that the certificate is not about, with descriptions."""
    net = mixture.network
    for name, other in _other_networks(net):
        same = Mixture(
            other,
            [
                (other.space.assignment(target), weight)
                for target, weight in zip(mixture.targets, mixture.weights, strict=True)
            ],
        )
        for p_mix in (given_as(mixture, form), given_as(same, form)):
            if _not_about(cert, other, p_mix):
                yield f"net: {name}", other, p_mix
    for name, other in _other_mixtures(mixture):
        p_mix = given_as(other, form)
        if _not_about(cert, net, p_mix):
            yield f"p_mix: {name}", net, p_mix


def _not_about(cert, net, p_mix):
    """Whether their certificate differs: a change may be in an entry that is not read."""
    try:
        return certify(net, p_mix) != cert
    except (DomixError, KeyError):  # the function does not know the names
        return True


def _other_networks(net):
    """Yield networks with one row of a table changed, or the states of a variable renamed."""
    cpts = {name: net.cpt(name) for name in net.variables}
    for name in net.variables:
        rows = cpts[name].reshape(-1, cpts[name].shape[-1])
        for r in range(len(rows)):
            table = cpts[name].copy()
            row = table.reshape(-1, table.shape[-1])[r]
            row[:] = [(p + Fraction(1, len(row))) / 2 for p in row[::-1]]
            if (row != rows[r]).any():
                changed = {**cpts, name: table}
                yield f"row {r} of {name}", Network(net.parents, net.states, changed)
        states = {**net.states, name: tuple(f"{s}!" for s in net.states[name])}
        yield f"states of {name}", Network(net.parents, states, cpts)


def _other_mixtures(mixture):
    parts = list(zip(mixture.interventions, mixture.weights.tolist(), strict=True))
    net = mixture.network
    for i, (target, weight) in enumerate(parts):
        rest = parts[:i] + parts[i + 1 :]
        if rest:
            j = i % len(rest)
            more = [(t, w + weight * (k == j)) for k, (t, w) in enumerate(rest)]
            yield f"without {target}", Mixture(net, more)
            some = [(t, w + weight / 3 * (k == j)) for k, (t, w) in enumerate(rest)]
            yield f"less of {target}", Mixture(net, [*some, (target, weight * 2 / 3)])
        for name in net.variables:
            if name not in target:
                for state in net.states[name]:
                    other = {**target, name: state}
                    if other not in [dict(t) for t, _ in parts]:
                        yield (
                            f"{target} also sets {name}={state}",
                            Mixture(net, [*rest, (other, weight)]),
                        )
