"""A network with more observations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from domix.model.network import Network

__all__ = ["observing"]


def observing(net: Network, codes: npt.NDArray[np.uint8]) -> Network:
    """The network with rows without interventions counted in, beside those that it has counts of.

    Its tables stay as they are: :func:`~domix.disentangle` learns them from all these rows.
    """
    more = Network.fit(net.parents, codes, net.states).counts
    assert more is not None
    before = {} if net.counts is None else net.counts
    counts = {name: table + before.get(name, 0.0) for name, table in more.items()}
    return Network.from_record(replace(net.to_record(), counts=counts))
