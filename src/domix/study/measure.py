"""Measurement of methods on the instances of cells, in processes or on a cluster if asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from domix.core.space import listing
from domix.engine.tasks import run_tasks
from domix.errors import DataError, DomixError
from domix.model.mixture import Mixture
from domix.results.result import Disentanglement
from domix.study.cells import Cell
from domix.study.instances.draw import draw
from domix.study.instances.sample import Sample
from domix.study.instances.seeds import root_of
from domix.study.methods import METHODS, Estimate, can_run
from domix.study.records import Key, Record, Store
from domix.study.scoring.claims_score import score_claims
from domix.study.scoring.cost import Cost, measure_cost
from domix.study.scoring.instance_score import score_instance
from domix.study.scoring.metrics import compare
from domix.study.scoring.misfit_score import MisfitScore, score_misfit
from domix.study.scoring.oracle import detectable
from domix.study.scoring.set_score import SetScore, score_sets
from domix.util.checks import whole_number
from domix.util.progress import Report
from domix.work.interrupt import stopping_at_once

ORACLE = "oracle"
"""Always run, except on cells with a setting, which may have no true tables: it decides which
targets are detectable, and its errors are the yardstick."""


@dataclass(frozen=True)
class _Task:
    """One instance, the methods that have no record of it, and the oracle's record if it exists."""

    cell: Cell
    block: str
    instance: int
    methods: tuple[str, ...]
    oracle: Record | None


def measure_cells(
    cells: Sequence[Cell],
    store: Store,
    *,
    block: str = "development",
    instances: int = 20,
    methods: Sequence[str] = ("domix", "plug-in", "oracle"),
    jobs: int = 1,
    scheduler: str | None = None,
    report: Report = lambda *_: None,
) -> None:
    """Measure methods on the instances of cells, except where a record exists.

    Parameters
    ----------
    cells : sequence of Cell
    store : Store
        Receives the records. After an interrupt, it holds those of all finished instances.
    block : str
        Name of a block of seeds.
    instances : int
        Number of instances per cell, numbered from 0.
    methods : sequence of str
        The oracle is always added. A method that cannot be run on a cell is left out there.
    jobs : int
        Number of processes. Records do not depend on it, except for their cost.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers measure then. This process writes the records.
    report : callable
        Called with the stage and the finished share, at first and after each instance.

    Raises
    ------
    DataError
        A method or block is unknown, ``instances`` or ``jobs`` is not positive, or as from
        :func:`run_tasks`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(Path(folder))
    ...     measure_cells([Cell(3, 256)], store, instances=2, methods=["plug-in"])
    >>> sorted((key.instance, key.method) for key in store.records)
    [(0, 'oracle'), (0, 'plug-in'), (1, 'oracle'), (1, 'plug-in')]
    """
    _check_options(block, instances, methods, jobs)
    tasks = _list_tasks(cells, store, block, instances, dict.fromkeys((*methods, ORACLE)))
    report("instances", 0.0)
    with closing(run_tasks(_measure_instance, tasks, jobs, scheduler)) as results:
        for done, (_, records) in enumerate(results, 1):
            store.add(records)
            report("instances", done / len(tasks))
    store.merge_parts()


def _check_options(block: str, instances: int, methods: Sequence[str], jobs: int) -> None:
    root_of(block)
    unknown = [method for method in methods if method not in METHODS]
    if unknown:
        raise DataError(f"methods: unknown method {unknown[0]!r}; choose from {listing(METHODS)}")
    whole_number(instances, "instances", least=1)
    whole_number(jobs, "jobs", least=1)


def _list_tasks(
    cells: Sequence[Cell], store: Store, block: str, instances: int, methods: dict[str, None]
) -> list[_Task]:
    tasks = []
    # Instance by instance, so that a run that is stopped has some instances of every cell.
    for instance in range(instances):
        for cell in cells:
            keys = [Key(str(cell), block, instance, m) for m in methods if can_run(m, cell)]
            missing = tuple(key.method for key in keys if key not in store.records)
            if missing:
                oracle = store.records.get(Key(str(cell), block, instance, ORACLE))
                tasks.append(_Task(cell, block, instance, missing, oracle))
    return tasks


def _measure_instance(task: _Task) -> list[Record]:
    """Run the missing methods on one instance, and score their estimates."""
    sample = draw(task.cell, task.block, task.instance)
    answers = {method: _run_method(METHODS[method], sample) for method in task.methods}
    one_pass = measure_cost(lambda: sample.truth.network.log_prob(sample.rows))[1].cpu_seconds

    def record(method: str, **result: Any) -> Record:
        cost = answers[method][1]
        return Record(
            key=Key(str(task.cell), task.block, task.instance, method),
            seed=root_of(task.block),
            cost=replace(cost, passes=cost.cpu_seconds / one_pass if one_pass else None),
            **result,
        )

    if task.cell.setting is not None:
        return [record(m, **_score_misfit(m, sample, answers[m][0])) for m in answers]
    if task.oracle is not None:
        shown = tuple(mark == "1" for mark in task.oracle.shown)
        assert task.oracle.score is not None
        oracle_tv = task.oracle.score.tv
    else:
        oracle_fit = answers[ORACLE][0]
        assert isinstance(oracle_fit, Mixture)
        oracle_tv = compare(sample.truth, oracle_fit).total_variation
        shown = sample.shown or detectable(sample.net, sample.rows, sample.truth)
    marks = "".join("1" if s else "0" for s in shown)
    records = []
    for method, (answer, _) in answers.items():
        if isinstance(answer, DomixError):
            records.append(record(method, shown=marks, failed=str(answer), score=None))
        else:
            first = next(iter(answer.values())) if isinstance(answer, Mapping) else answer
            score = score_instance(sample, first, shown, oracle_tv)
            claims = None
            if isinstance(first, Disentanglement) and first.method == "likelihood":
                claims = score_claims(sample.truth, first)
            sets = _score_sets(sample, answer, shown)
            records.append(
                record(method, shown=marks, failed="", score=score, claims=claims, sets=sets)
            )
    return records


def _score_sets(sample: Sample, answer: Estimate, shown: Sequence[bool]) -> SetScore | None:
    """Score the sets of all mixtures that were estimated together."""
    results = tuple(answer.values()) if isinstance(answer, Mapping) else (answer,)
    found = [result for result in results if isinstance(result, Disentanglement)]
    if len(found) < 1 + len(sample.others):
        return None
    others = [detectable(s.net, s.rows, s.truth) for s in sample.others]
    return score_sets((sample, *sample.others), found, (shown, *others))


def _score_misfit(method: str, sample: Sample, answer: Estimate | DomixError) -> dict[str, Any]:
    """Return the result of a method where the model may be wrong, after a run on the null rows."""
    assert sample.null is not None
    null: Estimate | DomixError = answer
    if not isinstance(answer, DomixError):
        null = _run_method(METHODS[method], replace(sample, rows=sample.null))[0]
    misfit: MisfitScore | None = None
    if isinstance(answer, Disentanglement) and isinstance(null, Disentanglement):
        misfit = score_misfit(sample, answer, null)
    failed = str(null) if misfit is None else ""
    return {"shown": "", "failed": failed, "score": None, "misfit": misfit}


@stopping_at_once()
def _run_method(
    method: Callable[[Sample], Estimate], sample: Sample
) -> tuple[Estimate | DomixError, Cost]:
    """Return the estimate of a method, or the error with which it refuses the instance."""

    def attempt() -> Estimate | DomixError:
        try:
            return method(sample)
        except DomixError as error:
            return error

    return measure_cost(attempt)
