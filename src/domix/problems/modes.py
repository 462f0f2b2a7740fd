"""Whether mixtures are compared with control rows, and whether components may be soft."""

from __future__ import annotations

from enum import Enum

import numpy as np

from domix.errors import DataError
from domix.options.contrast import ContrastOptions

NEEDS_CONTROLS = (
    "needs the control rows themselves: pass observational=..., with a network without counts, or "
    "the parents of its variables"
)


class SoftMode(Enum):
    """When components may be soft."""

    NEVER = "never"
    AUTO = "where that beats the hard answer by a margin"
    ALWAYS = "where that beats the hard answer"


def read_contrast(contrast: bool | str, controls: int | None) -> bool:
    """Return whether to compare; ``controls`` is None unless they are all there is of controls."""
    if isinstance(contrast, str) and contrast == "auto":
        return controls is not None and controls >= ContrastOptions().least_control_rows
    if not isinstance(contrast, (bool, np.bool_)):
        raise DataError(f"must be 'auto', True or False, not {contrast!r}", argument="contrast")
    if contrast and controls is None:
        raise DataError(NEEDS_CONTROLS, argument="contrast")
    return bool(contrast)


def read_soft(soft: bool | str, is_incomplete: bool) -> SoftMode:
    """Return when components may be soft: never, where missing entries are summed out."""
    if isinstance(soft, str) and soft == "auto":
        return SoftMode.NEVER if is_incomplete else SoftMode.AUTO
    if not isinstance(soft, (bool, np.bool_)):
        raise DataError(f"must be 'auto', True or False, not {soft!r}", argument="soft")
    if soft and is_incomplete:
        raise DataError(
            "components cannot be soft where missing entries are summed out; leave it out, or drop "
            'the rows with missing="drop"',
            argument="soft",
        )
    return SoftMode.ALWAYS if soft else SoftMode.NEVER
