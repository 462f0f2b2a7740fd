r"""CPTs that drift between controls and mixture.

A row :math:`q` of the mixture is Dirichlet(:math:`\kappa p`) around the row :math:`p` of the
controls. With k states, the mean Kullback-Leibler divergence of the two is about
:math:`(k - 1) / 2\kappa`.
"""

from __future__ import annotations

import numpy as np

from domix.util.arrays import Floats

MEAN_DIVERGENCE = 0.005
"""In nats per row of a CPT."""


def drift_cpt(cpt: Floats, rng: np.random.Generator, divergence: float = MEAN_DIVERGENCE) -> Floats:
    """Draw every row of a CPT again, around what it is; the divergence is in nats per row."""
    kappa = (cpt.shape[-1] - 1) / (2 * divergence)
    # A quotient of gamma variables, since an entry of the CPT may be 0.
    gammas = rng.standard_gamma(kappa * cpt)
    drifted: Floats = gammas / gammas.sum(axis=-1, keepdims=True)
    return drifted
