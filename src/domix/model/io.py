"""Networks from files and from other libraries, and back."""

from __future__ import annotations

import gzip
import os
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.space import listing
from domix.errors import DomixWarning, FormatError, NetworkError
from domix.formats import adapters
from domix.formats.bif import read_bif, write_bif
from domix.formats.json import read_json, write_json
from domix.formats.record import NetworkRecord
from domix.model.network import Network
from domix.util.atomic import atomic_write

__all__ = [
    "from_networkx",
    "from_pgmpy",
    "from_pyagrum",
    "read_network",
    "to_networkx",
    "to_pgmpy",
    "to_pyagrum",
    "write_network",
]

READERS = {".bif": read_bif, ".json": read_json}
WRITERS = {".bif": write_bif, ".json": write_json}
PYAGRUM = (".net", ".bifxml", ".xdsl", ".dsl", ".uai", ".jgum", ".bgum", ".o3prm")
GZIP = b"\x1f\x8b"
PICKLES = (".pkl", ".pickle", ".p", ".joblib")


def read_network(
    path: str | os.PathLike[str], exact: bool = False, normalize: bool | None = None
) -> Network:
    """Read a network from a file.

    Parameters
    ----------
    path
        ``.bif`` and ``.json``, plain or with ``.gz``, are read by domix and lose nothing: every
        number is the double nearest to what is written. Other suffixes (``.net``, ``.xdsl``,
        ``.bifxml``, ``.uai``, ...) go through pyagrum, which rounds numbers to single precision in
        some of them. Pickles are refused: opening one can run any code.
    exact
        True reads the numbers as fractions, as they are written: 0.1 is 1/10.
    normalize
        None: rows whose sum is within 1e-5 of 1 are renormalised with a warning (exact: rows that
        do not sum to 1 are refused). True: any positive row sum is divided out. False: rows off by
        more than 1e-12 are refused.

    Returns
    -------
    Network
        Its variables are in the order of the file.

    Raises
    ------
    FormatError
        The file cannot be read; line and column are named where there are any.
    NetworkError
        What it holds is no Bayesian network.
    MissingExtraError
        pyagrum is needed and not installed.

    Warns
    -----
    DomixWarning
        Row sums were off and have been renormalised.

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
    if path.is_dir():
        raise FormatError(f"{path}: this is a folder, not a file")
    source, suffix = str(path), _suffix(path)
    if suffix in READERS:
        record = READERS[suffix](_read_text(path), source, exact)
    elif exact:
        raise FormatError(
            f"{path}: exact reading needs {listing(READERS)}; others come already rounded"
        )
    else:
        record = _read_pyagrum(path)
    try:
        return Network.from_record(record, normalize=normalize, source=source)
    except NetworkError as error:
        if str(error).startswith(source):
            raise
        raise NetworkError(f"{source}: {error}") from None


def write_network(net: Network, path: str | os.PathLike[str]) -> None:
    """Write a network to a file, whole or not at all.

    Parameters
    ----------
    net
    path
        The suffix chooses the format, as in :func:`read_network`. JSON keeps everything; BIF keeps
        all but counts and the types of labels. What pyagrum writes may be rounded and reordered.

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
    """
    path = Path(path)
    suffix, record = _suffix(path), net.to_record()
    if suffix not in WRITERS:
        _write_pyagrum(record, path)
        return
    try:
        data = WRITERS[suffix](record).encode()
    except UnicodeEncodeError as error:
        raise FormatError(f"{path}: UTF-8 cannot hold {error.object[error.start]!r}") from None
    if path.name.lower().endswith(".gz"):
        # Without a time stamp, equal networks make equal files.
        data = gzip.compress(data, mtime=0)
    with atomic_write(path) as temporary:
        temporary.write_bytes(data)


def from_networkx(graph: Any, cpts: Mapping[str, npt.ArrayLike] | None = None) -> Network:
    """A network from a ``networkx.DiGraph`` and its tables.

    Parameters
    ----------
    graph
        The order of its nodes is the order of the variables. A node's attribute ``states`` holds
        its labels; without it they are 0, 1, ... Its attribute ``parents`` holds the order of its
        table's axes; without it, the order of ``graph.predecessors(node)``, which is that of the
        edges as they were added, is taken.
    cpts
        Node to table, as in :class:`Network`. None takes the attribute ``cpt`` of each node.

    Raises
    ------
    NetworkError
        A node lacks a table, or what :class:`Network` refuses.

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


