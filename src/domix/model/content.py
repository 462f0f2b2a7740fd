"""What a network holds: variables, graph, tables and counts, compared, converted and recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Self

import numpy as np

from domix.core.intervention import Intervention
from domix.core.notation import InterventionLike, read_intervention
from domix.core.soft.targets import AnyTarget, SoftTarget, decode, encode
from domix.core.space import Label, Space, listing
from domix.core.tables import Tables, Target
from domix.errors import InterventionError, NetworkError
from domix.formats.record import NetworkRecord
from domix.model import learn, validate
from domix.util.arrays import Codes, Floats, Objects
from domix.util.files import name_source
from domix.util.text_tables import html_notes, html_table

VARIABLES_SHOWN = 30
"""Variables that a notebook shows."""

LABELS_SHOWN = 8
"""States, and parents, that it shows of each."""


class NetworkContent:
    """The content of a network, without the questions that users ask it.

    It makes other networks by :meth:`_assemble` only, from parts that are valid.
    """

    __slots__ = ("_counts", "_open_edges", "_pseudocount", "_space", "_tables")

    _space: Space
    _tables: Tables
    _counts: Floats | None
    _pseudocount: float | None
    _open_edges: tuple[tuple[str, str], ...]

    @classmethod
    def _assemble(
        cls,
        space: Space,
        tables: Tables,
        counts: Floats | None = None,
        pseudocount: float | None = None,
        open_edges: tuple[tuple[str, str], ...] = (),
    ) -> Self:
        net = object.__new__(cls)
        net._space, net._tables = space, tables
        net._counts, net._pseudocount = counts, pseudocount
        net._open_edges = open_edges
        if counts is not None:
            counts.flags.writeable = False
        return net

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables in the order given."""
        return self._space.names

    @property
    def states(self) -> Mapping[str, tuple[Label, ...]]:
        """Variable to its states, in the order of its table's last axis."""
        return MappingProxyType(dict(zip(self._space.names, self._space.states, strict=True)))

    @property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """Variable to its parents, in the order of its table's axes."""
        names, lists = self._space.names, self._tables.layout.parents
        return MappingProxyType(
            {name: tuple(names[p] for p in ps) for name, ps in zip(names, lists, strict=True)}
        )

    @property
    def order(self) -> tuple[str, ...]:
        """The topological order that lifting follows; ties are in the order given."""
        return tuple(self.variables[i] for i in self._tables.layout.order)

    @property
    def is_exact(self) -> bool:
        """Whether the tables are fractions."""
        return self._tables.is_exact

    @property
    def counts(self) -> Mapping[str, Floats] | None:
        """Variable to the observational counts of its table's entries; None if not learnt."""
        return None if self._counts is None else MappingProxyType(self._by_variable(self._counts))

    @property
    def pseudocount(self) -> float | None:
        """The number that :meth:`fit` added to every count; None if the tables were not learnt."""
        return self._pseudocount

    @property
    def open_edges(self) -> tuple[tuple[str, str], ...]:
        """The edges (cause, effect) whose direction :func:`learn_graph` found no reason for.

        Other directions of them explain the control rows as well. They are empty if the graph was
        given. Files do not keep them.
        """
        return self._open_edges

    def cpt(self, name: str) -> Objects:
        """Return the table of a variable.

        Parameters
        ----------
        name : str
            The variable.

        Returns
        -------
        ndarray of float64, or of object with ``Fraction`` elements, shape (parent cards, card)
            A read-only view.
        """
        return self._tables.node(self._space.position(name, NetworkError))

    @property
    def space(self) -> Space:
        """The variables and states, which translate labels to codes."""
        return self._space

    @property
    def tables(self) -> Tables:
        """All tables, flat."""
        return self._tables

    @property
    def flat_counts(self) -> Floats | None:
        """The counts in the layout of ``tables``."""
        return self._counts

    def target(self, intervention: InterventionLike | None) -> Target:
        """Translate a hard intervention to codes.

        Parameters
        ----------
        intervention : mapping of str to label, str or None
            A mapping, or its text such as ``"PKC=high"``; None sets nothing.

        Returns
        -------
        Target
            (variable, code) pairs in increasing order.

        Raises
        ------
        InterventionError
            It is of another kind, a variable or state is unknown, or a value is drawn or misread.
        """
        target = self.any_target(intervention)
        if isinstance(target, SoftTarget):
            soft = listing(self.variables[draw.variable] for draw in target.draws)
            raise InterventionError(
                f"{Intervention(decode(self._space, target))} gives a distribution to {soft}; "
                "only states can be set here"
            )
        return target

    def any_target(self, intervention: InterventionLike | None) -> AnyTarget:
        """Translate an intervention to codes, hard or soft.

        Parameters
        ----------
        intervention : mapping of str to value, str or None
            A mapping or its text; None sets nothing.

        Returns
        -------
        Target or SoftTarget
            A target in codes.

        Raises
        ------
        InterventionError
            It is of another kind, a variable or state is unknown, or a distribution is not one.
        """
        return encode(self._space, read_intervention(intervention), InterventionError)

    def _by_variable(self, flat: Objects) -> dict[str, Objects]:
        layout = self._tables.layout
        return {
            name: flat[layout.entries_of(i)].reshape(layout.shape(i))
            for i, name in enumerate(self.variables)
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NetworkContent):
            return NotImplemented
        return (
            self._space == other._space
            and self._tables.layout.parents == other._tables.layout.parents
            and self.is_exact == other.is_exact
            and bool(np.array_equal(self._tables.values, other._tables.values))
        )

    def __hash__(self) -> int:
        return hash((self._space, self._tables.layout.parents))

    def __repr__(self) -> str:
        layout = self._tables.layout
        kind = "exact" if self.is_exact else "float"
        return (
            f"<Network: {layout.n} variables, {len(layout.parent_index)} edges, "
            f"{layout.size} table entries, {kind}>"
        )

    def _repr_html_(self) -> str:
        names = self.variables
        body = [
            [name, _list_some(self.states[name]), _list_some(self.parents[name])]
            for name in names[:VARIABLES_SHOWN]
        ]
        notes = [repr(self).strip("<>")]
        if len(names) > len(body):
            notes.append(f"{len(names) - len(body):,} more variables are not shown")
        return html_notes(notes) + html_table(["variable", "states", "parents"], body, "<<<")

    def to_exact(self) -> Self:
        """Return the same network over the rationals.

        Every float becomes the shortest decimal that stands for it (0.1 becomes 1/10), and a row
        that does not sum to 1 then is divided by its sum. To be sure of the decimals of a file,
        read it with ``read_network(path, exact=True)``.

        Returns
        -------
        Network
            The network itself if it is exact.

        Examples
        --------
        >>> import domix
        >>> net = domix.Network({"A": []}, {"A": [0, 1]}, {"A": [0.1, 0.9]})
        >>> net.to_exact().cpt("A").tolist()
        [Fraction(1, 10), Fraction(9, 10)]
        """
        if self.is_exact:
            return self
        values = np.empty(self._tables.values.shape, dtype=object)
        values[:] = [Fraction(repr(x)) for x in self._tables.values.tolist()]
        return self._convert(values)

    def to_float(self) -> Self:
        """Return the same network in double precision."""
        return self._convert(self._tables.values.astype(np.float64)) if self.is_exact else self

    def _convert(self, values: Objects) -> Self:
        # Rounding to the other number type may leave the last digit of a row sum off.
        cpts = self._by_variable(values)
        tables = validate.build_tables(self._space, self._tables.layout, cpts, True)
        return self._assemble(
            self._space, tables, self._counts, self._pseudocount, self._open_edges
        )

    def with_values(self, values: Floats) -> Self:
        """Return a network with other table entries, in the layout of ``tables``."""
        return self._assemble(self._space, Tables(self._tables.layout, values))

    def without_tables(self) -> Self:
        """Return the same graph with uniform tables and no counts, for tables to be learnt."""
        layout = self.tables.layout
        return self.with_tables(Tables(layout, 1.0 / layout.cards[layout.node_of_entry]))

    def with_tables(self, tables: Tables) -> Self:
        """Return a network over the same variables with other tables, and so another graph."""
        return self._assemble(self._space, tables)

    def with_observations(self, codes: Codes) -> Self:
        """Return a network that counts more rows without interventions; its tables stay."""
        counts = learn.count_entries(self._tables.layout, codes)
        if self._counts is not None:
            counts += self._counts
        return self._assemble(
            self._space, self._tables, counts, self._pseudocount, self._open_edges
        )

    def with_open_edges(self, edges: Iterable[tuple[str, str]]) -> Self:
        """Return the same network, with these ``open_edges``."""
        return self._assemble(
            self._space, self._tables, self._counts, self._pseudocount, tuple(edges)
        )

    @classmethod
    def from_record(
        cls, record: NetworkRecord, *, normalize: bool | None = None, source: str = ""
    ) -> Self:
        """Validate a record; ``normalize`` as in :func:`read_network`, ``source`` is the file."""
        with name_source(source):
            space = Space(record.states)
            layout = validate.resolve_parents(space, record.parents)
            tables = validate.build_tables(space, layout, record.tables, normalize, source)
            counts = None
            if record.counts is not None:
                counts = validate.check_counts_tables(
                    space, layout, record.counts, record.pseudocount
                )
        return cls._assemble(space, tables, counts, record.pseudocount)

    def to_record(self) -> NetworkRecord:
        """Return the record that formats write; the inverse of :meth:`from_record`."""
        return NetworkRecord(
            dict(self.states),
            dict(self.parents),
            self._by_variable(self._tables.values),
            None if self._counts is None else self._by_variable(self._counts),
            self._pseudocount,
        )


def _list_some(labels: Sequence[Label]) -> str:
    """List labels, or the first of many with their number."""
    some = ", ".join(map(str, labels[:LABELS_SHOWN]))
    return some if len(labels) <= LABELS_SHOWN else f"{some}, ... ({len(labels)} in all)"
