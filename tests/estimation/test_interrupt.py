"""Ctrl-C: the first ends an estimation with what was found, the second ends it at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from domix import Disentanglement, DomixWarning, cli, disentangle, write_network
from domix.alternatives import shares
from domix.claims import claims
from domix.data.files import write_frame
from domix.em import bootstrap
from domix.estimation.contrast import contrast
from domix.estimation.trials import mixtures
from domix.problems import groups as problem_groups
from domix.selection import forward, local_search
from domix.soft import estimate as soft_estimate
from domix.work.interrupt import stopping_at_once
from long_work import SAMPLE_ROWS, groups, learnt_graph, many_rows, misfit, run, soft
from small_shards import search_on_sample

STAGES = [
    (groups, local_search, "rank_single_changes", "search, round 1", True),
    (groups, problem_groups, "fit", "standard errors", True),
    (groups, bootstrap, "fit", "bootstrap", True),
    (many_rows, local_search, "rank_single_changes", "search, round 1", False),
    (many_rows, problem_groups, "confirm", "standard errors", False),
    (soft, soft_estimate, "search_soft", "soft targets", True),
    (misfit, contrast, "fit_contrast", "contrast with control rows", False),
    (many_rows, shares, "Comparison", "look-alikes", False),
    (many_rows, claims, "fit_neighbours", "look-alikes", False),
    (learnt_graph, mixtures, "improve_support", "search, round ", False),
]
"""Case, a module, a name in it at whose first use Ctrl-C is pressed, the stage, if bootstrapped."""


@pytest.fixture(scope="module", autouse=True)
def small():
    with pytest.MonkeyPatch.context() as patch:
        search_on_sample(patch, SAMPLE_ROWS)
        yield


@pytest.fixture(autouse=True)
def listening():
    """Python's own handler: what a shell starts in the background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def press(monkeypatch):
    """Press Ctrl-C when something is first used; several times, if wanted."""

    def press(module, name, times=1):
        original, pressed = getattr(module, name), []

        def use(*args, **kwargs):
            if not pressed:
                pressed.append(True)
                for _ in range(times):
                    signal.raise_signal(signal.SIGINT)
            return original(*args, **kwargs)

        monkeypatch.setattr(module, name, use)

    return press


def results_of(found):
    return [found] if isinstance(found, Disentanglement) else list(found.values())


def interrupted(case, **options):
    arguments, given = case()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = disentangle(*arguments, **{**given, **options})
    assert "The result is what was found so far" in str(caught[-1].message)
    resumable = "checkpoint" in options
    end = "with the same checkpoint" if resumable else 'next time, checkpoint="FILE" keeps the work'
    assert str(caught[-1].message).endswith(end)
    assert (caught[-1].category, caught[-1].filename) == (DomixWarning, __file__)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return results_of(found)


@pytest.mark.parametrize(("case", "module", "name", "stage", "bootstrapped"), STAGES)
def test_what_was_found_is_the_result(press, case, module, name, stage, bootstrapped):
    press(module, name)
    for result in interrupted(case):
        assert result.interrupted
        assert result.converged is False
        assert stage in result.facts["interrupted"]
        assert f"interrupted: during '{stage}" in result.summary()
        assert "an iteration limit" not in result.summary()
        assert all(c.std_error is not None and c.p_value is not None for c in result.components)
        assert sum(c.weight for c in result.components) == pytest.approx(1.0)
        assert Disentanglement.from_json(result.to_json()).interrupted
        assert result.log_likelihood is not None
        if "bootstrap" in result.facts["interrupted"]:
            assert bootstrapped
            assert "intervals" not in result.facts


def test_the_same_call_completes_the_work(press, monkeypatch, tmp_path):
    path, expected = tmp_path / "run.ckpt", run(many_rows)
    for module, name in [(local_search, "rank_single_changes"), (shares, "Comparison")]:
        press(module, name)
        assert interrupted(many_rows, checkpoint=path)[0].to_json() != expected
        monkeypatch.undo()
    assert run(many_rows, path) == expected
    assert run(many_rows, path) == expected


def test_the_second_ends_it_at_once(press, tmp_path):
    press(local_search, "rank_single_changes", times=2)
    with pytest.raises(KeyboardInterrupt):
        run(many_rows, tmp_path / "run.ckpt")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert run(many_rows, tmp_path / "run.ckpt") == run(many_rows)


def test_nothing_was_found_before_the_first_test(press):
    press(forward, "fit_lift")
    with pytest.raises(KeyboardInterrupt):
        run(many_rows)


def test_where_partial_answers_are_of_no_use(press):
    press(local_search, "rank_single_changes")
    with stopping_at_once(), pytest.raises(KeyboardInterrupt):
        run(many_rows)


def test_other_threads_and_handlers_are_left_alone(monkeypatch):
    seen = []
    original = vars(local_search)["rank_single_changes"]

    def look(*args, **kwargs):
        seen.append((threading.current_thread(), signal.getsignal(signal.SIGINT)))
        return original(*args, **kwargs)

    monkeypatch.setattr(local_search, "rank_single_changes", look)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(run, soft).result()
    assert {handler for _, handler in seen} == {signal.default_int_handler}
    own = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run(soft)
    finally:
        signal.signal(signal.SIGINT, own)
    assert seen[-1] == (threading.main_thread(), signal.SIG_IGN)


PROGRAM = """
import os, signal, sys
from pytest import MonkeyPatch
from domix import cli
from domix.selection import local_search
from long_work import SAMPLE_ROWS
from small_shards import search_on_sample
search_on_sample(MonkeyPatch(), SAMPLE_ROWS)
original = local_search.begin
def begin(*args):
    os.kill(os.getpid(), signal.SIGINT)
    local_search.begin = original
    return original(*args)
local_search.begin = begin
sys.exit(cli.main(sys.argv[1:]))
"""


def test_the_program_writes_its_files_and_exits_with_130(tmp_path, capsys):
    (net, rows), _ = many_rows()
    write_network(net, tmp_path / "net.json")
    write_frame(net.decode(rows[:3000]), tmp_path / "rows.csv")
    out, path = tmp_path / "out.json", tmp_path / "run.ckpt"
    words = ["disentangle", tmp_path / "net.json", tmp_path / "rows.csv", "--out", out]
    words = [str(word) for word in [*words, "--checkpoint", path]]
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.returncode == 130
    assert "interrupted: during 'search, round 1'" in process.stdout
    assert "domix: note: interrupted during 'search, round 1'" in process.stderr
    assert process.stderr.splitlines()[-1] == "domix: interrupted"
    assert "interrupted" in json.loads(out.read_text())["facts"]
    assert cli.main(words) == 0
    assert "interrupted" not in json.loads(out.read_text())["facts"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "net.json",
        "out.json",
        "rows.csv",
        "run.ckpt",
    ]
    assert cli.main([*words, "--alpha", "0.01"]) == 2
    assert "run.ckpt: --checkpoint: belongs to other rows" in capsys.readouterr().err
