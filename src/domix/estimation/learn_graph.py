"""The graph of control rows alone, as a network with learnt tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domix.core.space import Label, Space
from domix.data.arrays import describe_rows
from domix.data.frame import RowsLike, column_names, encode, is_frame, observed_states
from domix.data.marks import MissingValues
from domix.data.missing import Extra, Missing, MissingSummed
from domix.data.rows import distinct
from domix.errors import DataError, NetworkError
from domix.estimation.edges import find_directions
from domix.model.network import Network
from domix.options.graph import GraphOptions
from domix.results.graph import EdgeChange, EdgeDirection, GraphEdge, GraphReport
from domix.structure.controls import search_controls
from domix.structure.dag import Dag
from domix.structure.edges import GraphMode, NamedEdges, Tiers, read_constraints
from domix.structure.scores import FamilyScores
from domix.util.progress import reporting


class LearntGraph(NamedTuple):
    """A network whose graph was learnt, and a report of its edges."""

    network: Network
    report: GraphReport


def learn_graph(
    control: RowsLike,
    states: Mapping[str, Sequence[Label]] | None = None,
    *,
    required_edges: NamedEdges = (),
    forbidden_edges: NamedEdges = (),
    tiers: Tiers | None = None,
    pseudocount: float = 1.0,
    missing: Missing = "error",
    extra: Extra = "error",
    missing_values: MissingValues = None,
) -> Network:
    """Learn a causal graph, with its tables, from rows without interventions.

    Such rows determine a graph up to Markov equivalence only: ``open_edges`` of the network are
    those whose direction they, and what is known of the edges, leave open. Targets may direct them:
    see ``graph="learn"`` of :func:`disentangle`.

    Parameters
    ----------
    control : data frame or array_like of int, shape (controls, variables)
        Rows without interventions: a data frame of labels, each column a variable; or codes in the
        order of ``states``.
    states : mapping of str to sequence, optional
        Labels of each variable, for codes, and for labels that do not all occur in ``control``. By
        default as in :meth:`Network.fit`.
    required_edges, forbidden_edges : iterable of tuple of str, default ()
        Edges (cause, effect) that the graph has, and that it lacks.
    tiers : iterable of iterable of str, optional
        The variables in tiers, the earliest first: no edge leads from a later tier to an earlier
        one.
    pseudocount : float, default 1.0
        Added to the count of every table entry, as in :meth:`Network.fit`.
    missing : {"error", "drop"}, default "error"
        ``"drop"`` leaves out the rows with a missing value; a warning gives their number.
    extra : {"error", "ignore"}, default "error"
        ``"ignore"`` passes over columns that ``states`` lacks. Without ``states``, every column is
        a variable.
    missing_values : iterable of label, optional
        Marks of missing values, as in :meth:`Network.fit`.

    Returns
    -------
    Network
        With counts, as from :meth:`Network.fit`.

    Raises
    ------
    DataError
        There are no rows, they do not fit the states, or codes come without states.
    NetworkError
        The states, what is known of the edges or the pseudocount is invalid.

    See Also
    --------
    disentangle : Learn the graph from control rows and targets together.
    Network.fit : Learn the tables of a known graph.

    Notes
    -----
    Tabu search with restarts for the largest marginal likelihood (BDeu), over several equivalent
    sample sizes; see docs/how-to/graphs.md.

    Examples
    --------
    >>> net = Network(
    ...     {"A": [], "B": [], "C": ["A", "B"], "D": ["C"], "E": []},
    ...     dict.fromkeys("ABCDE", ["low", "high"]),
    ...     {
    ...         "A": [0.5, 0.5],
    ...         "B": [0.4, 0.6],
    ...         "C": [[[0.9, 0.1], [0.3, 0.7]], [[0.5, 0.5], [0.1, 0.9]]],
    ...         "D": [[0.8, 0.2], [0.3, 0.7]],
    ...         "E": [0.5, 0.5],
    ...     },
    ... )
    >>> learn_graph(net.sample(4000, rng=1, as_frame=True)).parents == net.parents
    True
    >>> chain = net.sample(4000, do={"A": "low"}, rng=1)
    >>> learn_graph(chain, net.states).open_edges
    (('B', 'C'), ('C', 'D'))
    >>> learn_graph(chain, net.states, required_edges=[("B", "C")]).open_edges
    ()
    """
    return learn_with_report(
        control,
        states,
        required_edges=required_edges,
        forbidden_edges=forbidden_edges,
        tiers=tiers,
        pseudocount=pseudocount,
        missing=missing,
        extra=extra,
        missing_values=missing_values,
    ).network


def learn_with_report(
    control: RowsLike,
    states: Mapping[str, Sequence[Label]] | None = None,
    *,
    required_edges: NamedEdges = (),
    forbidden_edges: NamedEdges = (),
    tiers: Tiers | None = None,
    pseudocount: float = 1.0,
    missing: MissingSummed = "error",
    extra: Extra = "error",
    missing_values: MissingValues = None,
) -> LearntGraph:
    """Do as :func:`learn_graph`, and report every edge with its support on the control rows."""
    states = _read_states(control, states, missing_values)
    space = Space(states)
    encoded = encode(
        space,
        control,
        missing=missing,
        extra=extra,
        missing_values=missing_values,
        argument="control",
        stacklevel=4,
    )
    encoded.require_rows("control")
    codes = encoded.codes
    constraints = read_constraints(space, required_edges, forbidden_edges, tiers)
    options = GraphOptions()
    rows = distinct(codes, space.cards)
    scores = FamilyScores(rows.codes, rows.counts, space.cards, options.sample_sizes)
    start = constraints.impose(Dag.build([[]] * len(space)))
    with reporting():
        search = search_controls(scores, start, constraints, options, reversals=True)
    dag, names = search.dag, space.names
    edges = tuple(
        GraphEdge(
            names[a],
            names[b],
            EdgeChange.ADDED,
            direction,
            scores.support((a, b), dag, search.size),
        )
        for (a, b), direction in find_directions(dag, constraints).items()
    )
    parents = {
        name: [names[p] for p in sorted(ps)] for name, ps in zip(names, dag.parents, strict=True)
    }
    network = Network.fit(parents, codes, states, pseudocount).with_open_edges(
        (edge.cause, edge.effect) for edge in edges if edge.direction is EdgeDirection.OPEN
    )
    return LearntGraph(network, GraphReport(str(GraphMode.LEARN), edges, names))


def _read_states(
    control: RowsLike,
    states: Mapping[str, Sequence[Label]] | None,
    missing_values: MissingValues,
) -> Mapping[str, Sequence[Label]]:
    """Return the states of each variable: those given, or those that occur in a data frame."""
    if states is not None:
        if not isinstance(states, Mapping):
            raise NetworkError(
                f"must map each variable to its labels; {states!r} does not", argument="states"
            )
        return states
    if not is_frame(control):
        raise DataError(
            "codes need names: pass states, a mapping from each variable to its labels, or a data "
            f"frame, not {describe_rows(control)}",
            argument="control",
        )
    return observed_states(
        column_names(control, "control"), control, missing_values=missing_values, argument="control"
    )
