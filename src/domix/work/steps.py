"""Steps of long work: recorded where a call keeps a journal, and asked whether to go on.

The work belongs to a call, not to any value that is computed. So it is a context variable: no
result depends on it, and other threads have none or their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from domix.work.interrupt import Interrupt
from domix.work.journal import Journal

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class _Work:
    """What a call keeps of its long work.

    Attributes
    ----------
    journal : Journal or None
    interrupt : Interrupt
    optional : bool
        Whether the present stage can be given up.
    """

    journal: Journal | None
    interrupt: Interrupt
    optional: bool = False


class _GivenUpError(Exception):
    """An optional stage ends because the work was interrupted."""


_WORK: ContextVar[_Work | None] = ContextVar("work", default=None)


@contextmanager
def working(journal: Journal | None, interrupt: Interrupt) -> Iterator[None]:
    """Record the steps of a block in a journal, and let an interrupt end it."""
    token = _WORK.set(_Work(journal, interrupt))
    try:
        with interrupt.listen():
            yield
    finally:
        _WORK.reset(token)
        if journal is not None:
            journal.close()


def recorded(*types: type) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Record the results of a step in the journal of the call, if it keeps one.

    A step is a function that would return the same if it were called again. What it changes of its
    arguments is recorded too (see :class:`~domix.work.journal.Stateful`). It warns of nothing.

    Parameters
    ----------
    *types : type
        The enumerations, named tuples and dataclasses that occur in its result, or as entries of a
        dict that it changes.
    """

    def decorate(step: Callable[P, T]) -> Callable[P, T]:
        @wraps(step)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            work = _WORK.get()
            if work is None:
                return step(*args, **kwargs)
            interrupt, journal = work.interrupt, work.journal
            if interrupt.asked and work.optional:
                raise _GivenUpError
            if interrupt.asked or journal is None:
                return step(*args, **kwargs)
            return journal.take(
                step.__qualname__,
                partial(step, *args, **kwargs),
                (*args, *kwargs.values()),
                types,
                lambda: not interrupt.asked,
            )

        return run

    return decorate


def stopping() -> bool:
    """Whether to end with what was found; asked only where something was.

    In an optional stage it returns only if not: see :func:`attempt`.
    """
    work = _WORK.get()
    if work is None:
        return False
    asked = work.interrupt.is_asked()
    if asked and work.optional:
        raise _GivenUpError
    return asked


def attempt(name: str, compute: Callable[[], T], otherwise: T) -> T:
    """Return what an optional stage computes, or something else if the work is interrupted."""
    work = _WORK.get()
    if work is None:
        return compute()
    before, work.optional = work.optional, True
    try:
        stopping()
        return compute()
    except _GivenUpError:
        if before:
            raise
        work.interrupt.left_out.append(name)
        return otherwise
    finally:
        work.optional = before
