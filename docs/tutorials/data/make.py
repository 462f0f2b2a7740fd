"""The files of the tutorials: simulated in plain NumPy from a seed, 0 in every story.

python docs/tutorials/data/make.py
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "benchmarks"))

from simulators import HELD_OUT, NOTHING, SIMULATORS, Target  # noqa: E402
from simulators.services import LOAD, MINUTES, PARENTS, draw_system  # noqa: E402
from simulators.story import Columns, rows_with  # noqa: E402

SEED = 0

Parents = Mapping[str, Sequence[str]]
Texts = dict[str, Sequence[str]]
Files = dict[str, Texts]
"""Columns of text by the name of their file."""


def list_edges(parents: Parents) -> Texts:
    """Return an edge a line; a variable without edges has a line of its own."""
    edges = [(parent, child) for child, own in parents.items() for parent in own]
    placed = {name for edge in edges for name in edge}
    edges += [(name, "") for name in parents if name not in placed]
    causes, effects = zip(*edges, strict=True)
    return {"cause": causes, "effect": effects}


def write_numbers(columns: Columns, decimals: Mapping[str, int]) -> Texts:
    return {
        name: [f"{value:.{decimals[name]}f}" for value in values.tolist()]
        for name, values in columns.items()
    }


def write_labels(columns: Columns) -> Texts:
    """Missing values are empty fields."""
    return {
        name: ["" if label is None else str(label) for label in values.tolist()]
        for name, values in columns.items()
    }


def take(columns: Columns, rows: np.ndarray | slice) -> Columns:
    return {name: values[rows] for name, values in columns.items()}


def first_of_each(groups: np.ndarray, n: int) -> np.ndarray:
    """Return the numbers of the first n rows of each group, in their order."""
    return np.sort(np.concatenate([np.flatnonzero(groups == g)[:n] for g in np.unique(groups)]))


def draw_labels(
    parents: Parents,
    states: Mapping[str, Sequence[str]],
    tables: Mapping[str, np.ndarray],
    targets: Sequence[Target],
    rng: np.random.Generator,
) -> Columns:
    """Draw rows of labels, in which the variables of each row's target are set."""
    codes: Columns = {}
    for name, own in parents.items():
        chances = tables[name][tuple(codes[parent] for parent in own)]
        chances = np.broadcast_to(chances, (len(targets), len(states[name])))
        drawn = (rng.random((len(targets), 1)) > chances.cumsum(axis=1)).sum(axis=1)
        for state in {state for target in targets for v, state in target if v == name}:
            chosen = rows_with([t & {(name, state)} for t in targets], name)
            drawn[chosen] = states[name].index(state)
        codes[name] = drawn
    return {name: np.array(states[name])[code] for name, code in codes.items()}


def draw_targets(shares: Mapping[Target, float], n: int, rng: np.random.Generator) -> list[Target]:
    options = list(shares)
    return [options[k] for k in rng.choice(len(options), n, p=list(shares.values()))]


# --- start: offices and their heating


ROOM_PARENTS = {
    "weather": [],
    "valve": [],
    "window": ["weather"],
    "boiler": ["weather"],
    "radiator": ["boiler", "valve"],
    "room": ["radiator", "window"],
    "complaint": ["room"],
}
ROOM_STATES = {
    "weather": ("mild", "cold"),
    "valve": ("open", "shut"),
    "window": ("closed", "open"),
    "boiler": ("low", "high"),
    "radiator": ("cool", "warm", "hot"),
    "room": ("cold", "fine", "hot"),
    "complaint": ("no", "yes"),
}
ROOM_TABLES = {
    "weather": np.array([0.6, 0.4]),
    "valve": np.array([0.85, 0.15]),
    "window": np.array([[0.6, 0.4], [0.9, 0.1]]),
    "boiler": np.array([[0.8, 0.2], [0.15, 0.85]]),
    "radiator": np.array(
        [[[0.2, 0.7, 0.1], [0.85, 0.1, 0.05]], [[0.05, 0.35, 0.6], [0.7, 0.25, 0.05]]]
    ),
    "room": np.array(
        [
            [[0.5, 0.45, 0.05], [0.85, 0.13, 0.02]],
            [[0.1, 0.8, 0.1], [0.45, 0.5, 0.05]],
            [[0.03, 0.47, 0.5], [0.15, 0.65, 0.2]],
        ]
    ),
    "complaint": np.array([[0.5, 0.5], [0.95, 0.05], [0.7, 0.3]]),
}
ROOM_SHARES = {
    NOTHING: 0.68,
    frozenset({("window", "open")}): 0.2,
    frozenset({("boiler", "low"), ("valve", "shut")}): 0.12,
}


def make_start() -> Files:
    """Rooms on days before (control) and after something was changed in some of them."""
    rng = np.random.default_rng([SEED, 10])
    given = (ROOM_PARENTS, ROOM_STATES, ROOM_TABLES)
    return {
        "edges.csv": list_edges(ROOM_PARENTS),
        "control.csv": write_labels(draw_labels(*given, [NOTHING] * 2000, rng)),
        "rows.csv": write_labels(draw_labels(*given, draw_targets(ROOM_SHARES, 1500, rng), rng)),
    }


# --- screen: cells of a gene-editing screen


