"""Networks from and to files, and from other libraries."""

from __future__ import annotations

import gzip
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from domix.core.space import listing
from domix.errors import DomixWarning, FormatError
from domix.formats import adapters
from domix.formats.bif import read_bif, write_bif
from domix.formats.foreign.dsl import read_dsl, write_dsl
from domix.formats.foreign.net import read_net, write_net
from domix.formats.foreign.uai import read_uai, write_uai
from domix.formats.foreign.xdsl import read_xdsl, write_xdsl
from domix.formats.foreign.xml import decode_xml
from domix.formats.foreign.xmlbif import read_xmlbif, write_xmlbif
from domix.formats.json import read_json, write_json
from domix.formats.record import NetworkRecord
from domix.model.graphs import is_graph_file
from domix.model.network import Network
from domix.util.files import (
    atomic_write,
    check_file,
    decode_utf8,
    find_suffix,
    first_line,
    read_bytes,
)

if TYPE_CHECKING:
    import networkx
    import pgmpy.models
    import pyagrum

READERS = {
    ".bif": read_bif,
    ".json": read_json,
    ".xdsl": read_xdsl,
    ".dsl": read_dsl,
    ".net": read_net,
    ".bifxml": read_xmlbif,
    ".xmlbif": read_xmlbif,
    ".uai": read_uai,
}
WRITERS = {
    ".bif": write_bif,
    ".json": write_json,
    ".xdsl": write_xdsl,
    ".dsl": write_dsl,
    ".net": write_net,
    ".bifxml": write_xmlbif,
    ".xmlbif": write_xmlbif,
    ".uai": write_uai,
}
XML = (".xdsl", ".bifxml", ".xmlbif")
PYAGRUM = (".jgum", ".bgum", ".o3prm")
SUFFIXES = (*READERS, *(f"{suffix}.gz" for suffix in READERS), *PYAGRUM)
"""How files of networks end."""

PICKLES = (".pkl", ".pickle", ".p", ".joblib")


def read_network(
    path: str | os.PathLike[str], exact: bool = False, normalize: bool | None = None
) -> Network:
    """Read a network from a file.

    Parameters
    ----------
    path : str or path-like
        ``.bif`` and ``.json``, ``.xdsl`` and ``.dsl`` (GeNIe), ``.net`` (Hugin), ``.bifxml`` or
        ``.xmlbif``, and ``.uai``, plain or with ``.gz``: every number is the double nearest to what
        is written. ``.jgum``, ``.bgum`` and ``.o3prm`` go through pyagrum. Pickles are refused:
        opening one can run any code.
    exact : bool, default False
        True reads the numbers as fractions, as they are written: 0.1 is 1/10.
    normalize : bool, optional
        None: rows whose sum is within 1e-5 of 1 are renormalised with a warning (exact: rows that
        do not sum to 1 are refused). True: each row is divided by its sum, if that is positive.
        False: rows whose sum is off by more than 1e-12 are refused.

    Returns
    -------
    Network
        Its variables are in the order of the file.

    Raises
    ------
    FormatError
        The file cannot be read, or it holds a node that is not a discrete variable with a table;
        the message names line and column where there are any.
    NetworkError
        The file does not hold a Bayesian network.
    MissingExtraError
        pyagrum is needed and not installed.

    Warns
    -----
    DomixWarning
        Row sums were off and have been renormalised.

    See Also
    --------
    write_network : The inverse.

    Examples
    --------
    >>> import tempfile
    >>> net = Network({"A": []}, {"A": ["no", "yes"]}, {"A": [0.9, 0.1]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_network(net, Path(folder) / "a.bif.gz")
    ...     read_network(Path(folder) / "a.bif.gz", exact=True).cpt("A").tolist()
    [Fraction(9, 10), Fraction(1, 10)]
    """
    path = Path(path)
    check_file(path)
    if is_graph_file(Path(path)):
        raise FormatError(
            "a graph has no tables; learn them from control rows with Network.fit, or domix fit on "
            "the command line",
            source=str(path),
        )
    suffix = _find_format(path)
    if suffix in READERS:
        decode = decode_xml if suffix in XML else decode_utf8
        record = READERS[suffix](decode(read_bytes(path), path), str(path), exact)
    elif exact:
        raise FormatError(
            f"exact reading needs {listing(READERS)}; pyagrum's own formats are already rounded",
            source=str(path),
        )
    else:
        record = _read_with_pyagrum(path)
    return Network.from_record(record, normalize=normalize, source=str(path))


