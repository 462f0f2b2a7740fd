"""Progress of long work, drawn as one line on stderr, or nowhere.

Whoever starts the work says whether its progress is shown, and what is called reports the stage
and how much of it is done. The line belongs to the process, not to any value that is computed, so
it is a context variable: no result depends on it, and other threads have none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import time
from typing import Any

from domix.errors import MissingExtraError

Report = Callable[[str, float | None], None]
"""Called with the stage and the share of it that is done; None where that is not known."""

DELAY = 2.0
"""Seconds of work without a line: most work ends before."""

INTERVAL = 0.5
"""Seconds after which the times are drawn again, as a stage may report once in minutes."""

KNOWN = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}, {remaining} left{postfix}"
UNKNOWN = "{desc}: {elapsed}, length unknown{postfix}"
"""Lines of stages; their times are those of the stage."""


class Display:
    """The line of a piece of work.

    What is left is estimated for the present stage alone, from its mean rate: stages differ too
    much for an estimate of all.

    Raises
    ------
    MissingExtraError
        tqdm is not installed.
    """

    def __init__(self) -> None:
        try:
            from tqdm import tqdm
        except ImportError:
            raise MissingExtraError("a progress bar", "tqdm", "app") from None
        self._tqdm: Any = tqdm
        self._began = time()
        self._stages = 0
        self._stage = ""
        self._bar: Any = None
        self._lock = threading.RLock()
        self.is_open = False
        self.step: str | None = None

    def report(self, stage: str, share: float | None) -> None:
        """Go to a stage, or on in it. A share that is smaller than before begins it once more."""
        with self._lock:
            bar = self._bar
            if (
                bar is None
                or stage != self._stage
                or (share is None) != (bar.total is None)
                or (share is not None and share < bar.n)
            ):
                self._start(stage, share)
            else:
                self._draw(0.0 if share is None else share - bar.n)

    def tick(self) -> None:
        """Draw the times that it is now."""
        with self._lock:
            if self._bar is not None:
                self._draw(0.0)

    def clear(self) -> None:
        """Remove the line until it is drawn again, so that something can be printed."""
        with self._lock:
            if self._bar is not None:
                self._bar.clear()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Draw the line during a block, if the work takes longer, and remove it in the end."""
        if self.is_open:
            yield
            return
        ended = threading.Event()

        def tick() -> None:
            while not ended.wait(INTERVAL):
                self.tick()

        thread = threading.Thread(target=tick, daemon=True)
        thread.start()
        self.is_open = True
        try:
            yield
        finally:
            self.is_open = False
            ended.set()
            thread.join()
            self._end()

    def _start(self, stage: str, share: float | None) -> None:
        self._end()
        self._stage, self._stages = stage, self._stages + 1
        self._bar = self._tqdm(
            desc=stage,
            total=None if share is None else 1.0,
            initial=share or 0.0,
            bar_format=UNKNOWN if share is None else KNOWN,
            delay=max(self._began + DELAY - time(), 0.0),
            leave=False,
            dynamic_ncols=True,
            miniters=0,
            smoothing=0,
        )

    def _draw(self, more: float) -> None:
        if self._stages > 1:
            self._bar.postfix = f"{self._tqdm.format_interval(time() - self._began)} in all"
        self._bar.update(more)

    def _end(self) -> None:
        with self._lock:
            if self._bar is not None:
                self._bar.close()
                self._bar = None


_DISPLAY: ContextVar[Display | None] = ContextVar("display", default=None)


@contextmanager
def showing(progress: bool) -> Iterator[None]:
    """Show the progress of what is done in a block, or nothing.

    A line is drawn only inside of :func:`reporting`, so that others can print outside of it.
    """
    token = _DISPLAY.set(Display() if progress else None)
    try:
        yield
    finally:
        _DISPLAY.reset(token)


@contextmanager
def reporting(progress: bool | None = None) -> Iterator[Report]:
    """Yield a function to report to, which draws on stderr or does nothing.

    Parameters
    ----------
    progress : bool, optional
        Whether it draws; None draws if the caller does (see :func:`showing`). False silences what
        is called, as is right where it is a part of a stage that is reported itself.

    Raises
    ------
    MissingExtraError
        tqdm is not installed.
    """
    display = _DISPLAY.get()
    if progress is not None:
        display = (display or Display()) if progress else None
    token = _DISPLAY.set(display)
    try:
        if display is None:
            yield lambda *_: None
        else:
            with display.open():
                yield display.report
    finally:
        _DISPLAY.reset(token)


def report_progress(stage: str, share: float | None) -> None:
    """Report to the block of :func:`reporting` that this is called in, if any."""
    display = _DISPLAY.get()
    if display is not None and display.is_open:
        display.report(stage, share)


@contextmanager
def counting_steps(stage: str) -> Iterator[None]:
    """Report the steps over parts of a block as this stage; see :func:`report_step`."""
    display = _DISPLAY.get()
    if display is None:
        yield
        return
    display.step = stage
    report_progress(stage, 0.0)
    try:
        yield
    finally:
        display.step = None


def report_step(done: int, of: int) -> None:
    """Report how many steps of the same kind are done, where they are a stage of their own."""
    display = _DISPLAY.get()
    if display is not None and display.step is not None:
        report_progress(display.step, done / of)


def clear_progress() -> None:
    """Remove the line until it is drawn again, so that something can be printed."""
    display = _DISPLAY.get()
    if display is not None:
        display.clear()
