"""Independent tasks, each with its result as it ends: here, in processes, or on a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, Executor, as_completed
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TypeVar

from domix._version import __version__
from domix.engine.cluster import connect
from domix.errors import DataError
from domix.util.checks import name_argument

KEPT = "finished instances are kept: run the study again"

T = TypeVar("T")
R = TypeVar("R")


def run_tasks(
    step: Callable[[T], R], tasks: Sequence[T], jobs: int = 1, scheduler: str | None = None
) -> Generator[tuple[T, R], None, None]:
    """Call a step for each task; yield the task and the result, in the order in which they end.

    Parameters
    ----------
    step : callable
        A function of a module, without side effects.
    tasks : sequence
    jobs : int
        Processes of this machine; with 1, all is done in this one, and in order.
    scheduler : str, optional
        The address of a Dask scheduler, whose workers do all then.

    Raises
    ------
    DataError
        No scheduler answers, its workers have several threads or another version of domix, or a
        process or worker died.
    MissingExtraError
        Dask is not installed.

    Examples
    --------
    >>> list(run_tasks(abs, [-2, 3]))
    [(-2, 2), (3, 3)]
    """
    if jobs == 1 and scheduler is None:
        for task in tasks:
            yield task, step(task)
        return
    if scheduler is None:
        opening, work = _open_processes(jobs), step
    else:
        opening, work = _open_cluster(scheduler), partial(_call_same_version, __version__, step)
    with opening as pool:
        futures = {pool.submit(work, task): task for task in tasks}
        for future in as_completed(futures):
            yield futures[future], future.result()


@contextmanager
def _open_processes(jobs: int) -> Iterator[Executor]:
    # Spawned, not forked, so that the peak memory of a process is that of its own work.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_start_process) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise DataError(
                f"jobs: a process of the study died, perhaps because memory ran out; {KEPT} with "
                "fewer jobs"
            ) from None
        except BaseException:
            # Stop the tasks in progress: their results would be lost.
            for process in multiprocessing.active_children():
                process.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _start_process() -> None:
    """Leave interrupts to the parent process, and end when it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _open_cluster(address: str) -> Iterator[Executor]:
    with ExitStack() as stack:
        with name_argument("scheduler"):
            client = stack.enter_context(connect(address))
        from distributed import KilledWorker

        if any(threads > 1 for threads in client.nthreads().values()):
            raise DataError(
                "its workers have several threads, so that the cost of a task cannot be measured; "
                "start them with --nthreads 1",
                argument="scheduler",
            )
        pool = client.get_executor(pure=False)
        try:
            yield pool
        except KilledWorker:
            raise DataError(
                f"a task ended several workers, perhaps because memory ran out; {KEPT} on workers "
                "with more memory",
                argument="scheduler",
            ) from None
        except CancelledError:
            raise DataError(f"the scheduler was lost; {KEPT}", argument="scheduler") from None
        finally:
            pool.shutdown(wait=False)


def _call_same_version(version: str, step: Callable[[T], R], task: T) -> R:
    """Call a step on a worker, unless it has another version of domix."""
    if version != __version__:
        raise DataError(
            f"a worker has domix {__version__}, but this process has {version}; install the same",
            argument="scheduler",
        )
    return step(task)
