"""Fifteen services that call one another, with daily load and overlapping faults."""

from __future__ import annotations

from dataclasses import dataclass

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

RELEASED = ("gateway", "search", "checkout", "payment", "users")
"""Services whose errors are measured, too."""

LOAD = "load"
ERRORS = " errors"
"""What follows a service's name in the name of its share of failed requests."""

MINUTES = 5
"""Length of a window."""
CONTROLS = 4032
"""Two weeks of quiet windows."""
WINDOWS = 864
"""Three days of windows for each incident."""
NULL = 6048

OUTAGE = (2000.0, 6000.0)
"""Milliseconds that an outage adds to a service's own time, service by service ..."""
BAD_RELEASE = (0.1, 0.4)
"""Share of requests that fail after a bad release, service by service ..."""
UNEVEN = 0.25
"""... times a log-normal factor of this deviation, window by window."""

TIMEOUT = 500.0
"""Latency in milliseconds from which requests fail."""
REQUESTS = 2000
"""Requests of a service in a window of mean load."""


def callees_with_errors(name: str) -> list[str]:
    return [callee + ERRORS for callee in CALLS[name] if callee in RELEASED]


PARENTS: dict[str, list[str]] = {
    LOAD: [],
    **{name: [LOAD, *CALLS[name]] for name in reversed(SERVICES)},
    **{s + ERRORS: [s, *callees_with_errors(s)] for s in reversed(RELEASED)},
}


def causes_of(name: str) -> set[str]:
    """Return the variables that act on this one, itself included."""
    found = {name}
    for parent in PARENTS[name]:
        found |= causes_of(parent)
    return found


def draw_incidents(rng: np.random.Generator) -> Plan:
    """Six incidents: two faults in windows of their own, and in some together.

    The first is an outage of a service; the second is one, too, or a bad release. Neither causes
    the other: where a service is slow since one that it calls is out, an outage of its own is not
    seen.
    """
    shares: dict[str, dict[Target, float]] = {}
    for k in range(6):
        first = rng.choice(SERVICES)
        faults = [
            name
            for name in PARENTS
            if name not in causes_of(first) and first not in causes_of(name)
        ]
        one, other = (frozenset({(str(s), "up")}) for s in (first, rng.choice(faults)))
        alone, both = rng.uniform(0.1, 0.25, 2), float(rng.uniform(0.08, 0.15))
        shares[f"incident {k + 1}"] = {
            NOTHING: 1 - float(alone.sum()) - both,
            one: float(alone[0]),
            other: float(alone[1]),
            one | other: both,
        }
    shares[HELD_OUT] = {NOTHING: 1.0}
    return Plan(shares, WINDOWS)


@dataclass(frozen=True)
class System:
    """The services of one seed: what each takes of its own, what a fault adds, and who waits.

    A service's latency is its own time, which grows with load, plus what it waits for its callees.
    Requests fail where they take too long, or where a request to a callee failed.
    """

    own: dict[str, float]
    strain: dict[str, float]
    outage: dict[str, float]
    failed: dict[str, float]
    waits: dict[tuple[str, str], float]

    def measure(self, targets: list[Target], rng: np.random.Generator) -> Columns:
        """Return the metrics of successive windows with these targets."""

        def uneven(n: int) -> np.ndarray:
            return np.exp(rng.normal(0, UNEVEN, n))

        n = len(targets)
        day = 2 * np.pi * np.arange(n) * MINUTES / (24 * 60)
        load = np.exp(0.6 * np.sin(day) + rng.normal(0, 0.15, n))
        windows: Columns = {LOAD: load}
        for name in reversed(SERVICES):
            noise = np.exp(rng.normal(0, 0.15, n))
            time = self.own[name] * (1 + self.strain[name] * load) * noise
            out = rows_with(targets, name)
            time[out] += self.outage[name] * uneven(int(out.sum()))
            for callee in CALLS[name]:
                time += self.waits[name, callee] * windows[callee]
            windows[name] = time
        for name in reversed(RELEASED):
            share = 0.0005 + 0.05 * (windows[name] > TIMEOUT)
            for callee in callees_with_errors(name):
                share = share + 0.5 * windows[callee]
            bad = rows_with(targets, name + ERRORS)
            share[bad] = self.failed[name] * uneven(int(bad.sum()))
            requests = rng.poisson(REQUESTS * load) + 1
            windows[name + ERRORS] = rng.binomial(requests, np.minimum(share, 1.0)) / requests
        return windows


def draw_system(rng: np.random.Generator) -> System:
    """Draw the services of one seed."""
    return System(
        own=dict(zip(SERVICES, rng.uniform(5, 30, len(SERVICES)), strict=True)),
        strain=dict(zip(SERVICES, rng.uniform(0.1, 0.5, len(SERVICES)), strict=True)),
        outage=dict(zip(SERVICES, rng.uniform(*OUTAGE, len(SERVICES)), strict=True)),
        failed=dict(zip(RELEASED, rng.uniform(*BAD_RELEASE, len(RELEASED)), strict=True)),
        waits={(a, b): rng.uniform(0.9, 1.0) for a in SERVICES for b in CALLS[a]},
    )


def simulate_services(seed: int) -> Story:
    """Latency of 15 services, errors of five of them, and load, which nothing sets."""
    rng = np.random.default_rng([seed, 6])
    plan = draw_incidents(rng)
    system = draw_system(rng)
    group, targets = plan.draw(rng)
    return Story(
        PARENTS,
        system.measure([NOTHING] * CONTROLS, rng),
        system.measure(targets, rng),
        system.measure([NOTHING] * NULL, rng),
        group,
        plan.shares,
        fixed=(LOAD,),
    )
