"""The cost of a call, and that peak memory is that of the call alone."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from domix.study.scoring.cost import measure_cost


def test_elapsed_and_processor_seconds():
    _, cost = measure_cost(lambda: time.sleep(0.2))
    assert cost.seconds >= 0.2
    assert cost.cpu_seconds < 0.1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a peak cannot be reset")
def test_memory_is_the_peak_of_the_call_alone():
    before = measure_cost(lambda: None)[1].memory_mb
    large = measure_cost(lambda: np.ones(30_000_000).sum())[1].memory_mb
    after = measure_cost(lambda: None)[1].memory_mb
    assert large - before == pytest.approx(240, abs=40)
    assert after - before < 40


def test_errors_are_passed_on():
    with pytest.raises(ZeroDivisionError):
        measure_cost(lambda: 1 // 0)
