"""Texts kept in tests/golden; DOMIX_OVERWRITE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def check(name: str, text: str) -> None:
    """Compare ``text`` with the file ``name``, or make it that file's content."""
    path = FOLDER / name
    if os.environ.get("DOMIX_OVERWRITE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
