"""The one place where results call rooms above them: for figures and for reports.

These rooms are found by name when they are called, because imports point down only.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def call_face(room: str, function: str, *args: Any, **options: Any) -> Any:
    """Call a public function of a room above this one.

    Parameters
    ----------
    room : {"plots", "report"}
    function : str
    *args, **options
        Those of the function.

    Returns
    -------
    object
        What the function returns.
    """
    return getattr(import_module(f"domix.{room}"), function)(*args, **options)
