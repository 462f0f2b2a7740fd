"""Fifteen services that call one another, with daily load and overlapping faults."""

from __future__ import annotations

import numpy as np

from simulators.story import HELD_OUT, NOTHING, Columns, Plan, Story, Target, rows_with

CALLS = {
    "web": ["gateway"],
    "mobile": ["gateway"],
    "gateway": ["search", "cart", "users"],
    "search": ["catalog", "ranking"],
    "cart": ["pricing", "checkout"],
    "checkout": ["payment", "inventory"],
    "users": ["sessions"],
    "catalog": ["cache"],
    "ranking": ["features"],
    "pricing": ["cache"],
    "payment": ["bank"],
    "inventory": ["database"],
    "sessions": ["cache"],
    "features": [],
    "cache": [],
    "bank": [],
    "database": [],
}
"""From each caller to its callees; the two clients in front are no services, and not measured."""

SERVICES = tuple(name for name in CALLS if name not in {"web", "mobile"})

LOAD = "load"
MINUTES = 5
"""Length of a window."""
CONTROLS = 4032
"""Two weeks of quiet windows."""
WINDOWS = 864
"""Three days of windows for each incident."""
NULL = 6048

FAULT = (8.0, 25.0)
"""A fault multiplies a service's own time by so much, ..."""
UNSTEADY = 0.2
"""... and by a log-normal factor of this deviation, window by window."""


def draw_incidents(rng: np.random.Generator) -> Plan:
    """Six incidents: two services fail in windows of their own, and in some together."""
    shares: dict[str, dict[Target, float]] = {}
    for k in range(6):
        one, other = (frozenset({(str(s), "up")}) for s in rng.choice(SERVICES, 2, replace=False))
        alone, both = rng.uniform(0.1, 0.25, 2), rng.uniform(0.08, 0.15)
        shares[f"incident {k + 1}"] = {
            NOTHING: 1 - alone.sum() - both,
            one: alone[0],
            other: alone[1],
            one | other: both,
        }
    shares[HELD_OUT] = {NOTHING: 1.0}
    return Plan(shares, WINDOWS)


def simulate_services(seed: int) -> Story:
    """Latency of 15 services; errors of those that time out; load, which nothing sets.

    A service's latency is its own time, which grows with load, plus a share of its callees'
    latency.
    """
    rng = np.random.default_rng([seed, 4])
    plan = draw_incidents(rng)
    own = dict(zip(SERVICES, rng.uniform(5, 30, len(SERVICES)), strict=True))
    strain = dict(zip(SERVICES, rng.uniform(0.1, 0.5, len(SERVICES)), strict=True))
    severity = dict(zip(SERVICES, rng.uniform(*FAULT, len(SERVICES)), strict=True))
    waits = {(a, b): rng.uniform(0.5, 1.0) for a in SERVICES for b in CALLS[a]}

    def measure(targets: list[Target], start: int = 0) -> Columns:
        n = len(targets)
        day = 2 * np.pi * (start + np.arange(n)) * MINUTES / (24 * 60)
        load = np.exp(0.6 * np.sin(day) + rng.normal(0, 0.15, n))
        latency: Columns = {}
        for name in reversed(SERVICES):
            time = own[name] * (1 + strain[name] * load) * np.exp(rng.normal(0, 0.15, n))
            failing = rows_with(targets, name)
            time[failing] *= severity[name] * np.exp(rng.normal(0, UNSTEADY, failing.sum()))
            for callee in CALLS[name]:
                time += waits[name, callee] * latency[callee]
            latency[name] = time
        return {LOAD: load, **latency}

    group, targets = plan.draw(rng)
    parents = {LOAD: [], **{name: [LOAD, *CALLS[name]] for name in reversed(SERVICES)}}
    return Story(
        parents,
        measure([NOTHING] * CONTROLS),
        measure(targets),
        measure([NOTHING] * NULL),
        group,
        plan.shares,
        fixed=(LOAD,),
    )
