"""Sizes in bytes, as users write them."""

from __future__ import annotations

import operator
import re
from typing import SupportsIndex

from domix.errors import DataError

UNITS = {"": 1} | {
    prefix + middle: base**power
    for power, prefix in enumerate("kmgtp", start=1)
    for middle, base in (("", 1000), ("i", 1024))
}
"""Beginning of a unit, before B, in small letters, to its bytes."""


def byte_count(size: SupportsIndex | str, argument: str) -> int:
    """Return a number of bytes that is given as a number or as a text.

    Raises
    ------
    DataError
        It is neither, or less than one byte.

    Examples
    --------
    >>> byte_count("4GB", "memory_limit"), byte_count("1.5 GiB", "memory_limit")
    (4000000000, 1610612736)
    >>> byte_count("a lot", "memory_limit")
    Traceback (most recent call last):
        ...
    domix.errors.DataError: memory_limit: must be a number of bytes or a text such as '4GB' or \
'512MiB', not 'a lot'
    """
    count = -1
    if isinstance(size, str):
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgtp]i?|)b?\s*", size.lower())
        if found is not None:
            count = int(float(found[1]) * UNITS[found[2]])
    elif not isinstance(size, bool) and hasattr(size, "__index__"):
        count = operator.index(size)
    if count < 1:
        raise DataError(
            f"must be a number of bytes or a text such as '4GB' or '512MiB', not {size!r}",
            argument=argument,
        )
    return count
