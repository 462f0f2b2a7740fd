"""The default estimator: from data rows to interventions by likelihood lifting."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable
from typing import Unpack, overload

import numpy.typing as npt

from domix.core.space import Label
from domix.estimation.contrast.contrast import Contrast, compare_with_controls
from domix.estimation.contrast.soft import agree_with_controls
from domix.estimation.graphs import estimate
from domix.estimation.incomplete.rounds import IncompleteEstimation
from domix.estimation.long_work import mark_interrupted, open_journal
from domix.estimation.outputs import report_estimates
from domix.estimation.soft.soften import Softened, soften_mixtures
from domix.model.graphs import GraphLike
from domix.model.network import Network
from domix.problems.groups import Estimate
from domix.problems.inputs import Inputs, Options, check_names, read_inputs
from domix.results.groups import GroupResults
from domix.results.result import Disentanglement
from domix.streams.stream import AnyRows
from domix.util.checks import Rng
from domix.util.progress import Report, reporting
from domix.work.interrupt import Interrupt
from domix.work.steps import attempt, working


@overload
def disentangle(
    net: Network | GraphLike,
    data: AnyRows,
    observational: AnyRows | None = None,
    counts: npt.ArrayLike | None = None,
    alpha: float = 0.05,
    rng: Rng = None,
    progress: bool = False,
    *,
    groups: None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    **options: Unpack[Options],
) -> Disentanglement: ...


@overload
def disentangle(
    net: Network | GraphLike,
    data: AnyRows,
    observational: AnyRows | None = None,
    counts: npt.ArrayLike | None = None,
    alpha: float = 0.05,
    rng: Rng = None,
    progress: bool = False,
    *,
    groups: Iterable[Label],
    checkpoint: str | os.PathLike[str] | None = None,
    **options: Unpack[Options],
) -> GroupResults: ...


def disentangle(
    net: Network | GraphLike,
    data: AnyRows,
    observational: AnyRows | None = None,
    counts: npt.ArrayLike | None = None,
    alpha: float = 0.05,
    rng: Rng = None,
    progress: bool = False,
    *,
    groups: Iterable[Label] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    **options: Unpack[Options],
) -> Disentanglement | GroupResults:
    r"""Recover the interventions behind data rows of a mixture.

    The rows are drawn from :math:`P_{mix}(v) = \sum_t \pi_t P(v \mid do(t))`, with targets t and
    weights :math:`\pi_t` unknown. Prefixes of targets are lifted along ``net.order`` on the
    likelihood of all rows and tested; then the support is improved by moves until none raises the
    penalized log-likelihood.

    Parameters
    ----------
    net : Network, graph, or list of str
        The causal network. With ``observational``, its graph will do, in any form that
        :func:`read_graph` takes: a mapping from each variable to its parents, a
        ``networkx.DiGraph``, edges from cause to effect, or a file of them; and where
        ``graph="learn"`` the names of the variables. ``data`` and ``observational`` are data frames
        then, which say the states. The tables of a network are known, and stay as they are, unless
        it has counts or ``observational`` is given; then they are learnt, and refitted with every
        support.
    data : data frame or array_like of int, shape (rows, variables)
        Rows of the mixture: a data frame of labels (pandas, polars, pyarrow, anything narwhals
        reads), or codes in the order of ``net.variables``. Rows that are larger than memory are
        read in batches: name their file, a pattern such as ``"rows/*.parquet"`` or a list of
        files, or give a lazy frame of polars or a frame of Dask; see docs/how-to/large.md.
    observational : data frame or array_like of int, shape (controls, variables), optional
        Rows without interventions, in the same form. They replace the tables of a network without
        counts, and of one that was fitted to them; they add to other counts. With the rows
        themselves, and no other counts, the graph is repaired and the mixture compared with them.
    counts : array_like of float, shape (rows,), optional
        How often each row of ``data`` occurred; once by default.
    alpha : float, default 0.05
        Family-wise error: the chance of reporting any target where none is needed. That a target
        is needed does not show that it is this one rather than a look-alike.
    rng : int or numpy.random.Generator, optional
        Draws the topological orders that are tried besides ``net.order``, samples of rows, and the
        bootstrap. None is seed 0.
    progress : bool, default False
        Show stages, times and what is left on stderr, where the work takes longer than two seconds
        (needs the extra ``app``).
    groups : iterable of label, length rows, optional
        The group of each row, such as its guide, time window or campaign. Every group is a mixture
        with targets and weights (and excluded values) of its own; the tables are shared, and learnt
        from all rows. Background knowledge holds in every group, unless ``include`` or
        ``suspected`` maps groups to interventions. ``alpha`` is for all groups together.
    checkpoint : path, optional
        A file that keeps the work done so far. Called again with the same arguments after the
        process was killed, the estimation goes on from there, to the result that it would have had.
        The file stays; delete it when it is no longer needed. See docs/how-to/checkpoints.md.
    bootstrap : int, default 0
        Replicates of the bootstrap: refits of the weights, for the targets found, to resampled rows
        (and control counts, where tables are learnt). 200 is a usual number. 0 takes standard
        errors and intervals from the observed information.
    include : iterable of intervention, default ()
        Known interventions, reported with ``known=True`` whatever their p-values. An intervention
        is a ``do(...)``, a mapping, or a text such as ``"PKC=high,Raf=low"``.
    suspected : iterable of intervention, default ()
        Interventions to try before others. They are reported only if they pass the test, whose
        critical value is lower for them: they compete with one another, not with all targets, and
        have an ``alpha`` of their own: the chance of reporting any false one of them.
    never_intervened : iterable of str, default ()
        Variables that no target sets.
    max_target_size : int, optional
        Largest number of variables that a target sets.
    excluded_values : mapping of str to label or iterable of label, optional
        Variable to the state, or states, that no target uses.
    labels : iterable of intervention or None, length rows, optional
        The intervention behind each row, where it is known; None elsewhere. The intervention is
        included; a labelled row counts for its weight, and for the tables of the variables that it
        leaves alone. So labelled rows must belong to the mixture: rows that were set apart, such as
        controls, go to ``observational``.

    graph : {"given", "repair", "learn"}, optional
        What may be changed of the graph, by the rows of ``observational`` and the targets together.
        ``"given"``: nothing. ``"repair"``: edges are added and deleted where control rows ask for
        it, and reversed where that explains the rows by fewer targets; every change is listed in
        ``result.graph`` and in one warning. ``"learn"``: the graph of ``net`` is no more than a
        start, such as a graph without edges. By default ``"repair"`` where ``observational`` is
        given and the network has no counts, else ``"given"``. See docs/how-to/graphs.md.
    required_edges, forbidden_edges : iterable of tuple of str, default ()
        Edges (cause, effect) that the graph has, and that it lacks, where it may be changed.
    tiers : iterable of iterable of str, optional
        The variables in tiers, the earliest first: no edge leads from a later tier to an earlier
        one.
    contrast : bool or "auto", default "auto"
        Whether to compare the mixture with the control rows: a target is reported only if the
        mixture has more of it than the control rows, with tables that may differ between the two,
        explain. ``"auto"`` does so where ``observational`` is given, with at least 200 rows, to a
        network without counts. See docs/explanation/contrast.md.
    soft : bool or "auto", default "auto"
        Whether components may draw values instead of setting them, as incomplete edits do, or have
        them misread. ``"auto"``: only if that beats the best hard answer by a margin (5 nats, and
        more with few control rows); else the hard answer stays as it is. True: wherever it beats
        it. False: never.
        ``result.soft`` says which shape was found. See docs/explanation/method.md.
    missing : {"error", "drop", "marginalize"}, default "error"
        Of ``data`` and ``observational``: ``"drop"`` leaves out the rows with a missing value; a
        warning gives their number. Counts, labels and groups are given for all rows.
        ``"marginalize"`` sums the missing entries out of the likelihood, which takes them to be
        missing at random; see docs/how-to/missing.md.
    extra : {"error", "ignore"}, default "error"
        ``"ignore"`` passes over columns that are not variables.
    missing_values : iterable of label, optional
        Marks of missing values besides the usual ones, as in :meth:`Network.encode`.
    client : distributed.Client, optional
        A client of a Dask cluster (needs the extra ``cluster``), on whose workers everything is
        computed that reads all rows, if there are many. By default that runs on the threads of this
        process. The result is the same, also where workers are lost. See docs/how-to/cluster.md.
    memory_limit : int or str, optional
        Memory that this process should use at most, in bytes or as a text such as ``"4GB"``: many
        rows go to temporary files where they need more than half of what is left of it. By default
        they stay in memory. Workers of a cluster have limits of their own.

    Returns
    -------
    Disentanglement or GroupResults
        Components with weights, standard errors, intervals, adjusted p-values, and what each could
        be instead (``alternatives``, ``exact``); the network with
        its re-estimated tables; the log-likelihood, in which a labelled row counts with its target;
        the gain of the best move that was not made. With ``groups``, a dictionary from each group
        to its result, in the order in which the groups first occur.

    Raises
    ------
    DataError
        Rows do not fit the network, or there are none; counts, ``alpha`` or ``bootstrap`` are out
        of range; labels or groups are not one for each row; a row is impossible under its label.
    NetworkError
        ``required_edges``, ``forbidden_edges`` or ``tiers`` name something that the network lacks,
        or contradict one another.
    InterventionError
        Background knowledge names something that the network lacks, or contradicts itself.
    FormatError
        ``checkpoint`` cannot be written, is in use, or belongs to other inputs or another version.
    KeyboardInterrupt
        Ctrl-C before any target was found, or for the second time.
    ExclusionError
        An included or suspected intervention uses an excluded value, or the included ones leave a
        variable without a value that no target uses.

    Warns
    -----
    DomixWarning
        An iteration limit or Ctrl-C ended the estimation before it converged; the graph was
        repaired; control rows demand edges that a given graph lacks, reject the graph of the result
        (``result.check``) or contradict the model (``result.contrast``).

    See Also
    --------
    check_model : Whether a model fits its control rows.
    disentangle_population : From a distribution instead of rows.
    disentangle_plugin : Algorithm 2 of the paper, for comparison.

    Notes
    -----
    The likelihood in place of single probabilities, refitted tables and the test are domix's own;
    see docs/explanation/method.md.

    In the main thread, the first Ctrl-C lets the present step end. What was found is the result
    then, with ``result.interrupted`` and without ``result.converged``.

    References
    ----------
    A. Kumar and G. Sinha, "Disentangling mixtures of unknown causal interventions", UAI 2021,
    Section 4.

    Examples
    --------
    >>> from domix import Mixture, Network, do
    >>> net = Network(
    ...     {"A": [], "B": ["A"]},
    ...     {"A": ["low", "mid", "high"], "B": ["low", "high"]},
    ...     {"A": [0.5, 0.25, 0.25], "B": [[0.75, 0.25], [0.5, 0.5], [0.125, 0.875]]},
    ... )
    >>> mix = Mixture(net, {do(): 0.6, do(A="high", B="low"): 0.4})
    >>> result = disentangle(net, mix.sample(5000, rng=1))
    >>> [(str(c.intervention), round(c.weight, 1)) for c in result.components]
    [('do()', 0.6), ('do(A=high, B=low)', 0.4)]

    A weak target that is known:

    >>> rows = net.sample(500, rng=2)
    >>> result = disentangle(net, rows, include=["B=high"])
    >>> [(str(c.intervention), c.known) for c in result.components]
    [('do()', False), ('do(B=high)', True)]

    Two plates of one screen:

    >>> plates = disentangle(net, mix.sample(900, rng=3), groups=["one", "two", "two"] * 300)
    >>> {plate: len(result.components) for plate, result in plates.items()}
    {'one': 2, 'two': 2}
    """
    check_names(options)
    with reporting(progress):
        inputs = read_inputs(net, data, observational, counts, alpha, groups, **options)
    interrupt = Interrupt()
    with (
        working(open_journal(checkpoint, inputs, rng), interrupt),
        reporting(progress) as show,
    ):
        report = interrupt.follow(show)
        incomplete = None
        if inputs.is_incomplete:
            incomplete = IncompleteEstimation(inputs, rng, report)
            estimation = incomplete.run()
        else:
            estimation = estimate(inputs, rng, report)
        inputs, estimates = estimation.inputs, estimation.estimates
        hard: list[Softened | None] = [None] * len(estimates)
        soft = attempt(
            "soft targets", lambda: soften_mixtures(inputs, estimates, rng, report), hard
        )
        compared: tuple[Contrast | None, list[Softened | None]] = None, soft
        if inputs.contrast:
            compared = attempt(
                "contrast with control rows",
                lambda: _compare(inputs, estimates, soft, incomplete, rng, report),
                compared,
            )
        witness, soft = compared
        results = report_estimates(*estimation, witness, report, soft)
    return mark_interrupted(results, interrupt, resumable=checkpoint is not None)


def _compare(
    inputs: Inputs,
    estimates: list[Estimate],
    soft: list[Softened | None],
    incomplete: IncompleteEstimation | None,
    rng: Rng,
    report: Report,
) -> tuple[Contrast | None, list[Softened | None]]:
    """Compare the mixtures with control rows; return what stands, and the soft components."""
    if agree_with_controls(inputs, estimates, soft):
        return Contrast.unneeded(inputs, estimates), soft
    witness = compare_with_controls(inputs, estimates, rng, report)
    if incomplete is not None:
        return incomplete.finish(witness), soft
    if witness.changes(estimates):
        soft = soften_mixtures(witness.inputs, witness.estimates, rng, report, contradicted=True)
    return witness, soft


def _signature() -> inspect.Signature:
    """Spell out the options, so that ``help`` and editors show them with their defaults."""
    own = inspect.signature(disentangle)
    spelled_out = inspect.signature(read_inputs).parameters
    return own.replace(
        parameters=[
            *(p for p in own.parameters.values() if p.kind is not p.VAR_KEYWORD),
            *(spelled_out[name] for name in Options.__annotations__),
        ]
    )


disentangle.__signature__ = _signature()  # type: ignore[attr-defined]
