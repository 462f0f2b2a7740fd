"""Every kind of figure by its name, and names that matplotlib would read as mathematics."""

from __future__ import annotations

import pytest

from domix import DataError, check_model, example
from domix.plots import FIGURE_SUFFIXES
from domix.plots.kinds import KINDS
from domix.plots.style import name_target
from domix.results.showing.shown import Shown
from plots.samples import many_targets, planted_result


def options_of(kind, result):
    rows = result.mixture.sample(50, rng=0)
    return {"posterior": {"data": rows}, "fit": {"data": rows}}.get(kind, {})


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"check", "graph"}))
def test_names_are_not_mathematics(kind, tmp_path):
    result = many_targets(6, 12, name="$x_{i}$")
    figure = result.plot(kind, **options_of(kind, result))
    for suffix in FIGURE_SUFFIXES:
        figure.savefig(tmp_path / f"figure{suffix}")
    svg = (tmp_path / "figure.svg").read_text("utf-8")
    some = next(iter(result.components[1].intervention))
    assert some in svg


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"check", "graph"}))
def test_names_without_glyphs_give_no_warnings(kind, tmp_path):
    result = many_targets(6, 12, name="\u8840\u5727{i}\u9ad8")
    figure = result.plot(kind, **options_of(kind, result))
    figure.savefig(tmp_path / "figure.png", dpi=50)
    assert figure._repr_png_()


@pytest.mark.parametrize(("kind", "fix"), [("check", "observational"), ("graph", "plot_graph")])
def test_what_a_result_does_not_have_is_refused(kind, fix):
    with pytest.raises(DataError, match=f"kind: .*{fix}"):
        planted_result().plot(kind)


def test_a_check_is_plotted():
    result = planted_result()
    rows = example.network().sample(500, rng=0)
    vars(result)["check"] = check_model(result.network, rows, splits=0)
    assert result.plot("check").axes


def test_an_unknown_kind_lists_those_there_are():
    with pytest.raises(DataError, match="choose from 'targets', 'network'"):
        planted_result().plot("pie")


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("posterior", {}, "data: missing; call plot('posterior', data=...)"),
        ("fit", {"counts": [1]}, "data: missing; call plot('fit', data=...)"),
        ("targets", {"data": []}, "data: the figure 'targets' .* it takes 'truth'"),
        ("lifting", {"truth": None}, "truth: the figure 'lifting' .* it takes no options"),
        ("fit", {"data": [], "dta": []}, "dta: .*'data', .*'observational', .*'missing_values'"),
    ],
)
def test_options_of_another_figure_are_refused(kind, options, message):
    with pytest.raises(DataError, match=message.replace("(", r"\(").replace(")", r"\)")):
        planted_result().plot(kind, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_documented(kind):
    assert f'``"{kind}"``' in Shown.plot.__doc__


def test_targets_are_named_within_their_lines():
    for component in many_targets().components:
        for lines in (1, 2):
            name = name_target(component.intervention, width=48, lines=lines)
            assert name.count("\n") < lines
            assert max(map(len, name.split("\n"))) <= 56
