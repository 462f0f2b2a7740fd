"""Methods side by side on the same instances, several processes at once, resumed where it was."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, replace

from domix.core.space import listing
from domix.errors import DataError, DomixError
from domix.model.mixture import Mixture
from domix.study.cells import Cell
from domix.study.instances.draw import Sample, blocks, draw
from domix.study.methods import METHODS, Estimate, applies
from domix.study.records import Key, Record, Store
from domix.study.scoring.cost import Cost, measured
from domix.study.scoring.metrics import compare
from domix.study.scoring.oracle import detectable
from domix.study.scoring.score import score
from domix.util.progress import Report

__all__ = ["run"]

ORACLE = "oracle"
"""Always run: without it nobody knows what the rows show, and how small an error can be."""


@dataclass(frozen=True)
class _Task:
    """One instance, the methods that have no record of it, and the oracle's, if it has one."""

    cell: Cell
    block: str
    instance: int
    methods: tuple[str, ...]
    oracle: Record | None


def run(
    cells: Sequence[Cell],
    store: Store,
    *,
    block: str = "development",
    instances: int = 20,
    methods: Sequence[str] = ("domix", "plug-in", "oracle"),
    jobs: int = 1,
    report: Report = lambda stage, share: None,
) -> None:
    """Measure the methods on every cell; what has a record already is not measured again.

    Parameters
    ----------
    cells
    store
        Where the records go. It is complete when this returns; after an interrupt, it holds
        whatever was finished.
    block
        Which of the committed seeds to draw from.
    instances
        Per cell: those numbered from 0.
    methods
        The oracle is run in any case; methods that cannot be run on a cell are left out there.
    jobs
        Processes. The records do not depend on it, but for what they took.
    report
        Told what has been done, and which share of the whole.

    Raises
    ------
    DataError
        An unknown method or block, fewer than one instance or process, or a process that died.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(Path(folder))
    ...     run([Cell(3, 256)], store, instances=2, methods=["plug-in"])
    >>> sorted((key.instance, key.method) for key in store.records)
    [(0, 'oracle'), (0, 'plug-in'), (1, 'oracle'), (1, 'plug-in')]
    """
    _check(block, instances, methods, jobs)
    tasks = _tasks(cells, store, block, instances, dict.fromkeys((*methods, ORACLE)))
    with closing(_results(tasks, jobs)) as results:
        for done, (task, records) in enumerate(results, 1):
            store.add(records)
            report(f"{task.cell} ({done} of {len(tasks)})", done / len(tasks))
    store.gather()


def _check(block: str, instances: int, methods: Sequence[str], jobs: int) -> None:
    if block not in blocks():
        raise DataError(f"block: there is no {block!r} in the seeds; there is {listing(blocks())}")
    unknown = [method for method in methods if method not in METHODS]
    if unknown:
        raise DataError(f"methods: {unknown[0]!r} is none; there is {listing(METHODS)}")
    if instances < 1 or jobs < 1:
        raise DataError(f"instances and jobs must be at least 1, not {instances} and {jobs}")


def _tasks(
    cells: Sequence[Cell], store: Store, block: str, instances: int, methods: dict[str, None]
) -> list[_Task]:
    tasks = []
    # Instance by instance, so that a run that is stopped has some of every cell.
    for instance in range(instances):
        for cell in cells:
            keys = [Key(str(cell), block, instance, m) for m in methods if applies(m, cell)]
            missing = tuple(key.method for key in keys if key not in store.records)
            if missing:
                oracle = store.records.get(Key(str(cell), block, instance, ORACLE))
                tasks.append(_Task(cell, block, instance, missing, oracle))
    return tasks


def _results(
    tasks: Sequence[_Task], jobs: int
) -> Generator[tuple[_Task, list[Record]], None, None]:
    if jobs == 1:
        for task in tasks:
            yield task, _measure(task)
        return
    # Started afresh, so that a process holds nothing but what it measures.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_start_worker) as pool:
        futures: dict[Future[list[Record]], _Task] = {
            pool.submit(_measure, task): task for task in tasks
        }
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool:
            raise DataError(
                "a process of the study died, for want of memory perhaps; what was finished is "
                "kept: try again with fewer jobs"
            ) from None
        except BaseException:
            # Nobody waits for what was being measured.
            for process in multiprocessing.active_children():
                process.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _start_worker() -> None:
    """Interrupts are the parent's business; without it, nobody wants the results."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _measure(task: _Task) -> list[Record]:
    """Records of one instance."""
    sample = draw(task.cell, task.block, task.instance)
    done = {method: _answer(METHODS[method], sample) for method in task.methods}
    if task.oracle is not None:
        shown = tuple(mark == "1" for mark in task.oracle.shown)
        assert task.oracle.score is not None
        oracle_tv = task.oracle.score.tv
    else:
        ideal = done[ORACLE][0]
        assert isinstance(ideal, Mixture)
        oracle_tv = compare(sample.truth, ideal).total_variation
        shown = sample.shown or detectable(sample.net, sample.rows, sample.truth)
    one_pass = measured(lambda: sample.truth.network.log_prob(sample.rows))[1].cpu_seconds
    records = []
    for method, (answer, cost) in done.items():
        refused = isinstance(answer, DomixError)
        records.append(
            Record(
                Key(str(task.cell), task.block, task.instance, method),
                blocks()[task.block],
                "".join("1" if s else "0" for s in shown),
                str(answer) if refused else "",
                replace(cost, passes=cost.cpu_seconds / one_pass if one_pass else None),
                None if isinstance(answer, DomixError) else score(sample, answer, shown, oracle_tv),
            )
        )
    return records


def _answer(
    method: Callable[[Sample], Estimate], sample: Sample
) -> tuple[Estimate | DomixError, Cost]:
    """What a method finds, or the error with which it refuses the instance."""

    def attempt() -> Estimate | DomixError:
        try:
            return method(sample)
        except DomixError as error:
            return error

    return measured(attempt)
