"""Whether a model fits its control rows, before targets found under it are believed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from domix.data.frame import RowsLike, encode
from domix.data.marks import MissingValues
from domix.data.missing import Extra, Missing, RowOptions
from domix.data.rows import distinct
from domix.errors import DataError, DomixWarning
from domix.estimation.disentangle import disentangle
from domix.model.bare_graph import network_of_graph
from domix.model.graphs import GraphLike, read_graph
from domix.model.network import Network
from domix.problems.inputs import PSEUDOCOUNT
from domix.results.checks.check import ModelCheck
from domix.results.checks.independences import run_independence_tests
from domix.results.checks.negative_control import FalseTarget, NegativeControl
from domix.util.arrays import Codes
from domix.util.checks import Rng, generator, probability, whole_number
from domix.util.progress import reporting
from domix.work.interrupt import stopping_at_once


def check_model(
    net: Network | GraphLike,
    control: RowsLike,
    rows: RowsLike | None = None,
    *,
    alpha: float = 0.05,
    splits: int = 4,
    rng: Rng = None,
    missing: Missing = "error",
    extra: Extra = "error",
    missing_values: MissingValues = None,
) -> ModelCheck:
    r"""Check whether a model fits control rows, before targets found under it are believed.

    Two things are checked. The *independences* of the graph: each variable is tested against each
    other one that does not descend from it, given its parents. *Negative controls*: tables are
    learnt from one part of the control rows, and the other part is disentangled as if it were a
    mixture; where the model is right, do() alone is found.

    Parameters
    ----------
    net : Network or graph
        Its graph is checked. Tables and counts are not read: tables are learnt from control rows. A
        graph without tables, with edges from cause to effect, is in any form that
        :func:`read_graph` takes; the rows are data frames then, which say the states.
    control : data frame or array_like of int, shape (controls, variables)
        Rows without interventions, in the form that :func:`disentangle` takes.
    rows : data frame or array_like of int, shape (rows, variables), optional
        Rows of the mixture that is to be disentangled. Negative controls have as many rows, as far
        as half of the control rows allow; without them, half of the control rows. The drift between
        the tables of the two is estimated by disentangling them under the graph as it is.
    alpha : float, default 0.05
        Family-wise error of the tests of independences, and of each negative control.
    splits : int, default 4
        Random splits of the control rows, each used for two negative controls. 0 leaves them out:
        they take nearly all of the time.
    rng : int or numpy.random.Generator, optional
        Draws the splits. None is seed 0.
    missing, extra : str
        As in :func:`disentangle`.
    missing_values : iterable of label, optional
        As in :func:`disentangle`.

    Returns
    -------
    ModelCheck
        The tests, the false targets of the negative controls and their mean number, and a verdict.

    Raises
    ------
    DataError
        Rows do not fit the network, or there are none; fewer than two control rows are split;
        ``alpha`` or ``splits`` is out of range.
    NetworkError
        The first argument is neither a network nor a graph.

    See Also
    --------
    disentangle : Its results have the independences under their final graph, as ``check``.

    Notes
    -----
    See docs/how-to/check.md for what such a check cannot see: measurement error, and interventions
    that set their variables only sometimes.

    Examples
    --------
    >>> from domix import Network
    >>> parents, states = {"A": [], "B": ["A"], "C": ["B"]}, dict.fromkeys("ABC", ["low", "high"])
    >>> table = [[0.8, 0.2], [0.3, 0.7]]
    >>> net = Network(parents, states, {"A": [0.5, 0.5], "B": table, "C": table})
    >>> control = net.sample(2000, rng=1)
    >>> check = check_model(net, control)
    >>> check.fits, check.expected_false_targets
    (True, 0.0)
    >>> wrong = Network(parents | {"C": []}, states, {"A": [0.5] * 2, "B": table, "C": [0.5] * 2})
    >>> [(test.variable, test.other) for test in check_model(wrong, control).rejected]
    [('C', 'B'), ('B', 'C'), ('A', 'C')]
    """
    if not isinstance(net, Network):
        frames = {"control": control} if rows is None else {"control": control, "rows": rows}
        net = network_of_graph(read_graph(net), frames, missing_values, control="control")
    alpha, splits = probability(alpha, "alpha"), whole_number(splits, "splits")
    form = RowOptions(missing=missing, extra=extra, missing_values=missing_values)
    codes = _read_rows(net, control, "control", form)
    mixed = None if rows is None else _read_rows(net, rows, "rows", form)
    number = None if mixed is None else len(mixed)
    if splits and len(codes) < 2:
        raise DataError("one row cannot be split; give more, or no splits", argument="control")
    draws = generator(0 if rng is None else rng)
    size = min(len(codes) // 2, len(codes) if number is None else number)
    with reporting() as report:
        report("independences", None)
        independences = run_independence_tests(net, distinct(codes, net.space.cards), alpha)
        runs: list[NegativeControl] = []
        for split in range(splits):
            report("negative controls", split / splits)
            shuffled = codes[draws.permutation(len(codes))]
            runs += _run_split(net, shuffled, split, size, alpha)
        report("drift", None)
        return ModelCheck(
            alpha=alpha,
            controls=len(codes),
            rows=number,
            graph="given",
            independences=independences,
            negative_controls=tuple(runs),
            drift=None if mixed is None else _estimate_drift(net, codes, mixed, alpha),
        )


@stopping_at_once()
def _estimate_drift(net: Network, control: Codes, mixed: Codes, alpha: float) -> float | None:
    """Disentangle the rows under the graph as it is, and return the drift of their tables."""
    with warnings.catch_warnings():
        # What control rows say of the model is in the check.
        warnings.simplefilter("ignore", DomixWarning)
        result = disentangle(
            net.without_tables(), mixed, control, alpha=alpha, graph="given", contrast=True
        )
    return None if result.contrast is None else result.contrast.drift


def _read_rows(net: Network, data: RowsLike, argument: str, form: RowOptions) -> Codes:
    encoded = encode(net.space, data, argument=argument, stacklevel=4, **form)
    encoded.require_rows(argument)
    return encoded.codes


def _run_split(
    net: Network, codes: Codes, split: int, size: int, alpha: float
) -> Iterator[NegativeControl]:
    """Disentangle the first ``size`` rows, then the last, with tables from the others."""
    for part in (slice(None, size), slice(len(codes) - size, None)):
        others = np.delete(codes, part, axis=0)
        # Known by counts, so that no row of the controls asks for another graph.
        learnt = Network.fit(
            net.parents,
            others,
            net.states,
            PSEUDOCOUNT if net.pseudocount is None else net.pseudocount,
        )
        with warnings.catch_warnings():
            # An iteration limit matters where the result is used; here the targets are counted.
            warnings.simplefilter("ignore", DomixWarning)
            with stopping_at_once():
                result = disentangle(learnt, codes[part], alpha=alpha, rng=split)
        targets = tuple(
            FalseTarget(c.intervention, float(c.weight), c.p_value)
            for c in result.components
            if c.intervention and c.p_value is not None
        )
        yield NegativeControl(split, size, len(others), targets)
