"""Texts kept in tests/golden; DOMIX_OVERWRITE_GOLDEN=1 overwrites them."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def check(name: str, text: str) -> None:
    """Compare ``text`` with the file ``name``, or overwrite that file."""
    path = FOLDER / name
    if os.environ.get("DOMIX_OVERWRITE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
