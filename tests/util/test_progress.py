"""Progress: what is drawn of stages, when, and for whom. Time is a variable of the tests."""

from __future__ import annotations

import io
import re
import threading

import pytest
import tqdm

from domix.errors import DomixError
from domix.util import progress
from domix.util.progress import (
    Display,
    clear_progress,
    counting_steps,
    report_progress,
    report_step,
    reporting,
    showing,
)


class Terminal(io.StringIO):
    """A stream that shows lines as a terminal does: a carriage return begins the line again."""

    def isatty(self) -> bool:
        return True

    @property
    def line(self) -> str:
        """What is seen last."""
        return re.sub(r"\x1b\[\w", "", self.getvalue()).split("\r")[-1].strip()

    @property
    def drawn(self) -> list[str]:
        return [text.strip() for text in self.getvalue().split("\r") if text.strip()]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("tqdm.std.time", clock)
    monkeypatch.setattr(progress, "time", clock)
    # Times are drawn when a test says so.
    monkeypatch.setattr(progress, "INTERVAL", threading.TIMEOUT_MAX / 2)
    return clock


@pytest.fixture
def terminal(monkeypatch):
    terminal = Terminal()
    draw_on(terminal, monkeypatch)
    return terminal


def draw_on(terminal, monkeypatch):
    """Let bars be drawn there, as pytest has put its own stream in the place of stderr."""

    class Bar(tqdm.tqdm):  # type: ignore[misc]
        def __init__(self, **options):
            super().__init__(file=terminal, **options)

    monkeypatch.setattr("tqdm.tqdm", Bar)
    monkeypatch.setenv("COLUMNS", "100")


def test_short_work_draws_nothing(clock, terminal):
    with showing(True), reporting() as report:
        for share in (0.0, 0.5, 1.0):
            clock.now += 0.6
            report("lifting", share)
        report("elimination", None)
    assert not terminal.drawn


@pytest.mark.parametrize("done", [0.2, 0.25, 0.5])
def test_what_is_left_follows_from_the_share(clock, terminal, done):
    with reporting(True) as report:
        report("lifting", 0.0)
        clock.now += 60.0
        report("lifting", done)
        left = 60 * (1 - done) / done
        minutes, seconds = divmod(round(left), 60)
        assert terminal.line.startswith(f"lifting: {100 * done:3.0f} %|")
        assert terminal.line.endswith(f"| 01:00, {minutes:02}:{seconds:02} left")
    assert terminal.line == ""  # what is printed next begins an empty line


def test_a_stage_of_unknown_length_says_so(clock, terminal):
    with showing(True), reporting() as report:
        report("look-alikes", None)
        clock.now += 75.0
        progress._DISPLAY.get().tick()
        assert terminal.line == "look-alikes: 01:15, length unknown"


def test_times_are_those_of_the_stage_and_of_all(clock, terminal):
    with reporting(True) as report:
        report("lifting", 0.0)
        clock.now += 30.0
        report("elimination", None)
        clock.now += 10.0
        progress._DISPLAY.get().tick()
        assert terminal.line == "elimination: 00:10, length unknown, 00:40 in all"
        report("lifting", 0.5)
        clock.now += 10.0
        report("lifting", 0.75)
        assert terminal.line.endswith("| 00:10, 00:10 left, 00:50 in all")


def test_a_stage_that_begins_again_has_its_own_times(clock, terminal):
    with reporting(True) as report:
        for _ in range(2):
            for share in (0.0, 0.5):
                report("lifting", share)
                clock.now += 20.0
        progress._DISPLAY.get().tick()
        assert "| 00:40, 00:40 left" in terminal.line


def test_times_go_on_while_nothing_is_reported(monkeypatch):
    drawn = threading.Event()

    class Watched(Terminal):
        def write(self, text: str) -> int:
            if "all rows" in text:
                drawn.set()
            return len(text)

    draw_on(Watched(), monkeypatch)
    monkeypatch.setattr(progress, "DELAY", 0.1)
    monkeypatch.setattr(progress, "INTERVAL", 0.01)
    with reporting(True) as report:
        report("all rows", None)
        assert drawn.wait(10)


def test_nothing_is_drawn_for_those_who_did_not_ask(clock, terminal):
    for asked, own in ((False, None), (False, False), (True, False)):
        with showing(asked), reporting(own) as report:
            report("lifting", 0.0)
            clock.now += 10.0
            report("lifting", 0.5)
            report_progress("reading a.csv", 0.5)
            with reporting() as inner:
                inner("parsing", None)
    assert not terminal.drawn


def test_callees_report_to_the_line_of_the_caller(clock, terminal):
    with showing(True):
        report_progress("reading a.csv", 0.0)  # no block of reporting
        with reporting():
            clock.now += 10.0
            report_progress("reading a.csv", 0.5)
            with reporting() as inner:
                inner("parsing a.csv", None)
                clock.now += 1.0
            report_progress("parsing a.csv", None)
            assert terminal.line.startswith("parsing a.csv: 00:01, length unknown")
        assert terminal.line == ""


def test_steps_count_only_where_they_are_a_stage(clock, terminal):
    with reporting(True):
        clock.now += 10.0
        report_step(1, 4)
        assert not terminal.drawn
        with counting_steps("reading rows"):
            clock.now += 10.0
            report_step(1, 4)
        assert terminal.line.startswith("reading rows:  25 %|")
        assert terminal.line.endswith("| 00:10, 00:30 left")
        report_step(2, 4)
        assert terminal.line.startswith("reading rows:  25 %|")


def test_a_note_is_printed_on_an_empty_line(clock, terminal):
    with reporting(True) as report:
        clock.now += 10.0
        report("lifting", 0.5)
        assert terminal.line
        clear_progress()
        assert terminal.line == ""
    clear_progress()


def test_the_line_is_removed_after_an_error(clock, terminal):
    def fail():
        with reporting(True) as report:
            clock.now += 10.0
            report("lifting", 0.5)
            assert terminal.line
            raise DomixError("no")

    with pytest.raises(DomixError):
        fail()
    assert terminal.line == ""
    assert Display().is_open is False
