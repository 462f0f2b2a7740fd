"""What a call takes, and that one call's peak is not the next one's."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from domix.study.scoring.cost import measured


def test_seconds_on_the_wall_and_of_the_processor():
    _, cost = measured(lambda: time.sleep(0.2))
    assert cost.seconds >= 0.2
    assert cost.cpu_seconds < 0.1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a peak cannot be reset")
def test_memory_is_the_peak_of_the_call_alone():
    before = measured(lambda: None)[1].memory_mb
    large = measured(lambda: np.ones(30_000_000).sum())[1].memory_mb
    after = measured(lambda: None)[1].memory_mb
    assert large - before == pytest.approx(240, abs=40)
    assert after - before < 40


def test_an_error_is_the_callers():
    with pytest.raises(ZeroDivisionError):
        measured(lambda: 1 // 0)