def make_screen() -> Files:
    """Some of the cells of the linear screen of benchmarks/simulators."""
    story = SIMULATORS["linear"](SEED)
    chosen = first_of_each(story.group, 500)
    guides = np.where(story.group == HELD_OUT, "non-targeting", story.group)[chosen].tolist()
    decimals = dict.fromkeys(story.parents, 2)
    genes = write_numbers(take(story.rows, chosen), decimals)
    names = [f"c{k:04d}" for k in range(1, len(guides) + 1)]
    return {
        "edges.csv": list_edges(story.parents),
        "control.csv": write_numbers(take(story.control, slice(2500)), decimals),
        "cells.csv": {"cell": names, "guide": guides, **genes},
    }


# --- outage: metrics of services


DAY = 24 * 60 // MINUTES

FAULTS = [
    ("database", 9.0, 15.0),
    ("users errors", 12.0, 20.0),
    ("features", 29.0, 31.5),
]
"""What fails, from which hour to which; nothing of it causes another one."""


def make_outage() -> Files:
    """A quiet week, and two days with three faults, two of which overlap."""
    rng = np.random.default_rng([SEED, 11])
    system = draw_system(rng)
    hours = np.arange(2 * DAY) * MINUTES / 60
    targets = [
        frozenset((name, "up") for name, first, last in FAULTS if first <= hour < last)
        for hour in hours.tolist()
    ]
    decimals = {name: 4 if name.endswith("errors") else 1 for name in PARENTS} | {LOAD: 2}

    def with_times(columns: Columns, start: datetime) -> Texts:
        times = [start + k * timedelta(minutes=MINUTES) for k in range(len(columns[LOAD]))]
        written = write_numbers(columns, decimals)
        return {"time": [f"{time:%Y-%m-%d %H:%M}" for time in times], **written}

    edges = list_edges(PARENTS)
    quiet = system.measure([NOTHING] * 7 * DAY, rng)
    return {
        "calls.csv": {"caller": edges["effect"], "callee": edges["cause"]},
        "quiet.csv": with_times(quiet, datetime(2026, 3, 2)),
        "incident.csv": with_times(system.measure(targets, rng), datetime(2026, 3, 10)),
    }


# --- exposures: a marketing log


def make_exposures() -> Files:
    """Some of the rows of the marketing log of benchmarks/simulators."""
    story = SIMULATORS["exposures"](SEED)
    chosen = first_of_each(story.group, 2000)
    campaigns = np.where(story.group == HELD_OUT, "campaign 7", story.group)[chosen].tolist()
    return {
        "edges.csv": list_edges(story.parents),
        "control.csv.gz": write_labels(take(story.control, slice(6000))),
        "log.csv.gz": {"campaign": campaigns, **write_labels(take(story.rows, chosen))},
    }


# --- statistician: a registry of patients


REGISTRY_PARENTS = {
    "age": [],
    "smoker": ["age"],
    "drug": ["age"],
    "diet": ["age", "smoker"],
    "pressure": ["drug", "smoker"],
    "lipids": ["diet", "age"],
    "stay": ["pressure", "lipids"],
}
REGISTRY_STATES = {
    "age": ("under 50", "50-70", "over 70"),
    "smoker": ("no", "yes"),
    "drug": ("none", "low", "high"),
    "diet": ("usual", "mixed", "strict"),
    "pressure": ("low", "normal", "high"),
    "lipids": ("low", "normal", "high"),
    "stay": ("short", "long"),
}
REGISTRY_SHARES = {
    NOTHING: 0.7,
    frozenset({("drug", "high")}): 0.15,
    frozenset({("diet", "strict")}): 0.05,
    frozenset({("drug", "high"), ("lipids", "low")}): 0.1,
}


def make_statistician() -> Files:
    """Patients before and after unrecorded treatments; the rows of all CPTs are Dirichlet(2)."""
    rng = np.random.default_rng([SEED, 12])
    cards = {name: len(states) for name, states in REGISTRY_STATES.items()}
    tables = {
        name: rng.dirichlet([2.0] * cards[name], [cards[parent] for parent in own])
        for name, own in REGISTRY_PARENTS.items()
    }
    given = (REGISTRY_PARENTS, REGISTRY_STATES, tables)
    rows = draw_labels(*given, draw_targets(REGISTRY_SHARES, 3000, rng), rng)
    return {
        "edges.csv": list_edges(REGISTRY_PARENTS),
        "control.csv": write_labels(draw_labels(*given, [NOTHING] * 3000, rng)),
        "rows.csv": write_labels(rows),
    }


STORIES: dict[str, Callable[[], Files]] = {
    "start": make_start,
    "screen": make_screen,
    "outage": make_outage,
    "exposures": make_exposures,
    "statistician": make_statistician,
}


def to_bytes(columns: Texts, compressed: bool) -> bytes:
    """Return CSV, the same bytes at any time and on any system."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    plain = text.getvalue().encode("utf-8")
    return gzip.compress(plain, mtime=0) if compressed else plain


def write_story(name: str, folder: Path) -> list[Path]:
    """Write the files of one story into a folder, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for file, columns in STORIES[name]().items():
        paths.append(folder / file)
        paths[-1].write_bytes(to_bytes(columns, compressed=file.endswith(".gz")))
    return paths


if __name__ == "__main__":
    for story in STORIES:
        write_story(story, HERE / story)
