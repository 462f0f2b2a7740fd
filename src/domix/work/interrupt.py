"""Ctrl-C: the first asks long work to end with what it has found, the second ends it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType

from domix.util.progress import Report

_AT_ONCE: ContextVar[bool] = ContextVar("at_once", default=False)


class Interrupt:
    """Whether the work was interrupted, and where.

    Attributes
    ----------
    asked : bool
        Whether the work is to end.
    stage : str
        The stage during which that was asked.
    left_out : list of str
        Stages that were given up for it.
    """

    def __init__(self) -> None:
        self.asked, self.stage = False, ""
        self.left_out: list[str] = []
        self._can_end = False

    def is_asked(self) -> bool:
        """Whether the work is to end.

        This is asked only where something was found to end with. Until then, the first Ctrl-C
        raises ``KeyboardInterrupt``.
        """
        self._can_end = True
        return self.asked

    def follow(self, report: Report) -> Report:
        """Take note of the stages that are reported."""

        def note(stage: str, share: float | None) -> None:
            if self.asked:
                report(f"interrupted, ending: {stage}", share)
                return
            self.stage = stage
            report(stage, share)

        return note

    @contextmanager
    def listen(self) -> Iterator[None]:
        """Listen to Ctrl-C in the main thread, where Python's own handler does.

        A program with another handler, or one that ignores the signal, keeps that.
        """
        own = signal.default_int_handler
        if (
            _AT_ONCE.get()
            or threading.current_thread() is not threading.main_thread()
            or signal.getsignal(signal.SIGINT) is not own
        ):
            yield
            return
        signal.signal(signal.SIGINT, self._handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, own)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked or not self._can_end:
            signal.default_int_handler(number, frame)
        self.asked = True


@contextmanager
def stopping_at_once() -> Iterator[None]:
    """Let the first Ctrl-C raise ``KeyboardInterrupt``: a partial answer is of no use here."""
    token = _AT_ONCE.set(True)
    try:
        yield
    finally:
        _AT_ONCE.reset(token)