def from_pgmpy(model: Any) -> Network:
    """A network from a pgmpy ``DiscreteBayesianNetwork`` with all its tables.

    Raises
    ------
    NetworkError
        A node lacks a table, two tables name a node's states differently, or what
        :class:`Network` refuses.
    """
    return Network.from_record(adapters.from_pgmpy(model))


def from_pyagrum(bn: Any) -> Network:
    """A network from a ``pyagrum.BayesNet``; the variables are in the order of node numbers.

    Raises
    ------
    NetworkError
        What :class:`Network` refuses.
    """
    return Network.from_record(adapters.from_pyagrum(bn))


def to_networkx(net: Network) -> Any:
    """A ``networkx.DiGraph`` whose nodes have ``states``, ``parents`` and ``cpt``."""
    return adapters.to_networkx(net.to_record())


def to_pgmpy(net: Network) -> Any:
    """A pgmpy ``DiscreteBayesianNetwork``, in double precision."""
    return adapters.to_pgmpy(net.to_record())


def to_pyagrum(net: Network) -> Any:
    """A ``pyagrum.BayesNet``, in double precision; labels become text, with a note."""
    return adapters.to_pyagrum(net.to_record())


def _suffix(path: Path) -> str:
    """The suffix that tells the format, without ``.gz`` where domix writes the format itself."""
    name = path.name.lower()
    suffix = Path(name.removesuffix(".gz")).suffix
    if suffix in PICKLES:
        raise FormatError(
            f"{path}: pickles are not opened, because they can run any code; use .bif or .json"
        )
    if suffix in READERS or (suffix in PYAGRUM and name.endswith(suffix)):
        return suffix
    raise FormatError(
        f"{path}: unknown suffix; networks are kept in {listing([*READERS, *PYAGRUM])}; "
        "the first two also with .gz"
    )


def _check_file(path: Path) -> None:
    if not path.exists():
        raise FormatError(f"{path}: there is no such file")


def _read_text(path: Path) -> str:
    _check_file(path)
    try:
        data = path.read_bytes()
        if path.name.lower().endswith(".gz"):
            data = gzip.decompress(data)
        elif data.startswith(GZIP):
            raise FormatError(f"{path}: compressed by gzip; rename the file {path.name}.gz")
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise FormatError(f"{path}: damaged, or not compressed by gzip: {error}") from None
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"{path}:{line}: byte 0x{data[error.start]:02x} is no UTF-8; save the file as UTF-8"
        ) from None


def _read_pyagrum(path: Path) -> NetworkRecord:
    gum = adapters.load_module("pyagrum", f"reading {path.suffix} files")
    _check_file(path)
    try:
        return adapters.from_pyagrum(gum.loadBN(str(path)))
    except gum.GumException as error:
        raise FormatError(f"{path}: {_first_line(error)}") from None


def _write_pyagrum(record: NetworkRecord, path: Path) -> None:
    gum = adapters.load_module("pyagrum", f"writing {path.suffix} files")
    bn = adapters.to_pyagrum(record)
    try:
        with atomic_write(path) as temporary:
            gum.saveBN(bn, str(temporary))
            back = adapters.from_pyagrum(gum.loadBN(str(temporary)))
    except gum.GumException as error:
        raise FormatError(f"{path}: {_first_line(error)}") from None
    same = list(back.states) == list(record.states) and back.parents == record.parents
    if not same or any(not np.array_equal(record.tables[n], back.tables[n]) for n in back.tables):
        warnings.warn(
            f"{path}: pyagrum rounds, renames or reorders in this format, so that reading it does "
            "not give the same network; .bif and .json do",
            DomixWarning,
            stacklevel=3,
        )


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