def write_network(net: Network, path: str | os.PathLike[str]) -> None:
    """Write a network to a file, whole or not at all.

    Parameters
    ----------
    net : Network
        The network.
    path : str or path-like
        The suffix chooses the format, as in :func:`read_network`. JSON keeps everything; BIF keeps
        all but counts and the types of labels; other formats may refuse or lose names, too.

    Raises
    ------
    FormatError
        The folder is missing, the file cannot be written, or the format cannot hold a name.
    MissingExtraError
        pyagrum is needed and not installed.

    Warns
    -----
    DomixWarning
        Reading the file will not give the same network.

    See Also
    --------
    read_network : The inverse.

    Examples
    --------
    >>> import tempfile
    >>> net = Network({"A": []}, {"A": ["no", "yes"]}, {"A": [0.9, 0.1]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_network(net, Path(folder) / "a.json")
    ...     read_network(Path(folder) / "a.json") == net
    True
    """
    path = Path(path)
    suffix, record = _find_format(path), net.to_record()
    if suffix not in WRITERS:
        _write_with_pyagrum(record, path)
        return
    try:
        data = WRITERS[suffix](record).encode()
    except UnicodeEncodeError as error:
        raise FormatError(
            f"UTF-8 cannot hold {error.object[error.start]!r}", source=str(path)
        ) from None
    if path.name.lower().endswith(".gz"):
        # Without a time stamp, equal networks give equal files.
        data = gzip.compress(data, mtime=0)
    with atomic_write(path) as temporary:
        temporary.write_bytes(data)


def from_networkx(
    graph: networkx.DiGraph, cpts: Mapping[str, npt.ArrayLike | Sequence[Any]] | None = None
) -> Network:
    """Make a network of a networkx graph and its tables.

    Parameters
    ----------
    graph : networkx.DiGraph
        Its edges lead from cause to effect, and the order of its nodes is the order of the
        variables. A node's attribute ``states`` holds its labels; without it they are 0, 1, ... Its
        attribute ``parents`` holds the order of its table's axes; by default it is the order of
        ``graph.predecessors(node)``, which is that of the edges as they were added.
    cpts : mapping of str to array_like, optional
        Node to table, as in :class:`Network`. By default the attribute ``cpt`` of each node.

    Returns
    -------
    Network
        The network.

    Raises
    ------
    NetworkError
        A node has no table, or :class:`Network` refuses the graph or a table.

    See Also
    --------
    Network.fit : Learn the tables of a graph from rows.

    Examples
    --------
    >>> import networkx
    >>> net = from_networkx(
    ...     networkx.DiGraph([("A", "B")]), {"A": [0.5, 0.5], "B": [[1, 0], [0.25, 0.75]]}
    ... )
    >>> net.parents["B"], net.states["B"]
    (('A',), (0, 1))
    """
    record = adapters.from_networkx(graph, cpts)
    return Network(record.parents, record.states, record.tables)


def from_pgmpy(model: pgmpy.models.DiscreteBayesianNetwork) -> Network:
    """Make a network of a pgmpy model with all its tables.

    Parameters
    ----------
    model : pgmpy.models.DiscreteBayesianNetwork
        The model.

    Returns
    -------
    Network
        The network, its variables in the order of the model's nodes.

    Raises
    ------
    NetworkError
        A node has no table, two tables name a node's states differently, or :class:`Network`
        refuses the graph or a table.

    Examples
    --------
    >>> net = Network({"A": []}, {"A": ["no", "yes"]}, {"A": [0.9, 0.1]})
    >>> from_pgmpy(net.to_pgmpy()) == net  # doctest: +SKIP
    True
    """
    return Network.from_record(adapters.from_pgmpy(model))


def from_pyagrum(bn: pyagrum.BayesNet) -> Network:
    """Make a network of a pyagrum network.

    Parameters
    ----------
    bn : pyagrum.BayesNet
        The network.

    Returns
    -------
    Network
        The network, its variables in the order of the node numbers.

    Raises
    ------
    NetworkError
        :class:`Network` refuses the graph or a table.

    Examples
    --------
    >>> net = Network({"A": []}, {"A": ["no", "yes"]}, {"A": [0.9, 0.1]})
    >>> from_pyagrum(net.to_pyagrum()) == net  # doctest: +SKIP
    True
    """
    return Network.from_record(adapters.from_pyagrum(bn))


def _find_format(path: Path) -> str:
    """Return the suffix of the format, without ``.gz``."""
    if path.name.lower().removesuffix(".gz").endswith(PICKLES):
        raise FormatError(
            "pickles are not opened, because they can run any code; use .bif or .json",
            source=str(path),
        )
    return find_suffix(path, SUFFIXES, "networks").removesuffix(".gz")


def _read_with_pyagrum(path: Path) -> NetworkRecord:
    gum = adapters.load_module("pyagrum", f"reading {path.suffix} files")
    try:
        return adapters.from_pyagrum(gum.loadBN(str(path)))
    except gum.GumException as error:
        raise FormatError(first_line(error), source=str(path)) from None


def _write_with_pyagrum(record: NetworkRecord, path: Path) -> None:
    gum = adapters.load_module("pyagrum", f"writing {path.suffix} files")
    bn = adapters.to_pyagrum(record)
    try:
        with atomic_write(path) as temporary:
            gum.saveBN(bn, str(temporary))
            reread = adapters.from_pyagrum(gum.loadBN(str(temporary)))
    except gum.GumException as error:
        raise FormatError(first_line(error), source=str(path)) from None
    same = list(reread.states) == list(record.states) and reread.parents == record.parents
    if not same or any(not np.array_equal(record.tables[n], t) for n, t in reread.tables.items()):
        warnings.warn(
            f"{path}: pyagrum rounds, renames or reorders in this format, so that reading it does "
            "not give the same network; .bif and .json do",
            DomixWarning,
            stacklevel=3,
        )
