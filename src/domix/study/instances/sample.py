"""One instance of a cell, with its rows."""

from __future__ import annotations

from dataclasses import dataclass

from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.util.arrays import Codes, Ints


@dataclass(frozen=True)
class Sample:
    """One instance with its rows.

    Attributes
    ----------
    truth : Mixture
        The true mixture. If the cell has a setting, the graph is true and tables are uniform, since
        the rows may come from no tables.
    net : Network
        The network that estimators get, with true or learnt tables, or uniform ones likewise.
    rows : ndarray of uint8, shape (rows, n)
        Rows of the mixture.
    origin : ndarray of int64, shape (rows,)
        The component of ``truth`` that each row came from.
    shown : tuple of bool or None
        For each true target, whether it is detectable; None if the cell does not require it.
    controls : ndarray of uint8, shape (controls, n), or None
        Rows without interventions; None if the tables are known.
    null : ndarray of uint8, shape (rows, n), or None
        Rows of a mixture in which nothing was done, if the cell has a setting.
    graph_known : bool
        Whether the graph of ``net`` is more than a list of variables.
    others : tuple of Sample
        The other mixtures that are estimated together with this one, over the same network.
    """

    truth: Mixture
    net: Network
    rows: Codes
    origin: Ints
    shown: tuple[bool, ...] | None = None
    controls: Codes | None = None
    null: Codes | None = None
    graph_known: bool = True
    others: tuple[Sample, ...] = ()
