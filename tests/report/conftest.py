"""Results for reports: of one mixture with odd names, and of groups."""

from __future__ import annotations

import polars
import pytest

from domix import Mixture, Network, disentangle, do, example

ODD = {
    "Tarn": "<script>alert('Tarn')</script>",
    "Quen": "disk_io|wait",
    "Sivo": "a-name-without-any-blank-that-is-longer-than-a-column-of-a-page-can-be-wide",
}
"""Names that a page or a table could take for something else."""


@pytest.fixture(scope="session")
def odd_network():
    """The network of the example, with some odd names."""
    net = example.network()
    name = {own: ODD.get(own, own) for own in net.variables}
    return Network(
        {name[own]: [name[p] for p in parents] for own, parents in net.parents.items()},
        {name[own]: states for own, states in net.states.items()},
        {name[own]: net.cpt(own) for own in net.variables},
    )


@pytest.fixture(scope="session")
def odd_run(odd_network):
    """A result with control rows, and the arguments of its report."""
    targets = {
        do(): 0.4,
        do({ODD["Tarn"]: "low"}): 0.3,
        do({ODD["Tarn"]: "low", ODD["Sivo"]: "high"}): 0.2,
        do({ODD["Quen"]: "low"}): 0.1,
    }
    rows = Mixture(odd_network, targets).sample(2000, rng=0, as_frame=True)
    controls = odd_network.sample(2000, rng=1, as_frame=True)
    result = disentangle(odd_network.parents, rows, observational=controls, graph="given")
    return result, {"data": rows, "observational": controls}


@pytest.fixture(scope="session")
def group_run():
    """Results of eight groups, one of them without any target."""
    net = example.network()
    targets = [do(), do(Tarn="low"), do(Quen="low"), do(Yarl="high")]
    frames, groups = [], []
    for number in range(8):
        target = targets[number % 4]
        mix = Mixture(net, {do(): 0.5, target: 0.5} if target else {do(): 1.0})
        frames.append(mix.sample(300, rng=number, as_frame=True))
        groups += [f"guide {number}"] * 300
    rows = polars.concat(frames)
    return disentangle(net, rows, groups=groups), {"data": rows, "groups": groups}


@pytest.fixture
def read(tmp_path):
    """Write a report as Markdown and return its text without escapes."""

    def read(result, **options):
        result.report(tmp_path / "report.md", **options)
        return (tmp_path / "report.md").read_text("utf-8").replace("\\", "")

    return read
